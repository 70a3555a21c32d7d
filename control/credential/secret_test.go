package credential

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/transfer"
)

const mark = "Hush"

func secretCredentials() Credentials {
	return Credentials{AccessKeyID: mark + "1", AccessKeySecret: mark + "2", SecurityToken: mark + "3",
		Expires: time.Unix(2e9, 0)}
}

// TestNothingIsPrinted prints everything that holds a secret in every way the standard library has.
func TestNothingIsPrinted(t *testing.T) {
	t.Parallel()
	c := secretCredentials()
	ring := New(First(Static(c), Environment(func(string) (string, bool) { return mark, true })), Options{})
	defer ring.Close()
	ring.Set(c)
	values := map[string]any{
		"credentials": c, "pointer": &c, "slice": []Credentials{c}, "map": map[string]Credentials{"k": c},
		"in a struct": struct{ C Credentials }{c}, "in an any": struct{ C any }{c},
		"ring": ring, "ring in a struct": struct{ r *Ring }{ring}, "static": Static(c),
		"in an unexported field": struct{ s Source }{Static(c)},
		"first":                  First(Static(c)),
	}
	for what, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%08.3f"} {
			check(t, what+" as "+verb, fmt.Sprintf(verb, v))
		}
		j, err := json.Marshal(v)
		if err == nil { // a struct without exported fields has no JSON to look at but {}
			check(t, what+" as JSON", string(j))
		}
		for _, h := range []func(*bytes.Buffer) slog.Handler{
			func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var b bytes.Buffer
			slog.New(h(&b)).Info("x", "value", v, slog.Group("g", "v", v))
			check(t, what+" in slog", b.String())
		}
		check(t, what+" in an error", fmt.Errorf("x: %v", v).Error())
	}
	if got, want := fmt.Sprint(c), "temporary access key with token, expires 2033-05-18T03:33:20Z"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	if got := c.GoString(); strings.Contains(got, mark) {
		t.Errorf("GoString is %q", got)
	}
}

func check(t *testing.T, what, got string) {
	t.Helper()
	if strings.Contains(got, mark) || strings.Contains(got, fmt.Sprintf("%x", mark)) ||
		strings.Contains(got, fmt.Sprintf("%X", mark)) {
		t.Errorf("%s shows the secret: %s", what, got)
	}
	if got == "" {
		t.Errorf("%s shows nothing at all", what)
	}
}

// Fuzz input is spread over every place of a token line; whatever comes back must not hold any of it.
func FuzzParseTokenKeepsSecrets(f *testing.F) {
	for shape := range 14 {
		f.Add(uint8(shape), "id", "secret", "to/ken+=", "3600")
		f.Add(uint8(shape), "i d", "se\"cret", "tok\x00en", "2020-01-01T00:00:00Z")
		f.Add(uint8(shape), "{", "}", "\\", "999999999999999999999")
	}
	now := time.Unix(1_700_000_000, 0)
	f.Fuzz(func(t *testing.T, shape uint8, id, secret, token, expiry string) {
		id, secret, token, expiry = mark+id, mark+secret, mark+token, mark+expiry
		js := func(s string) string {
			b, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		lines := []string{
			id + " " + secret + " " + token + " " + expiry,
			id + " " + secret + " " + token,
			id + " " + secret,
			id,
			expiry + "\t" + token + "\n" + secret + " " + id + " " + id,
			`{"AccessKeyId":` + js(id) + `,"AccessKeySecret":` + js(secret) + `,"SecurityToken":` + js(token) +
				`,"Expiration":` + js(expiry) + `}`,
			`{"Credentials":{"AccessKeyId":` + js(id) + `,"AccessKeySecret":` + js(secret) + `,"SecurityToken":` +
				js(token) + `}} ` + expiry,
			`{"Credentials":` + js(token) + `}`,
			`{"AccessKeyId":"` + id + `,"AccessKeySecret":` + secret + `}`,
			`{` + js(secret) + `:` + js(token) + `}`,
			`{` + secret + `}`,
			`{"AccessKeyId":{` + js(id) + `:1},"AccessKeySecret":[` + js(secret) + `]`,
			`{"SecurityToken":12` + token + `}`,
			`{"AccessKeyId":` + js(id) + `,"Expiration":` + js(expiry) + `}`,
		}
		c, err := ParseToken(lines[int(shape)%len(lines)], now)
		if err == nil {
			if !strings.HasPrefix(c.AccessKeyID, mark) && !strings.Contains(expiry+token, c.AccessKeyID) ||
				c.AccessKeySecret == "" || c.SecurityToken == "" {
				t.Fatalf("accepted without a key: %v", c)
			}
			check(t, "parsed", fmt.Sprintf("%+v", c))
			return
		}
		if !errors.Is(err, transfer.ErrInvalid) && !errors.Is(err, ErrExpired) {
			t.Fatalf("the error wraps no sentinel: %v", err)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			check(t, "the error", fmt.Sprintf("%+v %#v %q", e, e, e.Error()))
		}
		if (c != Credentials{}) {
			t.Fatal("credentials come with an error")
		}
	})
}

// A source that misbehaves is not this package's to mend, but the ring adds nothing of its own to its error.
func TestGetKeepsSourceError(t *testing.T) {
	t.Parallel()
	boom := errors.New("metadata service: 500")
	ring := New(sourceFunc(func(context.Context) (Credentials, error) { return secretCredentials(), boom }), Options{})
	defer ring.Close()
	_, err := ring.Get(t.Context())
	if !errors.Is(err, boom) {
		t.Errorf("error is %v", err)
	}
	check(t, "the error", err.Error())
}

type sourceFunc func(context.Context) (Credentials, error)

func (f sourceFunc) Get(ctx context.Context) (Credentials, error) { return f(ctx) }
