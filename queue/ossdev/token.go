package ossdev

import (
	"crypto/rand"
	"sync"
	"time"
)

// Token is a temporary key as STS gives it out, and what the credentials URI answers. In JSON, Expiration is cut to
// full seconds, as STS does: a client that believes it renews up to a second early.
type Token struct {
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string
	Expiration      time.Time
}

// tokenJSON is a Token in the words of STS.
type tokenJSON struct {
	AccessKeyID     string `json:"AccessKeyId"`
	AccessKeySecret string
	SecurityToken   string
	Expiration      string
}

func (t Token) json() tokenJSON {
	return tokenJSON{t.AccessKeyID, t.AccessKeySecret, t.SecurityToken, utcSeconds(t.Expiration)}
}

// utcSeconds is how the RPC services write times.
func utcSeconds(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// TokenCount says how many temporary keys there were since the Server began.
type TokenCount struct {
	Issued  int // by IssueToken, AssumeRole and the credentials URI
	Uploads int // by VOD, for one object each
	Expired int // of both, those whose time is over
	Refused int // requests that were answered that their token has expired, over all services
}

// keyRing are the keys that are known.
type keyRing struct {
	mu              sync.Mutex // guards all
	byID            map[string]Key
	issued, uploads int
	refused         int
}

// IssueToken makes a temporary key that is good for everything until lifetime is over. A lifetime of 0 or less is
// Options.TokenLifetime, or an hour.
func (s *Server) IssueToken(lifetime time.Duration) Token {
	if lifetime <= 0 {
		lifetime = s.tokenLifetime(defaultDuration * time.Second)
	}
	return s.keys.issue(s.options.Now().Add(lifetime), "")
}

// issue makes a temporary key, for all or for one object as in Key.Object.
func (k *keyRing) issue(expires time.Time, object string) Token {
	t := Token{"STS." + rand.Text()[:22], rand.Text() + rand.Text()[:18], rand.Text() + rand.Text() + rand.Text(),
		expires}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byID[t.AccessKeyID] = Key{Secret: t.AccessKeySecret, Token: t.SecurityToken, Expires: expires, Object: object}
	if object == "" {
		k.issued++
	} else {
		k.uploads++
	}
	return t
}

// refuse counts a request whose token has expired.
func (k *keyRing) refuse() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refused++
}

// TokenCount counts the temporary keys; those of AddKey are not among them, but can have expired and be refused.
func (s *Server) TokenCount() TokenCount {
	now := s.options.Now()
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	c := TokenCount{Issued: s.keys.issued, Uploads: s.keys.uploads, Refused: s.keys.refused}
	for _, key := range s.keys.byID {
		if key.expired(now) {
			c.Expired++
		}
	}
	return c
}

// AddKey makes an access key id known, or changes what belongs to it. With a token it is a temporary key, as STS
// gives out: requests must carry the token, and after expires they are answered Options.ExpiredCode. A zero expires
// means never. IssueToken is the same with an id, a secret and a token made up.
func (s *Server) AddKey(accessKeyID, secret, token string, expires time.Time) {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	s.keys.byID[accessKeyID] = Key{Secret: secret, Token: token, Expires: expires}
}

// RemoveKey makes an access key id unknown.
func (s *Server) RemoveKey(accessKeyID string) {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	delete(s.keys.byID, accessKeyID)
}

// ExpireKey ends a temporary key now, as if its time were over.
func (s *Server) ExpireKey(accessKeyID string) {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	if key, ok := s.keys.byID[accessKeyID]; ok {
		key.Expires = s.options.Now()
		s.keys.byID[accessKeyID] = key
	}
}

func (k *keyRing) lookUp(accessKeyID string) (Key, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, ok := k.byID[accessKeyID]
	return key, ok
}

func (k Key) expired(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }
