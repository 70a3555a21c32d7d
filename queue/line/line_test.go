package line

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// quick is how long nothing may move here.
const quick = 300 * time.Millisecond

// A line over which nothing comes any more ends the request on it, however many layers lie between them.
func TestDeadLineIsCut(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	everyWay(t, "", "", func(r *rig) error {
		c := client(t, r.proxy, 10*time.Second)
		r.wire.StallAfter(1 << 20)
		began := time.Now()
		err := put(c, r.url+"/large", zeros{}, 64<<20, quick)
		var f *Failure
		if !errors.As(err, &f) || f.Stage != Asking || !f.Timeout() {
			return fmt.Errorf("it ends with %w", err)
		}
		if took := time.Since(began); took < quick || took > 10*time.Second {
			return fmt.Errorf("it ends after %v", took)
		}
		return nil
	})
}

// What the kernel holds of a request that was given up does not arrive when packets do again.
func TestGivenUpDoesNotArriveLater(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	everyWay(t, "", "", func(r *rig) error {
		c := client(t, r.proxy, time.Second)
		if err := put(c, r.url+"/first", strings.NewReader("so that there is a connection"), 29,
			time.Minute); err != nil {
			return err
		}
		if err := r.wire.Lose(true); err != nil {
			return err
		}
		if err := put(c, r.url+"/lost", strings.NewReader("lost"), 4, quick); err == nil {
			return errors.New("it is answered")
		}
		if err := r.wire.Lose(false); err != nil {
			return err
		}
		if err := put(c, r.url+"/next", strings.NewReader("next"), 4, time.Minute); err != nil {
			return err
		}
		// The kernel would have sent it again by now: it waits a little longer each time, beginning with a fifth of a
		// second.
		time.Sleep(3 * time.Second)
		if got := r.body("/lost"); got != nil {
			return fmt.Errorf("it arrived: %q", got)
		}
		return nil
	})
}

// The line goes on while the kernel holds the rest of the body: that is not silence.
func TestSlowLineIsNotCut(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what the other side acknowledged")
	}
	everyWay(t, "", "", func(r *rig) error {
		r.wire.Pace(1 << 20)
		began := time.Now()
		if err := put(client(t, r.proxy, 10*time.Second), r.url+"/large", zeros{}, 6<<20, 5*quick); err != nil {
			return fmt.Errorf("after %v: %w", time.Since(began), err)
		}
		if took := time.Since(began); took < 10*quick {
			return fmt.Errorf("it took only %v, which proves nothing", took)
		}
		return nil
	})
}

// Each proxy takes its password, and no other and none.
func TestPasswords(t *testing.T) {
	t.Parallel()
	everyWay(t, "user", "pa55", func(r *rig) error {
		if err := put(client(t, r.proxy, 10*time.Second), r.url+"/in", strings.NewReader("in"), 2,
			time.Minute); err != nil {
			return err
		}
		if r.proxy == nil {
			return nil
		}
		for _, user := range []*url.Userinfo{nil, url.UserPassword("user", "pa56"), url.UserPassword("resu", "pa55")} {
			at := *r.proxy
			at.User = user
			err := put(client(t, &at, 10*time.Second), r.url+"/out", strings.NewReader("out"), 3, time.Minute)
			var f *Failure
			// then it is an answer like any other
			plain := strings.HasPrefix(r.url, "http:") && !strings.HasPrefix(at.Scheme, "socks")
			refused := strings.HasPrefix(fmt.Sprint(err), "HTTP 407") || strings.HasPrefix(fmt.Sprint(err), "HTTP 401")
			if plain != refused || !plain && (!errors.As(err, &f) || f.Stage != Proxying) {
				return fmt.Errorf("as %v: %w", user, err)
			}
		}
		if r.body("/out") != nil {
			return errors.New("the server was asked")
		}
		return nil
	})
}

// Each request finds the connection below all layers, whatever they are.
func TestAnyLayer(t *testing.T) {
	t.Parallel()
	bottom, err := newConn(pipe(t), time.Now().Add(time.Minute), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	type layer struct{ net.Conn }
	type other struct {
		net.Conn
		more int
	}
	if got := of(layer{other{layer{bottom}, 1}}); got != bottom {
		t.Errorf("found %p, not %p", got, bottom)
	}
	if got := of(pipe(t)); got != nil {
		t.Errorf("found %p below what is none of ours", got)
	}
}

func pipe(t *testing.T) net.Conn {
	t.Helper()
	a, b := net.Pipe()
	closing(t, a)
	closing(t, b)
	return a
}

// dwindling is a body that notes when its last byte was asked for.
type dwindling struct {
	left int
	over atomic.Bool
}

func (d *dwindling) Read(p []byte) (int, error) {
	n := min(len(p), d.left)
	if d.left -= n; d.left == 0 {
		d.over.Store(true)
	}
	return n, nil
}

// What the other side acknowledges is told soon, also when the kernel has long taken the last byte and the silence may
// be long.
func TestMovedIsTold(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what the other side acknowledged")
	}
	for _, kind := range []string{"to http", "to https"} {
		r := newRig(t, kind, "", "")
		r.wire.Pace(1 << 20)
		body := &dwindling{left: 8 << 20}
		var told atomic.Int64 // since then
		ctx := Told(Watched(t.Context(), time.Minute), func() {
			if body.over.Load() {
				told.Add(1)
			}
		})
		q, err := http.NewRequestWithContext(ctx, http.MethodPut, r.url+"/large", io.LimitReader(body, 8<<20))
		if err != nil {
			t.Fatal(err)
		}
		q.ContentLength = 8 << 20
		a, err := client(t, r.proxy, 10*time.Second).Do(q)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Body.Close(); err != nil {
			t.Error(err)
		}
		// Some are those of the last piece and of the answer.
		if n := told.Load(); n < 5 {
			t.Errorf("%s: told %d times", kind, n)
		}
	}
}
