package oss_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"inboxfs/queue"
	"inboxfs/queue/ossdev/faultproxy"
	"inboxfs/queue/transfer"
)

// TestOutages takes the network away in the middle of an upload, until it has been tried again several times and the
// run was given up, and gives it back. It is one outage, told once; it is tried at a decent pace; what had arrived is
// not sent again; and the object is the file.
func TestOutages(t *testing.T) {
	t.Parallel()
	dns := func(how int) func(*rig, string) (func() error, error) {
		return func(r *rig, host string) (func() error, error) {
			resolve(host, how)
			r.proxy.Cut() // who is connected needs no name
			return func() error { resolve(host, found); return nil }, nil
		}
	}
	for name, begin := range map[string]func(r *rig, host string) (end func() error, err error){
		"no such name":       dns(unknown),
		"name server fails":  dns(failing),
		"name server silent": dns(answerless),
		"black hole": func(r *rig, _ string) (func() error, error) {
			hole := r.proxy.Add(faultproxy.Rule{Fault: faultproxy.Hang})
			return func() error { hole.Remove(); return nil }, nil
		},
		"everything reset": func(r *rig, _ string) (func() error, error) {
			cut := r.proxy.Add(faultproxy.Rule{Fault: faultproxy.LostBefore})
			return func() error { cut.Remove(); return nil }, nil
		},
		"every answer lost": func(r *rig, _ string) (func() error, error) {
			cut := r.proxy.Add(faultproxy.Rule{Fault: faultproxy.LostAfter})
			return func() error { cut.Remove(); return nil }, nil
		},
		"a login page": func(r *rig, _ string) (func() error, error) {
			page := r.proxy.Add(faultproxy.Rule{Fault: faultproxy.HTML200})
			return func() error { page.Remove(); return nil }, nil
		},
		"all packets lost": func(r *rig, _ string) (func() error, error) {
			return func() error { return r.proxy.Lose(false) }, r.proxy.Lose(true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "all packets lost" && runtime.GOOS != "linux" {
				t.Skip("needs Linux")
			}
			host := "oss-" + strings.ReplaceAll(name, " ", "-") + ".test"
			resolve(host, found)
			r, err := newRig(t.TempDir(), reach{host: host, silence: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := r.close(); err != nil {
					t.Error(err)
				}
			})
			data := random(7, 10*part+1)
			r.queue.SetLimit(4 * part)
			id, err := r.drop("a.mp4", data)
			if err != nil {
				t.Fatal(err)
			}
			tries := func(n int) func() bool {
				return func() bool { i, err := r.queue.Info(id); return err == nil && i.Retries >= n }
			}
			if err := until("a part has arrived", func() bool {
				i, err := r.queue.Info(id)
				return err == nil &&
					i.PartsDone > 0
			}); err != nil {
				t.Fatal(err)
			}
			end, err := begin(r, host)
			if err != nil {
				t.Fatal(err)
			}
			before, began := requests(r), time.Now()
			if err := until("it was tried again and again", tries(6)); err != nil {
				t.Fatal(err)
			}
			lasted, during := time.Since(began), requests(r)-before
			r.queue.SetLimit(0)
			if err := end(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := errors.Join(r.queue.Wait(ctx, id), r.arrived(id, data)); err != nil {
				t.Fatal(err)
			}
			retry, err := r.count("OnUploadRetry")
			resume, err2 := r.count("OnUploadRetryResume")
			// a second one, where a busy machine is late
			if err := errors.Join(err, err2); err != nil || retry != resume || retry < 1 || retry > 2 {
				t.Errorf("%d OnUploadRetry, %d OnUploadRetryResume, %v", retry, resume, err)
			}
			if during > 40 {
				t.Errorf("%d requests during the outage", during)
			}
			if n := len(r.server.Uploads()); n != 0 {
				t.Errorf("%d multipart uploads are left", n)
			}
			t.Logf("1 outage of %v, %d requests meanwhile, %d in all, %d retry told, 1 object",
				lasted.Round(time.Millisecond), during, requests(r), retry)
		})
	}
}

// requests is how many came as far as the proxy.
func requests(r *rig) (n int) {
	for _, of := range r.proxy.Requests() {
		n += of
	}
	return n
}

// A request that was given up must not arrive later: meanwhile the file may be another, whose object it would replace,
// or have been removed. Its bytes lie in the kernel while no packet gets through, below the TLS of a proxy and that of
// the endpoint.
func TestRequestsGivenUpDoNotArriveLater(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	for _, proxy := range []string{"", "http", "https", "socks5"} {
		t.Run("proxy "+proxy, func(t *testing.T) {
			t.Parallel()
			r, err := newRig(t.TempDir(), reach{silence: time.Second, kind: proxy})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := r.close(); err != nil {
					t.Error(err)
				}
			})
			if err := r.lateOnes(t); err != nil {
				t.Error(err)
			}
		})
	}
}

// lateOnes drops three files while no packet gets through: one is then replaced, one removed, one canceled.
func (r *rig) lateOnes(t *testing.T) error {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	first, err := r.drop("first.txt", []byte("so that there is a connection"))
	if err != nil {
		return err
	}
	second, err := r.drop("second.txt", []byte("and another"))
	if err != nil {
		return err
	}
	if err := errors.Join(r.queue.Wait(ctx, first), r.queue.Wait(ctx, second), r.lose(true)); err != nil {
		return err
	}
	late := make(map[string]transfer.ID)
	for _, name := range []string{"a.txt", "removed.txt", "canceled.txt"} {
		if late[name], err = r.drop(name, random(1, 1000)); err != nil {
			return err
		}
	}
	for name, id := range late {
		given := func() bool { i, err := r.queue.Info(id); return err == nil && i.Retries > 0 }
		if err := until("the put of "+name+" is given up", given); err != nil {
			return err
		}
	}
	err = errors.Join(r.queue.DoFile(ctx, queue.Delete, late["removed.txt"]),
		r.queue.DoFile(ctx, queue.Cancel, late["canceled.txt"]))
	data := random(2, 1001)
	id, dropping := r.drop("a.txt", data)
	if err := errors.Join(err, dropping, r.lose(false)); err != nil {
		return err
	}
	if err := errors.Join(r.queue.Wait(ctx, id), r.arrived(id, data)); err != nil {
		return err
	}
	// The kernel would have sent it again by now: it waits a little longer each time, beginning with a fifth of a
	// second.
	time.Sleep(3 * time.Second)
	for _, q := range r.server.Requests() {
		if q.Action == "PutObject" && q.Bytes == 1000 {
			err = errors.Join(err, fmt.Errorf("the put of %s that was given up arrived after all, and was answered %d",
				q.Key, q.Status))
		}
	}
	return errors.Join(err, r.arrived(id, data))
}
