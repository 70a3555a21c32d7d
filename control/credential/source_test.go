package credential

import (
	"errors"
	"strings"
	"testing"

	"inboxfs/queue/transfer"
)

func TestEnvironment(t *testing.T) {
	t.Parallel()
	const (
		aliID, aliSecret, aliToken = "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
			"ALIBABA_CLOUD_SECURITY_TOKEN"
		ossID, ossSecret, ossToken = "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN"
	)
	type vars = map[string]string
	for _, c := range []struct {
		what string
		env  vars
		want Credentials
		err  error
		says string
	}{
		{"key", vars{aliID: "a", aliSecret: "b"}, Credentials{AccessKeyID: "a", AccessKeySecret: "b"}, nil, ""},
		{"token", vars{aliID: "a", aliSecret: "b", aliToken: "c"}, Credentials{AccessKeyID: "a", AccessKeySecret: "b",
			SecurityToken: "c"}, nil, ""},
		{"second family", vars{ossID: "a", ossSecret: "b", ossToken: "c"},
			Credentials{AccessKeyID: "a", AccessKeySecret: "b", SecurityToken: "c"}, nil, ""},
		{"first wins, no mixing", vars{aliID: "a", aliSecret: "b", ossID: "x", ossSecret: "y", ossToken: "z"},
			Credentials{AccessKeyID: "a", AccessKeySecret: "b"}, nil, ""},
		{"empty is unset", vars{aliID: "", aliSecret: "", ossID: "a", ossSecret: "b"},
			Credentials{AccessKeyID: "a", AccessKeySecret: "b"}, nil, ""},
		{"none", nil, Credentials{}, ErrNone, "ALIBABA_CLOUD_ACCESS_KEY_ID"},
		{"id alone", vars{aliID: "Hush"}, Credentials{}, transfer.ErrInvalid, aliSecret + " is not"},
		{"secret alone", vars{aliSecret: "Hush"}, Credentials{}, transfer.ErrInvalid, aliID + " is not"},
		{"token alone", vars{ossToken: "Hush"}, Credentials{}, transfer.ErrInvalid, ossID},
		{"half first, whole second", vars{aliID: "Hush", ossID: "a", ossSecret: "b"}, Credentials{},
			transfer.ErrInvalid, aliSecret + " is not"},
		{"line break", vars{aliID: "a", aliSecret: "Hush\n"}, Credentials{}, transfer.ErrInvalid, "access key secret"},
	} {
		got, err := Environment(func(k string) (string, bool) { v, ok := c.env[k]; return v, ok }).Get(t.Context())
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: error %v, want %v", c.what, err, c.err)
			continue
		}
		if err != nil {
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v does not say %q", c.what, err, c.says)
			}
			check(t, c.what, err.Error())
		}
	}
}

func TestStatic(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		has  Credentials
		want error
		says string
	}{
		{Credentials{AccessKeyID: "a", AccessKeySecret: "b"}, nil, ""},
		{Credentials{AccessKeyID: "a", AccessKeySecret: "b", SecurityToken: "c"}, nil, ""},
		{Credentials{}, ErrNone, "no credentials"},
		{Credentials{AccessKeyID: "Hush"}, transfer.ErrInvalid, "access_key_secret is not set"},
		{Credentials{AccessKeySecret: "Hush"}, transfer.ErrInvalid, "access_key_id is not set"},
		{Credentials{AccessKeyID: "Hush", AccessKeySecret: "b", SecurityToken: "c c"}, transfer.ErrInvalid,
			"security token in credential holds a blank"},
		{Credentials{SecurityToken: "Hush"}, transfer.ErrInvalid, "access_key_id is not set"},
	} {
		got, err := Static(c.has).Get(t.Context())
		if !errors.Is(err, c.want) {
			t.Errorf("%v: error %v, want %v", c.has, err, c.want)
			continue
		}
		if err == nil && got != c.has {
			t.Errorf("%v: got others", c.has)
		}
		if err != nil {
			check(t, "error", err.Error())
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v does not say %q", err, c.says)
			}
		}
	}
}

func TestFirst(t *testing.T) {
	t.Parallel()
	a := Static(Credentials{AccessKeyID: "a", AccessKeySecret: "s"})
	none, half := Static(Credentials{}), Static(Credentials{AccessKeyID: "x"})
	for _, c := range []struct {
		sources []Source
		id      string
		err     error
	}{
		{nil, "", ErrNone}, {[]Source{none, none}, "", ErrNone}, {[]Source{none, a}, "a", nil},
		{[]Source{a, half}, "a", nil},
		{[]Source{none, half, a}, "", transfer.ErrInvalid},
	} {
		got, err := First(c.sources...).Get(t.Context())
		if got.AccessKeyID != c.id || !errors.Is(err, c.err) {
			t.Errorf("First of %d: key %q, error %v, want %q, %v", len(c.sources), got.AccessKeyID, err, c.id, c.err)
		}
	}
}
