package daemon

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"inboxfs/control/config"
	"inboxfs/control/credential"
	"inboxfs/queue/oss"
	"inboxfs/queue/upload"
	"inboxfs/queue/vod"
)

// buckets is what VOD files are sent through: each has credentials of its own, and those that go to one bucket share
// its connections.
type buckets struct {
	options oss.Options // but for where; the region is for grants that name none

	mu      sync.Mutex // guards remotes
	remotes map[vod.Address]*oss.Remote
}

func newBuckets(c config.Config) *buckets {
	o := bare(c)
	o.Endpoint, o.Bucket, o.Region, o.CNAME = "", "", c.VOD.Region, false
	o.Given = true
	// Where nobody asks VOD itself, vod.region may be what it is by itself.
	if region := c.OSS.RegionID(); c.Credential.Mode == config.ModeVODAuth && region != "" &&
		o.Region == config.Default().VOD.Region {
		o.Region = region
	}
	return &buckets{options: o, remotes: make(map[vod.Address]*oss.Remote)}
}

// dial is what takes a file to the address of its grant.
func (b *buckets) dial(g vod.Grant, session vod.Session) (upload.Remote, error) {
	bucket, err := b.bucket(g.Address, g.Auth.Region)
	if err != nil {
		return nil, err
	}
	return bucket.As(
		func(ctx context.Context) (oss.Credentials, error) {
			a, err := session.Auth(ctx)
			return oss.Credentials{AccessKeyID: a.AccessKeyID, AccessKeySecret: a.AccessKeySecret,
				SecurityToken: a.SecurityToken}, err
		},
		func(_ context.Context, k oss.Credentials) bool {
			session.Rejected(k.AccessKeyID)
			return true // session says of the next request whether there are others
		}), nil
}

func (b *buckets) bucket(at vod.Address, region string) (*oss.Remote, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if region == "" {
		region = b.region(at.Endpoint)
	}
	at.Key, at.Prefix = region, "" // one bucket for all keys
	if r := b.remotes[at]; r != nil {
		return r, nil
	}
	o := b.options
	o.Bucket, o.Region = at.Bucket, region
	var err error
	if o.Endpoint, o.CNAME, err = oss.HostOf(at.Endpoint, at.Bucket); err != nil {
		return nil, err
	}
	o.Credentials = func(context.Context) (oss.Credentials, error) { return oss.Credentials{}, credential.ErrNone }
	r, err := oss.New(o)
	if err == nil {
		b.remotes[at] = r
	}
	return r, err
}

// region is that of an endpoint, or for one that does not tell it, such as those of acceleration, that of the
// configuration.
func (b *buckets) region(at string) string {
	return cmp.Or(config.OSS{Endpoint: at}.RegionID(), b.options.Region)
}

// Time is the time by the clock of a bucket that has answered. Otherwise it is this machine's, and not known.
func (b *buckets) Time() (now time.Time, known bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.remotes {
		if now, known := r.Time(); known {
			return now, true
		}
	}
	return time.Now(), false
}

// AskTime asks the buckets that files were sent to, until one says its time.
func (b *buckets) AskTime(ctx context.Context) error {
	b.mu.Lock()
	all := slices.Collect(maps.Values(b.remotes))
	b.mu.Unlock()
	for _, r := range all {
		if err := r.AskTime(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *buckets) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.remotes {
		r.Close()
	}
}

// VOD is the VOD API of the configuration, asked with keys. The caller must Close it.
func VOD(c config.Config, keys *credential.Ring) (*vod.API, error) {
	return vod.NewAPI(vod.APIOptions{Endpoint: c.VOD.URL(), ConnectTimeout: time.Duration(c.OSS.ConnectTimeout),
		Key: func(ctx context.Context) (vod.Key, error) {
			k, err := keys.Get(ctx)
			return vod.Key{AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret,
				SecurityToken: k.SecurityToken}, err
		},
		Rejected: func(ctx context.Context, k vod.Key) bool {
			return keys.Rejected(ctx, credential.Credentials{AccessKeyID: k.AccessKeyID,
				AccessKeySecret: k.AccessKeySecret, SecurityToken: k.SecurityToken})
		}})
}

// places says where files go, in the modes in which that is VOD's to say.
func (d *Daemon) places() (upload.Places, error) {
	c := d.config
	d.buckets = newBuckets(c)
	o := vod.Options{Dial: d.buckets.dial}
	switch {
	case c.Credential.Mode == config.ModeVOD:
		api, err := VOD(c, d.keys.Ring)
		if err != nil {
			return nil, err
		}
		d.api = api
		d.keys.know(api)
		o.Authority = api
	case len(c.VOD.AuthProcess) > 0:
		o.Authority = &vod.Process{Command: c.VOD.AuthProcess, Limit: time.Duration(c.VOD.AuthTimeout),
			Clock: vod.Clock{Server: d.buckets.Time}}
		d.keys.know(d.buckets)
	default:
		d.desk = vod.NewDesk(nil)
		d.keys.know(d.buckets)
		o.Authority = d.desk
	}
	return vod.NewPlaces(o), nil
}
