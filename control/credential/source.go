package credential

import (
	"context"
	"errors"
	"fmt"
	"time"

	"inboxfs/queue/transfer"
)

// Source is a place that credentials come from. A Ring asks it rarely and keeps the answer. It returns ErrNone (wrapped
// or not) when nothing was configured for it, heeds ctx, and prints no secret in any error.
type Source interface {
	Get(ctx context.Context) (Credentials, error)
}

// Renewer is a source that has others when its credentials are over: a server, a command, a file that somebody writes.
type Renewer interface {
	Source

	// Renew is Get for credentials that the server refused: the source does not answer from what it keeps.
	Renew(ctx context.Context) (Credentials, error)

	// Recheck is after how long Get is worth asking again when it did not say when its credentials expire; 0 is never.
	Recheck() time.Duration
}

// Static is a source of credentials that never change, those of the configuration. All fields empty is ErrNone; one
// half of a key without the other is an error that wraps transfer.ErrInvalid.
func Static(c Credentials) Source {
	switch {
	case c.AccessKeyID == "" && c.AccessKeySecret == "" && c.SecurityToken == "":
		return answer(func() (Credentials, error) { return Credentials{}, ErrNone })
	case c.AccessKeyID == "":
		return Refuse("credential.access_key_id is not set, but other keys of credential are")
	case c.AccessKeySecret == "":
		return Refuse("credential.access_key_secret is not set, but other keys of credential are")
	}
	if field := unprintable(c); field != "" {
		return Refuse("the " + field +
			" in credential holds a blank, a line break or another character that no credential has")
	}
	return answer(func() (Credentials, error) { return c, nil })
}

// answer gives always the same. A function, unlike a struct or a pointer to one, shows nothing whatever prints it.
type answer func() (Credentials, error)

func (a answer) Get(context.Context) (Credentials, error) { return a() }

// Refuse is a source that cannot be used as it was configured; why says so, and holds no secret.
func Refuse(why string) Source {
	return answer(func() (Credentials, error) { return Credentials{}, invalid("%s", why) })
}

// First is a source that asks sources in order and takes the first that has credentials. An error other than ErrNone
// ends the search: falling through a half-configured source would pick an identity the user did not mean.
func First(sources ...Source) Source { return first(sources) }

type first []Source

func (f first) Get(ctx context.Context) (Credentials, error) {
	for _, s := range f {
		if c, err := s.Get(ctx); !errors.Is(err, ErrNone) {
			return c, err
		}
	}
	return Credentials{}, ErrNone
}

// Temporary is a source of which only credentials with a security token are taken: for credential.mode sts, in which
// nobody means to upload with a long-term key that happens to lie about.
func Temporary(s Source) Source {
	if r, ok := s.(Renewer); ok {
		return temporaryRenewer{r}
	}
	return temporary{s}
}

type temporary struct{ Source }

func (t temporary) Get(ctx context.Context) (Credentials, error) { return withToken(t.Source.Get(ctx)) }

type temporaryRenewer struct{ Renewer }

func (t temporaryRenewer) Get(ctx context.Context) (Credentials, error) {
	return withToken(t.Renewer.Get(ctx))
}

func (t temporaryRenewer) Renew(ctx context.Context) (Credentials, error) {
	return withToken(t.Renewer.Renew(ctx))
}

func withToken(c Credentials, err error) (Credentials, error) {
	if err == nil && c.SecurityToken == "" {
		return Credentials{},
			fmt.Errorf("%w: credential.mode is sts, but what was found is a long-term access key without a security "+
				"token: "+
				"use a temporary one, or set credential.mode to access_key for testing", transfer.ErrNoKey)
	}
	return c, err
}
