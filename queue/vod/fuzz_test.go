package vod

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"inboxfs/queue/transfer"
)

// FuzzAnswer has something answer that may be VOD, and may be anything.
func FuzzAnswer(f *testing.F) {
	var status atomic.Int64
	var body atomic.Pointer[string]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(int(status.Load()))
		_, _ = w.Write([]byte(*body.Load())) // some answers have none
	}))
	f.Cleanup(server.Close)
	key := Key{AccessKeyID: "owner-of-it", AccessKeySecret: "hush-secret", SecurityToken: "hush-token"}
	a, err := NewAPI(APIOptions{Endpoint: server.URL, Key: func(context.Context) (Key, error) { return key, nil }})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(a.Close)
	f.Add(uint16(0),
		`{"RequestId":"R","VideoId":"V","UploadAddress":"eyJFbmRwb2ludCI6Imh0dHA6Ly9hIiwiQnVja2V0IjoiYiIsIkZpbGVOYW1lIjoiayJ9",`+
			`"UploadAuth":"eyJBY2Nlc3NLZXlJZCI6ImEiLCJBY2Nlc3NLZXlTZWNyZXQiOiJiIiwiU2VjdXJpdHlUb2tlbiI6ImMifQ=="}`)
	// found by fuzzing
	f.Add(uint16(143),
		`{"VideoId":"V","UploadAddress":"eyJFbmRwb2ludCI6Imh0dHA6Ly9hIiwiQnVja2V0IjoiYiIsIkZpbGVOYW1lIjoiayJ9",`+
			`"UploadAuth":"eyJBY2Nlc3NLZXlJZCI6ImEiLCJBY2Nlc3NLZXlTZWNyZXQiOiJiIiwiU2VjdXJpdHlUb2tlbiI6ImMifQ=="}`)
	f.Add(uint16(200), `{"RequestId":"R","Code":"InvalidVideo.NotFound","Message":"no such video","HostId":"h"}`)
	f.Add(uint16(203),
		`{"Code":"InvalidSecurityToken.Expired","Message":"hush-token has expired, server string to sign is:GET&hush-secret"}`)
	f.Add(uint16(303), `{"Code":"Throttling.User"}`)
	f.Add(uint16(0), `{"VideoId":5,"UploadAddress":{},"UploadAuth":[]}`)
	f.Add(uint16(0), `[]`)
	f.Add(uint16(300), `<html>`)
	f.Add(uint16(102), ``)
	f.Fuzz(func(t *testing.T, code uint16, text string) { // code is that of HTTP, less 200
		status.Store(200 + int64(code)%400)
		body.Store(&text)
		for name, ask := range map[string]func() error{
			"create": func() error {
				_, err := a.Create(context.Background(),
					Media{File: "a.mp4", Size: 5})
				return err
			},
			"refresh": func() error {
				_, err := a.Refresh(context.Background(), Media{File: "a.mp4", VideoID: "V"})
				return err
			},
			"discard": func() error { return a.Discard(context.Background(), "V") },
		} {
			err := ask()
			var e *transfer.Error
			switch {
			case err == nil && status.Load()/100 != 2 && name != "discard":
				t.Errorf("%s takes HTTP %d for a success", name, status.Load())
			case err != nil && !errors.As(err, &e):
				t.Errorf("%s: %T %v", name, err, err)
			case err != nil && (strings.Contains(e.Error(), key.AccessKeySecret) ||
				strings.Contains(e.Error(), key.SecurityToken) || strings.Contains(e.Error(), key.AccessKeyID)):
				t.Errorf("%s tells a secret: %v", name, e)
			}
		}
	})
}
