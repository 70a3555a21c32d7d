package oss_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"inboxfs/queue"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
	"inboxfs/queue/names"
	"inboxfs/queue/oss"
	"inboxfs/queue/ossdev"
	"inboxfs/queue/ossdev/authority"
	"inboxfs/queue/ossdev/faultproxy"
	"inboxfs/queue/ossdev/forward"
	"inboxfs/queue/ossdev/wire"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
	"inboxfs/queue/vod"
)

const (
	bucket = "drops"
	keyID  = "LTAIline"
	secret = "line-secret"
	part   = 100 << 10 // bytes
)

// rig is all of the daemon but the mount: a queue with its journal and its event log, and an uploader that reaches the
// endpoint through a fault proxy. Its methods return errors, so that many rigs can be at work at once.
type rig struct {
	dir     string
	server  *ossdev.Running
	proxy   *faultproxy.Proxy // nil with a forward proxy
	through *forward.Proxy    // nil: none
	wire    *wire.Wire        // before it, or before the endpoint
	queue   *queue.Queue
	journal *journal.Journal
	events  *eventlog.Log
	up      *upload.Uploader
	ahead   atomic.Int64 // of the machine's clock is what all of these take for now
}

func (r *rig) now() time.Time { return time.Now().Add(time.Duration(r.ahead.Load())) }

// reach says how the uploader reaches the endpoint.
type reach struct {
	vod  bool
	host string // by which the fault proxy is called; "" for its address
	// of a forward proxy, which leads to the endpoint behind TLS in place of the fault proxy; "" for none
	kind    string
	proxy   *url.URL      // where that is; newRig knows
	bare    bool          // nothing but a wire is between
	size    int64         // of parts; 0: part
	silence time.Duration // how long a request may be silent
}

