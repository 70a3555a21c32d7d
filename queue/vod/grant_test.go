package vod

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/transfer"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

const key = `"AccessKeyId":"STS.id","AccessKeySecret":"hush-secret","SecurityToken":"hush-token"`

func TestParseAuth(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text    string
		expires time.Time
		err     error
	}{
		"seconds in words": {b64(`{` + key + `,"Expiration":"3000"}`), noon.Add(3000 * time.Second), nil},
		"seconds":          {b64(`{` + key + `,"Expiration":3000}`), noon.Add(3000 * time.Second), nil},
		"a time": {b64(`{` + key + `,"Expiration":"2026-11-22T12:30:00Z"}`), noon.Add(30 * time.Minute),
			nil},
		"utc time wins": {b64(`{` + key + `,"Expiration":"3600","ExpireUTCTime":"2026-11-22T12:10:00Z"}`),
			noon.Add(10 * time.Minute), nil},
		"since 1970": {b64(fmt.Sprintf(`{%s,"Expiration":%d}`, key, noon.Add(time.Hour).Unix())),
			noon.Add(time.Hour), nil},
		"no expiry":   {b64(`{` + key + `}`), time.Time{}, nil},
		"not encoded": {`{` + key + `,"Region":"cn-shanghai"}`, time.Time{}, nil},
		"url-safe, unpadded": {strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(`{`+key+`,"x":"~~~>>>???"}`)),
			"="), time.Time{}, nil},
		"over": {b64(`{` + key + `,"ExpireUTCTime":"2026-11-22T11:59:59Z"}`), time.Time{},
			transfer.ErrKeyExpired},
		"over in seconds": {b64(`{` + key + `,"Expiration":0}`), time.Time{}, transfer.ErrKeyExpired},
		"no secret": {b64(`{"AccessKeyId":"STS.id","SecurityToken":"hush-token"}`), time.Time{},
			transfer.ErrInvalid},
		"no token": {b64(`{"AccessKeyId":"STS.id","AccessKeySecret":"hush-secret"}`), time.Time{},
			transfer.ErrInvalid},
		"a blank": {b64(`{"AccessKeyId":"STS id","AccessKeySecret":"hush-secret","SecurityToken":"t"}`),
			time.Time{}, transfer.ErrInvalid},
		"bad expiry": {b64(`{` + key + `,"Expiration":"hush-soon"}`), time.Time{}, transfer.ErrInvalid},
		"no base64":  {"hush!", time.Time{}, transfer.ErrInvalid},
		"no object":  {b64(`["hush"]`), time.Time{}, transfer.ErrInvalid},
		"nothing":    {"", time.Time{}, transfer.ErrInvalid},
	} {
		a, err := ParseAuth(c.text, At(noon))
		if !errors.Is(err, c.err) || !a.Expires.Equal(c.expires) {
			t.Errorf("%s: expires %v, error %v", name, a.Expires, err)
		}
		if err == nil && (a.AccessKeyID != "STS.id" || a.AccessKeySecret != "hush-secret" ||
			a.SecurityToken != "hush-token") {
			t.Errorf("%s: another key", name)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: the error shows a secret: %v", name, err)
		}
	}
}

// TestUncomparedClock has a clock of ours that may show anything. How long an auth lasts is the same by any clock; when
// it ended is believed only once a server has told its time.
func TestUncomparedClock(t *testing.T) {
	t.Parallel()
	both := b64(`{` + key + `,"Expiration":"3000","ExpireUTCTime":"2026-11-22T12:50:00Z"}`)
	alone := b64(`{` + key + `,"ExpireUTCTime":"2026-11-22T12:50:00Z"}`)
	over := b64(`{` + key + `,"ExpireUTCTime":"2026-11-22T11:50:00Z"}`)
	for _, off := range []time.Duration{0, 5 * time.Hour, -5 * time.Hour} {
		ours := func() time.Time { return noon.Add(off) }
		blind := Clock{Ours: ours}
		right := Clock{Ours: ours, Server: func() (time.Time, bool) { return noon, true }}
		unsure := Clock{Ours: ours, Server: func() (time.Time, bool) { return ours(), false }}
		for _, c := range []struct {
			what, text string
			clock      Clock
			lasts      time.Duration // 0: nobody knows
		}{
			{"both", both, blind, 3000 * time.Second}, {"both", both, unsure, 3000 * time.Second},
			{"both", both, right, 50 * time.Minute},
			{"a time", alone, blind, 0}, {"a time", alone, unsure, 0}, {"a time", alone, right, 50 * time.Minute},
			{"over", over, blind, 0},
		} {
			a, err := ParseAuth(c.text, c.clock)
			if err != nil || a.Expires.IsZero() != (c.lasts == 0) || c.lasts != 0 && a.Expires.Sub(ours()) != c.lasts {
				t.Errorf("%s by a clock that is off by %v: ends %v, %v", c.what, off, a.Expires, err)
			}
		}
		if _, err := ParseAuth(over, right); !errors.Is(err, transfer.ErrKeyExpired) {
			t.Errorf("over by a clock that is off by %v, and known to be: %v", off, err)
		}
		if _, err := ParseAuth(b64(`{`+key+`,"ExpireUTCTime":"2020-01-01T00:00:00Z"}`), blind); !errors.Is(err,
			transfer.ErrKeyExpired) {
			t.Errorf("over by any clock: %v", err)
		}
	}
}

