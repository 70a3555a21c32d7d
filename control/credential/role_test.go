package credential

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/oss/ossdev"
)

// TestAssumedRole asks STS of the development endpoint, whose clock is hours from ours: the request is signed by its
// clock then.
func TestAssumedRole(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{0, 3 * time.Hour, -30 * time.Minute} {
		s, err := ossdev.Start("", ossdev.Options{Dir: t.TempDir(), Now: func() time.Time { return time.Now().Add(off) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		s.AddKey("owner", mark+"secret", "", time.Time{})
		role := Role{ARN: "acs:ram::1:role/x", Session: "a.session@host", Lifetime: time.Hour, Policy: `{"Statement":[]}`, Endpoint: s.URL}
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
		if other, err := r.Renew(t.Context()); err != nil || other.AccessKeyID == got.AccessKeyID || len(s.Requests()) != tries+1 {
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
