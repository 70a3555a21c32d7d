package ossdev

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"
)

// Options is what a Server is made of. Dir is required, the zero value of everything else is a usable default.
type Options struct {
	Dir       string         // where buckets and objects are kept; made if it is not there
	Region    string         // what V4 signatures must be for; "cn-hangzhou" by default
	Keys      map[string]Key // by access key id; see AddKey
	V4Only    bool           // refuse V1 signatures, as OSS does for new users
	FastETag  bool           // ETags from the CRC instead of the MD5: for load tests, saves more than half of the CPU
	Admin     bool           // answer below /.ossdev/, see doc.go; without signatures, so only for a loopback address
	LogSize   int            // how many requests are remembered; 100,000 by default
	OnRequest func(Request)  // told of each request just before it is answered, from several goroutines at once

	// of STS tokens; by default what the client asks for, and an hour where it asks for nothing
	TokenLifetime time.Duration
	AuthLifetime  time.Duration // of VOD's upload credentials; 3000 s by default
	// what OSS answers an expired token: SecurityTokenExpired by default, or InvalidAccessKeyId
	ExpiredCode    string
	MediaBucket    string   // where VOD puts what has no StorageLocation, made when needed; "vod-media" by default
	TemplateGroups []string // that VOD knows beside VOD_NO_TRANSCODE; nil for all that are 32 hexadecimal digits
	NoAuthRegion   bool     // VOD's upload credentials do not name the region, as its pages have them
	UploadEndpoint string   // in VOD's upload addresses; this server, as the request names it, by default

	Domains map[string]string // hosts that are bound to a bucket (CNAME), in small letters, and which
	// NewAccount: take no data at public endpoints of the mainland, as OSS does from accounts opened since 2025-03-20.
	NewAccount bool

	Lifecycle []LifecycleRule // of every bucket; none by default

	// what Start speaks; none by default. HTTP/2 is offered, too, unless NextProtos is set otherwise
	TLS    *tls.Config
	Now    func() time.Time // the server's clock; time.Now by default
	Logger *slog.Logger     // told of what goes wrong inside; by default nobody is
}

// Key is the secret that belongs to an access key id. A temporary one, as STS gives out, has a Token, too.
type Key struct {
	Secret  string
	Token   string
	Expires time.Time // zero for never
	// Object is BUCKET/KEY: it is good for uploading this object, or with a slash behind those below, and nothing else;
	// "" for everything.
	Object string
}

// Server is the development endpoint: an http.Handler, safe for concurrent use.
type Server struct {
	options Options
	st      *store
	uploads *uploads
	medias  *medias
	keys    keyRing
	nonces  nonces
	faults  faults
	log     requestLog

	ctx    context.Context // ends with Close: wakes requests that a fault holds
	cancel context.CancelFunc

	mu      sync.Mutex // guards closed, and running against a late Add
	closed  bool
	running sync.WaitGroup // requests being handled
}

// New opens o.Dir, or makes it, with all that an earlier Server left there. The caller must Close it.
func New(o Options) (*Server, error) {
	if o.Dir == "" {
		return nil, errors.New("development endpoint: Options.Dir is missing")
	}
	if o.Region == "" {
		o.Region = "cn-hangzhou"
	}
	if o.LogSize <= 0 {
		o.LogSize = 100_000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.AuthLifetime <= 0 {
		o.AuthLifetime = 3000 * time.Second
	}
	if o.MediaBucket == "" {
		o.MediaBucket = "vod-media"
	}
	if err := checkBucketName(o.MediaBucket); err != nil {
		return nil, fmt.Errorf("development endpoint: Options.MediaBucket: %w", err)
	}
	switch o.ExpiredCode {
	case "":
		o.ExpiredCode = "SecurityTokenExpired"
	case "SecurityTokenExpired", "InvalidAccessKeyId":
	default:
		return nil,
			fmt.Errorf("development endpoint: Options.ExpiredCode is %q, "+
				"not SecurityTokenExpired or InvalidAccessKeyId", o.ExpiredCode)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("development endpoint: %w", err)
	}
	o.Dir = dir
	st, err := openStore(dir, o.Now)
	if err != nil {
		return nil, err
	}
	us, err := openUploads(st)
	if err != nil {
		return nil, errors.Join(err, st.close())
	}
	ms, err := openMedias(st)
	if err != nil {
		return nil, errors.Join(err, st.close())
	}
	s := &Server{options: o, st: st, uploads: us, medias: ms, keys: keyRing{byID: map[string]Key{}},
		log: requestLog{size: o.LogSize}}
	for id, key := range o.Keys {
		s.keys.byID[id] = key
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Close ends the requests that faults hold, waits for all others, and lets go of the folder. Connections belong to
// the http.Server: one that is being read from ends when that is closed, so close that first.
func (s *Server) Close() error {
	s.cancel()
	s.mu.Lock()
	was := s.closed
	s.closed = true
	s.mu.Unlock()
	s.running.Wait()
	if was {
		return nil
	}
	return s.st.close()
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		http.Error(w, "the development endpoint is closed", http.StatusServiceUnavailable)
		return
	}
	s.running.Add(1)
	s.mu.Unlock()
	defer s.running.Done()
	if s.options.Admin && isAdmin(r) && r.URL.Path != credentialsPath {
		s.serveAdmin(w, r)
		return
	}
	s.exchange(w, r).serve()
}

// CreateBucket makes a bucket; one that exists is fine.
func (s *Server) CreateBucket(name string) error {
	if err := checkBucketName(name); err != nil {
		return err
	}
	_, err := s.st.createBucket(name)
	return err
}

// Object says where an object's bytes are and what else is known of it. ok is false when there is no such object.
func (s *Server) Object(bucket, key string) (file string, meta Meta, ok bool) {
	meta, ok, err := s.st.stat(bucket, key)
	if err != nil {
		s.options.Logger.Error("look for an object", "bucket", bucket, "key", key, "err", err)
	}
	if !ok || err != nil {
		return "", Meta{}, false
	}
	return filepath.Join(s.options.Dir, filepath.FromSlash(meta.Path)), meta, true
}

// Uploads lists the open multipart uploads of all buckets with their parts.
func (s *Server) Uploads() []Upload {
	var list []Upload
	for _, u := range s.uploads.all("") {
		copied := u.Upload
		copied.Parts = u.list()
		list = append(list, copied)
	}
	return list
}
