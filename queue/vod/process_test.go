package vod

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/transfer"
)

func program(t *testing.T, script string, limit time.Duration) *Process {
	t.Helper()
	path := filepath.Join(t.TempDir(), "auth")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return &Process{Command: []string{"/bin/sh", path, "an argument"}, Limit: limit, Clock: At(noon)}
}

func TestProcess(t *testing.T) {
	t.Parallel()
	answer := `{"RequestId":"r","VideoId":"v1","UploadAddress":"` +
		b64(`{"Endpoint":"https://oss-cn-shanghai.aliyuncs.com","Bucket":"b","FileName":"k"}`) +
		`","UploadAuth":"` + b64(`{`+key+`,"Expiration":"3000"}`) + `"}`
	asked := filepath.Join(t.TempDir(), "asked")
	p := program(t, "{ pwd; echo $1; cat; } > "+asked+"; echo '"+answer+"'", time.Minute)
	g, err := p.Create(t.Context(), Media{ID: 12, File: "clips/a b.mp4", Size: 7})
	if err != nil || g.VideoID != "v1" || g.Address.Key != "k" || g.Auth.AccessKeySecret != "hush-secret" {
		t.Fatalf("%v, %v", g, err)
	}
	said, err := os.ReadFile(asked)
	if want := "/\nan argument\n" + `{"kind":"create-video","id":12,"file":"clips/a b.mp4","size":7,"title":"a b"}` +
		"\n"; err != nil || string(said) != want {
		t.Errorf("it was asked %q, error %v", said, err)
	}
	if _, err := p.Refresh(t.Context(), Media{File: "a.mp4", VideoID: "v1"}); err != nil {
		t.Error(err)
	}
	for _, code := range []string{"Success", "success", "OK", "200"} { // of who passes on what the API said
		p := program(t, "sleep 5 & echo '"+strings.Replace(answer, "{", `{"Code":"`+code+`","Message":"done",`, 1)+"'",
			time.Minute)
		if g, err := p.Create(t.Context(), Media{File: "a.mp4"}); err != nil || g.VideoID != "v1" {
			t.Errorf("with the code %s: %v, %v", code, g, err)
		}
	}
	for rest, want := range map[string]string{"cat": "v1", "sleep 20": ""} { // which outlives the program
		p := program(t, "{ head -c 50; sleep 0.3; "+rest+"; } << END &\n"+answer+"\nEND\nsleep 0.1\n", time.Minute)
		g, err := p.Create(t.Context(), Media{File: "a.mp4"})
		if g.VideoID != want || (want == "") != (err != nil && strings.Contains(err.Error(), "is cut")) {
			t.Errorf("an answer whose end comes by %s: %v, %v", rest, g, err)
		}
	}
	if _, err := p.Refresh(t.Context(), Media{File: "a.mp4", VideoID: "v2"}); !is(err, "GetUploadAuthFailed") {
		t.Errorf("an answer for another video: %v", err)
	}
	if _, err := p.Create(t.Context(), Media{File: "notes.txt"}); !is(err, "InvalidFileName.Extension") {
		t.Errorf("a file that VOD does not take: %v", err)
	}
}

func TestProcessThatFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script, code, words string
		kind                transfer.Kind
	}{
		"exits": {"echo 'cannot reach hushhushhushhushhush backend' >&2; exit 3", "GetUploadAuthFailed",
			"cannot reach *** backend", transfer.Resumable},
		"no answer": {"true", "GetUploadAuthFailed", "no JSON", transfer.Resumable},
		"nonsense":  {"echo hush", "GetUploadAuthFailed", "no JSON", transfer.Resumable},
		"too much":  {"yes", "GetUploadAuthFailed", "more than", transfer.Resumable},
		"forbidden": {`echo '{"Code":"Forbidden","Message":"no"}'`, "Forbidden", "no", transfer.Final},
		"throttled": {`echo '{"Code":"Throttling.User","Message":"later"}'`, "Throttling.User", "later",
			transfer.Resumable},
		"expired": {`echo '{"Code":"InvalidSecurityToken.Expired","Message":"over"}'`, "InvalidSecurityToken.Expired",
			"over", transfer.Resumable},
		"objects": {`echo '{"VideoId":"v","UploadAuth":{},"UploadAddress":{}}'`, "GetUploadAuthFailed",
			"with the texts", transfer.Resumable},
		"too late": {"sleep 60 & sleep 60", "GetUploadAuthFailed", "did not answer", transfer.Resumable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := 30 * time.Second // a machine may be busy
			if name == "too late" {
				limit = 300 * time.Millisecond
			}
			_, err := program(t, c.script, limit).Create(t.Context(), Media{File: "a.mp4"})
			var e *transfer.Error
			if !errors.As(err, &e) || e.Code != c.code || e.Kind != c.kind || !strings.Contains(e.Message, c.words) ||
				strings.Contains(e.Message, "hush") {
				t.Errorf("error %v", err)
			} else if mends := strings.HasPrefix(e.Hint, checkProcess); !mends && c.code != "Forbidden" &&
				c.code != "Throttling.User" {
				t.Errorf("the hint is %q", e.Hint)
			}
		})
	}
}

func TestProcessIsStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := program(t, "sleep 60", time.Minute).Create(ctx, Media{File: "a.mp4"}); !errors.Is(err,
		context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestNoWordOfTheProcess has programs that repeat what they were called with, on standard error and in an answer.
func TestNoWordOfTheProcess(t *testing.T) {
	t.Parallel()
	for _, c := range []string{`echo "no user $1" >&2; exit 3`,
		`printf '{"Code":"Forbidden","Message":"no user %s"}' "$1"`} {
		p := &Process{Command: []string{"sh", "-c", c, "sh", "hush-5ecret"}, Limit: time.Minute}
		_, err := p.Create(t.Context(), Media{File: "a.mp4"})
		if e := (*transfer.Error)(nil); !errors.As(err, &e) || !strings.HasSuffix(e.Message, " ***") ||
			strings.Contains(e.Message, "hush") {
			t.Errorf("error %v", err)
		}
	}
}
