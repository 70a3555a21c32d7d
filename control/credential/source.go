package credential

import (
	"context"
	"errors"
)

// Source is a place that credentials come from. Get is called for every request, from several goroutines at once, so a
// source that has to ask somebody keeps the answer, renews it before it expires, and asks once for all callers. It
// returns ErrNone (wrapped or not) when nothing was configured for it, and prints no secret in any error.
type Source interface {
	Get(ctx context.Context) (Credentials, error)
}

// Static is a source of credentials that never change, those of the configuration. All fields empty is ErrNone; one half
// of a key without the other is an error that wraps queue.ErrInvalid.
func Static(c Credentials) Source {
	switch {
	case c.AccessKeyID == "" && c.AccessKeySecret == "" && c.SecurityToken == "":
		return answer(func() (Credentials, error) { return Credentials{}, ErrNone })
	case c.AccessKeyID == "":
		return refuse("credential.access_key_id is not set, but other keys of credential are")
	case c.AccessKeySecret == "":
		return refuse("credential.access_key_secret is not set, but other keys of credential are")
	}
	if field := unprintable(c); field != "" {
		return refuse("the " + field + " in credential holds a blank, a line break or another character that no credential has")
	}
	return answer(func() (Credentials, error) { return c, nil })
}

// answer gives always the same. A function, unlike a struct or a pointer to one, shows nothing whatever prints it.
type answer func() (Credentials, error)

func (a answer) Get(context.Context) (Credentials, error) { return a() }

func refuse(why string) Source {
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
