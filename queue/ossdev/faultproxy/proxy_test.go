package faultproxy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const answer = "<Result><UploadId>0123456789</UploadId></Result>"

// Each fault is what rule.go says, to the client and to the endpoint.
func TestFaults(t *testing.T) {
	t.Parallel()
	whole := func(s string, err error) bool { return s == answer && err == nil }
	broken := func(_ string, err error) bool { return err != nil }
	silent := func(_ string, err error) bool { return errors.Is(err, context.DeadlineExceeded) }
	is := func(want string) func(string, error) bool {
		return func(s string, err error) bool { return s == want && err == nil }
	}
	for f, want := range map[Fault]struct {
		seen   int32 // whole requests, at the endpoint
		client func(string, error) bool
		again  int32 // that it sees of the same request made again
	}{
		None: {1, whole, 1}, LostBefore: {0, broken, 1}, LostAfter: {1, broken, 1}, Twice: {2, whole, 1},
		TwiceLast: {2, whole, 1},
		Hang:      {0, silent, 1}, Late: {0, silent, 2}, LateAnswer: {1, silent, 1}, CutRequest: {0, broken, 1},
		CutAnswer: {1, broken, 1},
		HTML200:   {1, is(page), 1}, HTML502: {0, is(page), 1}, Empty200: {1, is(""), 1},
		CutXML:     {1, is(answer[:len(answer)/2] + "<Cut"), 1},
		LongLength: {1, broken, 1}, ShortLength: {1, is(answer[:len(answer)/2]), 1},
	} {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			var seen atomic.Int32
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if body, err := io.ReadAll(r.Body); err == nil && string(body) == "some bytes of a part" {
					seen.Add(1)
				}
				_, _ = io.WriteString(w, answer) // the client says what came of it
			}))
			t.Cleanup(s.Close)
			p := begin(t, s.URL)
			h := p.Add(Rule{Action: "UploadPart", Count: 1, Fault: f})
			if got, err := ask(t, p.URL); !want.client(got, err) {
				t.Errorf("the client gets %q, %v", got, err)
			}
			if n := seen.Load(); n != want.seen || h.Hits() != 1 && f != None {
				t.Errorf("the endpoint saw %d, hits %d", n, h.Hits())
			}
			if got, err := ask(t, p.URL); !whole(got, err) {
				t.Errorf("made again: %q, %v", got, err)
			}
			if n := seen.Load() - want.seen; n != want.again || p.Requests()["UploadPart"] != 2 {
				t.Errorf("the endpoint saw %d of what was made again, requests %v", n, p.Requests())
			}
		})
	}
}

func TestLoss(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, answer) // the client says what came of it
	}))
	t.Cleanup(s.Close)
	p := begin(t, s.URL)
	for _, lost := range []bool{true, false} {
		if err := p.Lose(lost); err != nil {
			t.Fatal(err)
		}
		if got, err := ask(t, p.URL); errors.Is(err, context.DeadlineExceeded) != lost {
			t.Errorf("lost %v: %q, %v", lost, got, err)
		}
	}
}

func begin(t *testing.T, to string) *Proxy {
	t.Helper()
	p, err := Start(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// ask sends a part on a connection of its own.
func ask(t *testing.T, url string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, url+"/bucket/key?partNumber=1",
		strings.NewReader("some bytes of a part"))
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}
