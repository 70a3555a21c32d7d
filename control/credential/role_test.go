package credential

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/transfer"
)

// TestAssumedRole asks STS of the development endpoint, whose clock is hours from ours: the request is signed by its
// clock then.
func TestAssumedRole(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{0, 3 * time.Hour, -30 * time.Minute} {
		s, err := ossdev.Start("", ossdev.Options{Dir: t.TempDir(),
			Now: func() time.Time { return time.Now().Add(off) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		s.AddKey("owner", mark+"secret", "", time.Time{})
		role := Role{ARN: "acs:ram::1:role/x", Session: "a.session@host", Lifetime: time.Hour,
			Policy: `{"Statement":[]}`, Endpoint: s.URL}
		r := AssumedRole(role, Static(Credentials{AccessKeyID: "owner", AccessKeySecret: mark + "secret"}))
		got, err := r.Get(t.Context())
		if err != nil || got.SecurityToken == "" || !strings.HasPrefix(got.AccessKeyID, "STS.") {
			t.Fatalf("%v off: %v", off, err)
		}
		if left := got.Expires.Sub(time.Now().Add(off)); left < 59*time.Minute || left > time.Hour {
			t.Errorf("%v off: expires in %v", off, left)
		}
		tries := 1
		if off != 0 {
			tries = 2 // the first is refused with the time
		}
		if all := s.Requests(); len(all) != tries || all[0].Action != "AssumeRole" {
			t.Errorf("%v off: %v", off, all)
		}
		if other, err := r.Renew(t.Context()); err != nil || other.AccessKeyID == got.AccessKeyID ||
			len(s.Requests()) != tries+1 {
			t.Errorf("%v off: renewed: %v after %d requests", off, err, len(s.Requests()))
		}
		_, err = AssumedRole(role, Static(Credentials{AccessKeyID: "owner", AccessKeySecret: mark})).Get(t.Context())
		if err == nil || !strings.Contains(err.Error(), "STS refuses (SignatureDoesNotMatch)") {
			t.Errorf("a wrong secret: %v", err)
		}
		check(t, "the error", fmt.Sprint(err))
		check(t, "the source", fmt.Sprintf("%v %+v %#v", r, r, r))
	}
}

// TestRefusedRole has STS refuse for each reason: the reason, the request and what to do are told, and nothing that was
// sent, nor any other words of STS. It is asked again later: all that can be mended without us.
func TestRefusedRole(t *testing.T) {
	t.Parallel()
	for code, hint := range roleHints {
		s, err := ossdev.Start("", ossdev.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		s.AddKey("owner", mark+"secret", "", time.Time{})
		s.AddFault(ossdev.Fault{Action: "AssumeRole", Code: code, Message: "It is so because of " + mark +
			"external, " + mark + "secret and owner."})
		role := Role{ARN: "acs:ram::1:role/x", Session: "a", Lifetime: time.Hour, External: mark + "external",
			Endpoint: s.URL}
		_, err = AssumedRole(role, Static(Credentials{AccessKeyID: "owner", AccessKeySecret: mark + "secret"})).Get(
			t.Context())
		var e *transfer.Error
		if !errors.As(err, &e) || e.Kind != transfer.Resumable || e.Hint != hint || e.RequestID != "" ||
			!strings.HasPrefix(e.Message, "assuming the RAM role: STS refuses ("+code+") (request ") {
			t.Errorf("%s: %+v", code, err)
		}
		check(t, "the error", fmt.Sprint(err))
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestMuteSTS names who says nothing.
func TestMuteSTS(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // the kernel takes connections
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // the test is over
	ctx, cancel := context.WithTimeout(t.Context(), time.Second/4)
	defer cancel()
	role := Role{ARN: "acs:ram::1:role/x", Session: "a", Lifetime: time.Hour, Endpoint: "http://" + l.Addr().String()}
	_, err = AssumedRole(role, Static(Credentials{AccessKeyID: "owner", AccessKeySecret: "secret"})).Get(ctx)
	var e *transfer.Error
	if !errors.As(err, &e) || e.Kind != transfer.Resumable || !strings.Contains(e.Message, l.Addr().String()+
		" does not answer") || e.Hint == "" {
		t.Errorf("%v", err)
	}
}
