package oss

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"inboxfs/queue/attribute"
	"inboxfs/queue/ossdev"
	"inboxfs/queue/upload"
)

// TestCallback has files of both ways of sending told to a server that takes it, that fails, and whose word is lost.
func TestCallback(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		status int
		answer string
		lost   bool
		code   string
		says   string
	}{
		{"taken", 200, `{"Status":"OK"}`, false, "", ""},
		{"refused", 502, "", false, "CallbackFailed", "Error status : 502."},
		{"a page", 200, "<html>", false, "CallbackFailed", "not valid json"},
		{"the answer is lost", 200, "{}", true, "CallbackUnknown", "the answer was lost"},
	}
	for action, size := range map[string]int{"PutObject": 5, "CompleteMultipartUpload": part + 1} {
		for _, c := range cases {
			t.Run(action+", "+c.name, func(t *testing.T) {
				t.Parallel()
				var told atomic.Value
				back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body) // what is read is compared
					told.Store(string(body))
					w.WriteHeader(c.status)
					fmt.Fprint(w, c.answer)
				}))
				t.Cleanup(back.Close)
				set, err := attribute.Parse([]string{`oss.callback={"callbackUrl":"` + back.URL +
					`","callbackBody":"${object} ${size} ${x:who}"}`,
					`oss.callback-var={"x:who":"me"}`})
				if err != nil {
					t.Fatal(err)
				}
				b := start(t, nil)
				if c.lost {
					b.AddFault(ossdev.Fault{Action: action, Count: 1, ResetAfter: true})
				}
				job, data := file(t, size)
				res, err := upload.New(b.remote, upload.Options{PartSize: part, Attributes: set}).Upload(t.Context(),
					job, &watcher{})
				if err != nil {
					t.Fatal(err)
				}
				if want := fmt.Sprintf("%s %d me", url.QueryEscape(job.Name), size); told.Load() != want {
					t.Errorf("told %q, want %q", told.Load(), want)
				}
				if string(b.stored(t, job.Name)) != string(data) || res.ETag == "" || res.RequestID == "" {
					t.Errorf("result %+v", res)
				}
				switch got := res.Warning; {
				case c.code == "" && got != nil:
					t.Errorf("%+v", got)
				case c.code != "" && (got == nil || got.Code != c.code || !strings.Contains(got.Message, c.says)):
					t.Errorf("%+v, want %s: %s", got, c.code, c.says)
				}
				if n := b.actions()[action]; n != 1 {
					t.Errorf("%d times %s", n, action)
				}
			})
		}
	}
}