func newRig(dir string, how reach) (r *rig, err error) {
	r = &rig{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	o := ossdev.Options{Dir: filepath.Join(dir, "objects"), Now: r.now}
	if how.kind != "" {
		if o.TLS, err = oss.Trusted.Server(authority.Leaf{Names: []string{"127.0.0.1"}}); err != nil {
			return r, err
		}
	}
	if r.server, err = ossdev.Start("", o); err != nil {
		return r, err
	}
	r.server.AddKey(keyID, secret, "", time.Time{})
	if err := r.server.CreateBucket(bucket); err != nil {
		return r, err
	}
	endpoint, err := r.line(&how)
	if err != nil {
		return r, err
	}
	if r.up, err = r.places(endpoint, how); err != nil {
		return r, err
	}
	if err := os.Mkdir(filepath.Join(dir, "inbox"), 0o700); err != nil {
		return r, err
	}
	log := slog.New(slog.DiscardHandler)
	var recovered *queue.Recovered
	if r.journal, recovered, err = queue.Recover(filepath.Join(dir, "journal.db"), log); err != nil {
		return r, err
	}
	if r.events, err = eventlog.Open(filepath.Join(dir, "events.log"), eventlog.Options{}); err != nil {
		return r, err
	}
	rules, err := names.Compile(names.DefaultIgnore, names.DefaultWait)
	if err != nil {
		return r, err
	}
	r.queue, err = queue.New(queue.Options{Inbox: filepath.Join(dir, "inbox"), Journal: r.journal, Events: r.events,
		Names: rules, Uploader: r.up,
		Files: 2, Settle: time.Millisecond, Start: true, Log: log, Now: r.now}, recovered)
	return r, err
}

// sweep ends the queue, and an hour later looks for what the journal says that lost Initiates may have left.
func (r *rig) sweep() error {
	if err := r.stop(); err != nil {
		return err
	}
	j, err := journal.Open(filepath.Join(r.dir, "journal.db"))
	if err != nil {
		return err
	}
	aborts, err := j.Aborts()
	if err := errors.Join(err, j.Close()); err != nil {
		return err
	}
	r.ahead.Add(int64(time.Hour + time.Minute))
	for _, a := range aborts {
		lost := transfer.Lost{Bucket: a.Bucket, Key: a.Key, Since: time.UnixMilli(a.Since)}
		err := until("what was lost is found", func() bool { // the first answer corrects the clock
			done, err := r.up.Sweep(context.Background(), lost, func(string) bool { return false })
			return done && err == nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// line begins what lies between the uploader and the endpoint, and returns where the uploader finds that.
func (r *rig) line(how *reach) (endpoint string, err error) {
	if how.bare {
		if r.wire, err = wire.Start(strings.TrimPrefix(r.server.URL, "http://")); err != nil {
			return "", err
		}
		return "http://" + r.wire.Addr, nil
	}
	if how.kind == "" {
		if r.proxy, err = faultproxy.Start(r.server.URL); err != nil {
			return "", err
		}
		if how.host != "" {
			return strings.Replace(r.proxy.URL, "127.0.0.1", how.host, 1), nil
		}
		return r.proxy.URL, nil
	}
	secure, err := oss.Trusted.Server(authority.Leaf{Names: []string{"127.0.0.1"}})
	if err != nil {
		return "", err
	}
	if r.through, err = forward.Start(forward.Options{Kind: how.kind, User: "u", Password: "p",
		TLS: secure}); err != nil {
		return "", err
	}
	if r.wire, err = wire.Start(r.through.URL.Host); err != nil {
		return "", err
	}
	how.proxy = &url.URL{Scheme: how.kind, User: r.through.URL.User, Host: r.wire.Addr}
	return r.server.URL, nil
}

// lose makes all packets vanish on their way, or lets them through again.
func (r *rig) lose(on bool) error {
	if r.wire != nil {
		return r.wire.Lose(on)
	}
	return r.proxy.Lose(on)
}

// places is an uploader with small parts and short waits.
func (r *rig) places(to string, how reach) (*upload.Uploader, error) {
	bucketOptions := func(endpoint, bucket, region string, credentials func(context.Context) (oss.Credentials,
		error)) oss.Options {
		return oss.Options{Endpoint: endpoint, Region: region, Bucket: bucket, Credentials: credentials,
			ConnectTimeout: how.silence, ReadTimeout: how.silence, FinishTimeout: how.silence, Now: r.now,
			Proxy: func(*http.Request) (*url.URL, error) { return how.proxy, nil }} // whatever the environment says
	}
	o := upload.Options{PartSize: cmp.Or(how.size, part), Parts: 2, MaxTries: 3, BackoffBase: 20 * time.Millisecond,
		BackoffCap: 200 * time.Millisecond, Grace: 200 * time.Millisecond, Now: r.now}
	if !how.vod {
		remote, err := oss.New(bucketOptions(to, bucket, "cn-hangzhou",
			func(context.Context) (oss.Credentials, error) {
				return oss.Credentials{AccessKeyID: keyID, AccessKeySecret: secret}, nil
			}))
		if err != nil {
			return nil, err
		}
		return upload.New(remote, o), nil
	}
	api, err := vod.NewAPI(vod.APIOptions{Endpoint: to, Timeout: how.silence,
		Key: func(context.Context) (vod.Key, error) {
			return vod.Key{AccessKeyID: keyID, AccessKeySecret: secret}, nil
		}})
	if err != nil {
		return nil, err
	}
	return upload.NewVia(
		vod.NewPlaces(vod.Options{Authority: api, Dial: func(g vod.Grant, s vod.Session) (upload.Remote, error) {
			return oss.New(bucketOptions(g.Address.Endpoint, g.Address.Bucket, g.Auth.Region,
				func(ctx context.Context) (oss.Credentials, error) {
					a, err := s.Auth(ctx)
					return oss.Credentials{AccessKeyID: a.AccessKeyID, AccessKeySecret: a.AccessKeySecret,
						SecurityToken: a.SecurityToken}, err
				}))
		}}), o), nil
}

// close ends everything, in the order in which a daemon does.
func (r *rig) close() error {
	errs := []error{r.stop()}
	if r.proxy != nil {
		errs = append(errs, r.proxy.Close())
	}
	if r.wire != nil {
		errs = append(errs, r.wire.Close())
	}
	if r.through != nil {
		errs = append(errs, r.through.Close())
	}
	if r.server != nil {
		errs = append(errs, r.server.Close())
	}
	return errors.Join(errs...)
}

// stop ends the queue.
func (r *rig) stop() error {
	var errs []error
	if r.queue != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		errs = append(errs, r.queue.Shutdown(ctx))
	}
	if r.events != nil {
		errs = append(errs, r.events.Close())
	}
	if r.journal != nil {
		errs = append(errs, r.journal.Close())
	}
	r.queue, r.events, r.journal = nil, nil, nil
	return errors.Join(errs...)
}

// drop does with a file what the mount does when a program writes it.
func (r *rig) drop(name string, data []byte) (transfer.ID, error) {
	path := filepath.Join(r.dir, "inbox", name)
	id := r.queue.Open(name, true)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return id, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return id, err
	}
	r.queue.Close(id, queue.Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	return id, nil
}

// until waits for something, and says what when it does not come.
func until(what string, ok func() bool) error {
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("waited in vain until %s", what)
		}
	}
	return nil
}

// arrived says what is wrong with the object that a file became.
func (r *rig) arrived(id transfer.ID, data []byte) error {
	info, err := r.queue.Info(id)
	if err != nil {
		return err
	}
	path, _, ok := r.server.Object(info.Bucket, info.Key)
	if !ok {
		return fmt.Errorf("%s/%s is not there", info.Bucket, info.Key)
	}
	stored, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(stored, data) {
		return errors.New("the object is not the file")
	}
	return nil
}

// count is how often an event stands in the log.
func (r *rig) count(event string) (int, error) {
	text, err := os.ReadFile(filepath.Join(r.dir, "events.log"))
	return strings.Count(string(text), "event="+event+" "), err
}

// random is content that no two rigs share.
func random(seed, size int) []byte {
	data := make([]byte, size)
	x := uint32(seed)*2654435761 + 1
	for i := range data {
		x = x*1664525 + 1013904223
		data[i] = byte(x >> 24)
	}
	return data
}

func mkdir(dir string) error { return os.Mkdir(dir, 0o700) }
