package upload

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"inboxfs/queue/transfer"
)

// FuzzKey makes keys of names. One that is taken can be a key on OSS and ends in the name; one that is not is refused
// with a reason, and the same name always gets the same.
func FuzzKey(f *testing.F) {
	for _, name := range []string{"a.mp4", "clips/ä b+%.mp4", "/a", `\a`, "", "a\xff", "{id}/{date}",
		"../../etc/passwd", "a\nb", strings.Repeat("x", 1023), strings.Repeat("ü/", 400)} {
		f.Add("", name, uint64(1))
		f.Add("in/{date}/{hostname}/{id}-", name, uint64(18446744073709551615))
		f.Add("{id", name, uint64(0))
	}
	f.Fuzz(func(t *testing.T, prefix, name string, id uint64) {
		u := New(newFake(), Options{Prefix: prefix, Hostname: func() (string, error) { return "pi", nil }})
		_, key, err := u.Key(name, transfer.ID(id))
		if err != nil {
			if !errors.Is(err, transfer.ErrInvalid) || !utf8.ValidString(err.Error()) ||
				strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Errorf("%q is refused with %q", name, err)
			}
			return
		}
		if len(key) == 0 || len(key) > maxKey || !utf8.ValidString(key) || key[0] == '/' || key[0] == '\\' ||
			!strings.HasSuffix(key, name) {
			t.Errorf("%q and %q make %q", prefix, name, key)
		}
		if _, again, err := u.Key(name, transfer.ID(id)); err != nil || again != key {
			t.Errorf("%q is %q, then %q (%v)", name, key, again, err)
		}
	})
}