func TestParseAddress(t *testing.T) {
	t.Parallel()
	a, err := ParseAddress(
		b64(`{"Endpoint":"oss-cn-shanghai.aliyuncs.com","Bucket":"in-2017","FileName":"video/x.mp4"}`))
	if want := (Address{"https://oss-cn-shanghai.aliyuncs.com", "in-2017", "video/x.mp4", ""}); err != nil ||
		a != want {
		t.Errorf("%+v, %v", a, err)
	}
	for _, bad := range []string{"", "x", b64(`{}`), b64(`{"Endpoint":"https://u:p@h","Bucket":"b","FileName":"f"}`),
		b64(`{"Endpoint":"ftp://h","Bucket":"b","FileName":"f"}`), b64(`{"Endpoint":"https://h","Bucket":"b"}`)} {
		if _, err := ParseAddress(bad); !errors.Is(err, transfer.ErrInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAuthIsNotPrinted(t *testing.T) {
	t.Parallel()
	a := Auth{AccessKeyID: "hush1", AccessKeySecret: "hush2", SecurityToken: "hush3"}
	g := Grant{VideoID: "v", Auth: a}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "auth", a, "grant", g)
	js, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprint(a), fmt.Sprintf("%+v", g), fmt.Sprintf("%#v", g), fmt.Sprintf("%q %x", a, a),
		log.String(), string(js)} {
		if strings.Contains(s, "hush") || strings.Contains(s, "68757368") {
			t.Errorf("printed as %s", s)
		}
	}
}

func FuzzParseAuth(f *testing.F) {
	f.Add(`{"AccessKeyId":"a","AccessKeySecret":"hush","SecurityToken":"hush","Expiration":1e999}`, true)
	f.Add("hush", false)
	f.Add(`{"Expiration":{"hush":1}}`, true)
	f.Add(`{"AccessKeyId":"hush`, true)
	for _, more := range []string{``, `,"Expiration":3000`, `,"Expiration":"3000","Region":"cn-shanghai"`,
		`,"Expiration":"2026-11-22T12:30:00Z"`,
		`,"Expiration":"60","ExpireUTCTime":"2026-11-22T12:30:00Z"`, `,"Expiration":"hush"`, `,"Expiration":-1`,
		`,"Expiration":NaN`, `,"Expiration":[]`} {
		f.Add(`{`+key+more+`}`, true)
		f.Add(`{`+key+more+`}`, false)
	}
	f.Add(`{"Endpoint":"https://oss-cn-shanghai.aliyuncs.com","Bucket":"b","FileName":"video/k.mp4"}`, true)
	f.Add(`{"Endpoint":"https://u:hush@h","Bucket":"b","FileName":"k"}`, false)
	f.Add(`{"VideoId":"v","UploadAuth":"`+b64(`{`+key+`}`)+`","UploadAddress":"`+
		b64(`{"Endpoint":"https://h","Bucket":"b","FileName":"k"}`)+`"}`, false)
	f.Add(`{"VideoId":"v","UploadAuth":"hush","UploadAddress":"hush"}`, false)
	f.Fuzz(func(t *testing.T, text string, encoded bool) {
		if encoded {
			text = b64(text)
		}
		a, err := ParseAuth(text, At(noon))
		if err == nil && (a.AccessKeyID == "" || a.AccessKeySecret == "" || a.SecurityToken == "" ||
			!a.Expires.IsZero() && !noon.Before(a.Expires)) {
			t.Errorf("accepted: expires %v", a.Expires)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("the error repeats what was given: %v", err)
		}
		to, err := ParseAddress(text)
		if err == nil && (to.Bucket == "" || to.Key == "" || !strings.HasPrefix(to.Endpoint, "http")) {
			t.Errorf("accepted: %+v", to)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("the error repeats what was given: %v", err)
		}
		g, err := ParseGrant([]byte(text), At(noon))
		if err == nil && (g.VideoID == "" || g.Address == (Address{}) || g.Auth.SecurityToken == "") {
			t.Errorf("accepted: %+v", g)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("the error repeats what was given: %v", err)
		}
	})
}
