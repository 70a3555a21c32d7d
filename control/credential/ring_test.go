package credential

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"inboxfs/queue"
)

func TestRing(t *testing.T) {
	t.Parallel()
	now := noon
	base := Credentials{AccessKeyID: "base", AccessKeySecret: "s"}
	r := New(Static(base), func() time.Time { return now })

	expect := func(id string, want error) {
		t.Helper()
		c, err := r.Get()
		if !errors.Is(err, want) || c.AccessKeyID != id {
			t.Fatalf("Get returned key %q and error %v, want %q and %v", c.AccessKeyID, err, id, want)
		}
	}
	expect("base", nil)

	changed := r.Changed()
	select {
	case <-changed:
		t.Fatal("changed before anything was set")
	default:
	}
	r.Set(Credentials{AccessKeyID: "one", AccessKeySecret: "s", SecurityToken: "t", Expires: now.Add(time.Minute)})
	select {
	case <-changed:
	default:
		t.Fatal("Set did not close the channel")
	}
	expect("one", nil)

	now = now.Add(time.Minute - 1)
	expect("one", nil)
	now = now.Add(1)
	expect("", ErrExpired)
	expect("", queue.ErrKeyExpired)

	changed = r.Changed()
	r.Set(Credentials{AccessKeyID: "two", AccessKeySecret: "s", SecurityToken: "t"})
	<-changed
	now = now.Add(1000 * time.Hour)
	expect("two", nil) // when it expires is not known
}

func TestRingSourceExpired(t *testing.T) {
	t.Parallel()
	r := New(Static(Credentials{AccessKeyID: "a", AccessKeySecret: "s", SecurityToken: "t", Expires: noon}), func() time.Time { return noon })
	if _, err := r.Get(); !errors.Is(err, ErrExpired) {
		t.Errorf("error is %v", err)
	}
}

func TestRingNone(t *testing.T) {
	t.Parallel()
	_, err := New(First(Static(Credentials{}), Environment(func(string) (string, bool) { return "", false })), nil).Get()
	if !errors.Is(err, ErrNone) || !errors.Is(err, queue.ErrNoKey) {
		t.Errorf("error is %v", err)
	}
}

// A source that hangs is given up, and meanwhile neither Set nor a Get after it waits for the source.
func TestRingSourceHangs(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}), make(chan struct{})
	r := New(sourceFunc(func(ctx context.Context) (Credentials, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("the source is asked without a deadline")
		}
		close(asked)
		<-release
		return Credentials{}, ErrNone
	}), nil)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := r.Get(); !errors.Is(err, ErrNone) {
			t.Errorf("error is %v", err)
		}
	})
	<-asked
	r.Set(Credentials{AccessKeyID: "new", AccessKeySecret: "s"})
	if c, err := r.Get(); err != nil || c.AccessKeyID != "new" {
		t.Errorf("Get beside a hanging source: key %q, error %v", c.AccessKeyID, err)
	}
	close(release)
	wg.Wait()
}

func TestRingConcurrent(t *testing.T) {
	t.Parallel()
	r := New(Static(Credentials{AccessKeyID: "0", AccessKeySecret: "0"}), nil)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, k := range "abcdefghij" {
				changed := r.Changed()
				r.Set(Credentials{AccessKeyID: string(k), AccessKeySecret: string(k)})
				<-changed
			}
		})
		wg.Go(func() {
			for range 100 {
				if c, err := r.Get(); err != nil || c.AccessKeyID != c.AccessKeySecret {
					t.Errorf("torn credentials, error %v", err)
				}
			}
		})
	}
	wg.Wait()
}
