package credential

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aliyun/credentials-go/credentials/providers"

	_ "inboxfs/queue/quiet" // credentials-go prints requests
)

// What the providers of credentials-go do, as of 1.4.14, and what is done about it here:
//
//   - They take no context. Each call runs in a goroutine of its own; who asks waits no longer than his context. All of
//     their requests have time-outs of seconds, so such a goroutine ends; should calls hang all the same, no more than
//     mostCalls of one source do.
//   - They keep what they got until three minutes before it expires, and do not tell when that is. So they are asked
//     every minute, which costs nothing until then. What the server refused is asked for with a new provider.
//   - They may not be called by two at once. A provider whose call was given up is not used again.
//   - Some of their errors repeat the answer of the server, or the configuration file, with the secrets in it. None of
//     their words goes any further; see reason.
//   - They dereference what an answer may lack. A panic counts as a malformed answer.
const (
	mostCalls = 4
	recheck   = time.Minute
)

// library is a source that credentials-go does the work for.
type library struct {
	what  string // it is, for errors: "the RAM role of this ECS instance"
	build func(ctx context.Context) (providers.CredentialsProvider, error)
	calls chan struct{} // one for each call that has not come back

	mu   sync.Mutex // guards kept
	kept providers.CredentialsProvider
}

func newLibrary(what string, build func(context.Context) (providers.CredentialsProvider, error)) Renewer {
	return &library{what: what, build: build, calls: make(chan struct{}, mostCalls)}
}

func (l *library) Recheck() time.Duration { return recheck }

func (l *library) Get(ctx context.Context) (Credentials, error) { return l.get(ctx, false) }

func (l *library) Renew(ctx context.Context) (Credentials, error) { return l.get(ctx, true) }

func (l *library) get(ctx context.Context, anew bool) (Credentials, error) {
	l.mu.Lock()
	p := l.kept
	l.kept = nil // nobody else has it meanwhile
	l.mu.Unlock()
	if p == nil || anew {
		var err error
		if p, err = l.build(ctx); err != nil {
			return Credentials{}, err
		}
	}
	c, err := l.call(ctx, p)
	if err != nil {
		return Credentials{}, err
	}
	l.mu.Lock()
	l.kept = p
	l.mu.Unlock()
	return c, nil
}

// call asks a provider, and gives it up when ctx ends.
func (l *library) call(ctx context.Context, p providers.CredentialsProvider) (Credentials, error) {
	select {
	case l.calls <- struct{}{}:
	default:
		return Credentials{}, fmt.Errorf("%s does not answer: %d questions are open", l.what, mostCalls)
	}
	type outcome struct {
		c   *providers.Credentials
		err error
	}
	came := make(chan outcome, 1)
	go func() { // outlives us only while the provider hangs
		defer func() { <-l.calls }()
		var o outcome
		defer func() {
			if recover() != nil { // what it says may be anything
				o = outcome{err: errMalformed}
			}
			came <- o
		}()
		o.c, o.err = p.GetCredentials()
	}()
	select {
	case <-ctx.Done():
		return Credentials{}, fmt.Errorf("%s does not answer: %w", l.what, ctx.Err())
	case o := <-came:
		if o.err == nil && o.c == nil {
			o.err = errMalformed
		}
		if o.err != nil {
			return Credentials{}, fmt.Errorf("%s: %s", l.what, reason(o.err))
		}
		c := Credentials{AccessKeyID: o.c.AccessKeyId, AccessKeySecret: o.c.AccessKeySecret,
			SecurityToken: o.c.SecurityToken}
		if c.AccessKeyID == "" || c.AccessKeySecret == "" || unprintable(c) != "" {
			return Credentials{}, fmt.Errorf("%s: %s", l.what, reason(errMalformed))
		}
		return c, nil
	}
}
