package attribute

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestValues has for each attribute what is taken, and what is sent for it, and what is not.
func TestValues(t *testing.T) {
	t.Parallel()
	const refused = "\x00"
	long := strings.Repeat
	cases := []struct{ name, value, sent string }{
		{"oss.content-type", "video/mp4", "video/mp4"},
		{"oss.content-type", "text/plain; charset=utf-8", "text/plain; charset=utf-8"},
		{"oss.content-type", "video", refused},
		{"oss.content-type", "video/", refused},
		{"oss.content-type", "", refused},
		{"oss.cache-control", "max-age=60, public", "max-age=60, public"},
		{"oss.cache-control", "no-cache\n", refused},
		{"oss.cache-control", "no-cache\r\nx-oss-object-acl: public-read", refused},
		{"oss.content-disposition", `attachment; filename="a b.mp4"`, `attachment; filename="a b.mp4"`},
		{"oss.content-disposition", "attachment; filename*=UTF-8''%E4%BD%A0.mp4",
			"attachment; filename*=UTF-8''%E4%BD%A0.mp4"},
		{"oss.content-disposition", `attachment; filename="你.mp4"`, refused},
		{"oss.content-disposition", "video/mp4", refused},
		{"oss.content-encoding", "gzip", "gzip"},
		{"oss.content-encoding", "gzip,", refused},
		{"oss.content-language", "de-CH, en", "de-CH, en"},
		{"oss.content-language", "mostly German", refused},
		{"oss.expires", "Thu, 01 Dec 2033 16:00:00 GMT", "Thu, 01 Dec 2033 16:00:00 GMT"},
		{"oss.expires", "2033-12-01T18:00:00+02:00", "Thu, 01 Dec 2033 16:00:00 GMT"},
		{"oss.expires", "tomorrow", refused},
		{"oss.storage-class", "IA", "IA"},
		{"oss.storage-class", "DeepColdArchive", "DeepColdArchive"},
		{"oss.storage-class", "ia", refused},
		{"oss.storage-class", "Foo", refused},
		{"oss.acl", "public-read", "public-read"},
		{"oss.acl", "world", refused},
		{"oss.server-side-encryption", "SM4", "SM4"},
		{"oss.server-side-encryption", "DES", refused},
		{"oss.server-side-encryption-key-id", "9468da86-3509-4f8d-a61e-6eab1eac****", refused},
		{"oss.server-side-encryption-key-id", "9468da86-3509-4f8d-a61e-6eab1eac0001",
			"9468da86-3509-4f8d-a61e-6eab1eac0001"},
		{"oss.server-side-data-encryption", "SM4", "SM4"},
		{"vod.first-frame-cover", "true", "true"},
		{"vod.first-frame-cover", "yes", refused},
		{"vod.thumbnail", "false", "false"},
		{"vod.thumbnail", "", refused},
		{"oss.callback", `{"callbackUrl": "app.example.com/a;https://b.example/%E4%BD%A0", "callbackBody": "${size}"}`,
			"eyJjYWxsYmFja1VybCI6ImFwcC5leGFtcGxlLmNvbS9hO2h0dHBzOi8vYi5leGFtcGxlLyVFNCVCRCVBMCIsImNhbGxiYWNrQm9keSI6IiR7c2l6ZX0ifQ=="},
		{"oss.callback",
			`{"callbackUrl":"http://a","callbackHost":"b","callbackBody":"x","callbackBodyType":"application/json","callbackSNI":true}`,
			"eyJjYWxsYmFja1VybCI6Imh0dHA6Ly9hIiwiY2FsbGJhY2tIb3N0IjoiYiIsImNhbGxiYWNrQm9keSI6IngiLCJjYWxsYmFja0JvZHlUeXBlIjoiYXBwbGljYXRpb24vanNvbiIs" +
				"ImNhbGxiYWNrU05JIjp0cnVlfQ=="},
		{"oss.callback", "eyJjYWxsYmFja1VybCI6ImEiLCJjYWxsYmFja0JvZHkiOiJ4In0=", refused}, // we make the base64
		{"oss.callback", `{"callbackUrl":"http://a"}`, refused},
		{"oss.callback", `{"callbackUrl":"","callbackBody":"x"}`, refused},
		{"oss.callback", `{"callbackurl":"http://a","callbackBodytyp":"x"}`, refused},
		{"oss.callback", `{"CALLBACKURL":"http://a","callbackbody":"x"}`, refused},
		{"oss.callback", `{"callbackUrl":"ftp://a","callbackBody":"x"}`, refused},
		{"oss.callback", `{"callbackUrl":"http://a/中","callbackBody":"x"}`, refused},
		{"oss.callback", `{"callbackUrl":"a;b;c;d;e;f","callbackBody":"x"}`, refused},
		{"oss.callback", `{"callbackUrl":"a;","callbackBody":"x"}`, refused},
		{"oss.callback", `{"callbackUrl":"a","callbackBody":"x","callbackBodyType":"text/html"}`, refused},
		{"oss.callback", `{"callbackUrl":"a","callbackBody":"x","callbackSNI":"yes"}`, refused},
		{"oss.callback", `{"callbackUrl":"a","callbackBody":"x"}}`, refused},
		{"oss.callback", `{"callbackUrl":"a","callbackBody":"` + long("x", 3840) + `"}`, refused},
		{"oss.callback-var", ` {"x:who": "me & you"} `, "eyJ4OndobyI6Im1lICYgeW91In0="},
		{"oss.callback-var", `{"who":"me"}`, refused},
		{"oss.callback-var", `{"x:Who":"me"}`, refused},
		{"oss.callback-var", `{"x:":"me"}`, refused},
		{"oss.callback-var", `{"x:n":7}`, refused},
		{"oss.callback-var", `{}`, refused},
		{"oss.callback-var", `{"x:a":"` + long("x", 3840) + `"}`, refused},
		{"oss.tagging", "a=1&b=x+y/z", "a=1&b=x%2By%2Fz"},
		{"oss.tagging", "a=x y&b=x%20y&c", "a=x%20y&b=x%20y&c="},
		{"oss.tagging", "a=1&a=2", refused},
		{"oss.tagging", "aa=bb=cc", refused},
		{"oss.tagging", "aa=bb%3Dcc", "aa=bb%3Dcc"},
		{"oss.tagging", "a=ä", refused},
		{"oss.tagging", "a=%zz", refused},
		{"oss.tagging", "", refused},
		{"oss.tagging", long("k", 128) + "=" + long("v", 256), long("k", 128) + "=" + long("v", 256)},
		{"oss.tagging", long("k", 129) + "=v", refused},
		{"oss.tagging", "k=" + long("v", 257), refused},
		{"oss.tagging", "a&b&c&d&e&f&g&h&i&j&k", refused},
		{"oss.meta.project", "alpha/1, second", "alpha/1, second"},
		{"oss.meta.my-key-2", "x", "x"},
		{"oss.meta.my_key", "x", refused},
		{"oss.meta.a.b", "x", refused},
		{"oss.meta.", "x", refused},
		{"oss.meta.project", "ä", refused},
		{"oss.meta.project", " x", refused},
		{"oss.storageclass", "IA", refused},
		{"oss.", "x", refused},
		{"oss.Content-Type", "video/mp4", refused},

		{"vod.title", "Ein Titel – 标题", "Ein Titel – 标题"},
		{"vod.title", long("题", 128), long("题", 128)},
		{"vod.title", long("题", 129), refused},
		{"vod.title", "\xff", refused},
		{"vod.title", "", refused},
		{"vod.description", "two\nlines", "two\nlines"},
		{"vod.description", long("x", 1025), refused},
		{"vod.tags", "news, 体育", "news,体育"},
		{"vod.tags", "a,,b", refused},
		{"vod.tags", long("a,", 16) + "a", refused},
		{"vod.tags", long("x", 33), refused},
		{"vod.category", "1000000004", "1000000004"},
		{"vod.category", "news", refused},
		{"vod.category", "-1", refused},
		{"vod.template-group", "ca3a8f6e4957b658067095869a6cb1a6", "ca3a8f6e4957b658067095869a6cb1a6"},
		{"vod.workflow", "613e2e9b0f5c4d0b8e3f", "613e2e9b0f5c4d0b8e3f"},
		{"vod.workflow", "a b", refused},
		{"vod.storage-location", "out-4f3952f78c0211e8b3020013e7.oss-cn-shanghai.aliyuncs.com",
			"out-4f3952f78c0211e8b3020013e7.oss-cn-shanghai.aliyuncs.com"},
		{"vod.cover-url", "https://example.com/a.jpg", "https://example.com/a.jpg"},
		{"vod.cover-url", "a.jpg", refused},
		{"vod.user-data", `{"Extend":{"a":"b"}}`, `{"Extend":{"a":"b"}}`},
		{"vod.user-data", "null", refused},
		{"vod.user-data", `{"Extend":"` + long("x", 1024) + `"}`, refused},
		{"vod.user-data", `{"Extend":"` + long("x", 510) + `"}`, `{"Extend":"` + long("x", 510) + `"}`},
		{"vod.user-data", `{"Extend":"` + long("x", 511) + `"}`, refused},
		{"vod.title", "party 🎉", refused},
		{"vod.title", "𠮷野家 👨‍👩", refused},
		{"vod.title", "𠮷野家", "𠮷野家"},
		{"vod.description", "sun ☀", refused},
		{"vod.tags", "a,b🎉", refused},
		{"vod.app-id", "app-1000000", "app-1000000"},
		{"vod.image-type", "cover", "cover"},
		{"vod.image-type", "thumb", refused},
		{"vod.name", "x", refused},
		{"mime_type", "video/mp4", refused},
	}
	tried := make(map[string]bool)
	for _, c := range cases {
		s := Set{}
		err := s.Put(c.name, c.value)
		if c.sent == refused {
			if err == nil {
				t.Errorf("%s=%.40q is taken", c.name, c.value)
			} else if !strings.Contains(err.Error(), strings.TrimSuffix(c.name, ".")) ||
				strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("%s=%.40q: %q does not name it in one line", c.name, c.value, err)
			}
			continue
		}
		if err != nil || s[c.name] != c.sent {
			t.Errorf("%s=%.40q: sent %.40q, %v; want %.40q", c.name, c.value, s[c.name], err, c.sent)
		}
		if strings.HasPrefix(c.name, meta) {
			c.name = meta
		}
		tried[c.name] = true
	}
	for _, e := range table {
		if !tried[e.name] {
			t.Errorf("no value of %s was tried", e.name)
		}
	}
}

func TestHeadersAndVideo(t *testing.T) {
	t.Parallel()
	s, err := Parse([]string{"oss.storage-class = IA", "oss.meta.Project=alpha", "vod.title=A = B", "oss.acl=private",
		"vod.category=7"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"X-Oss-Storage-Class": "IA", "X-Oss-Meta-project": "alpha",
		"X-Oss-Object-Acl": "private"}, s.Headers()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"Title": "A = B", "CateId": "7"}, s.Video()); diff != "" {
		t.Error(diff)
	}
}

func TestParseNamesEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := Parse([]string{"oss.storage-class", "oss.acl=world", "oss.meta.a=1", "oss.meta.A=2",
		"user.oss.acl=private"})
	if err == nil {
		t.Fatal("taken")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 4 {
		t.Errorf("%d lines: %s", len(lines), err)
	}
	for i, want := range []string{"oss.storage-class: is not NAME=VALUE",
		"oss.acl: world: is not one of default, private", "oss.meta.A: stands there twice",
		"user.oss.acl: an attribute's name begins with"} {
		if i < len(lines) && !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d is %q, want %q", i+1, lines[i], want)
		}
	}
}

func TestOver(t *testing.T) {
	t.Parallel()
	defaults := Set{"oss.storage-class": "IA", "oss.meta.a": "1", "oss.server-side-encryption": "KMS",
		"oss.server-side-encryption-key-id": "k"}
	before := maps.Clone(defaults)
	got := Set{"oss.storage-class": "Archive", "oss.meta.b": "2", "oss.server-side-encryption": "AES256"}.Over(defaults)
	want := Set{"oss.storage-class": "Archive", "oss.meta.a": "1", "oss.meta.b": "2",
		"oss.server-side-encryption": "AES256"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := got.Check(); err != nil {
		t.Error(err)
	}
	if !maps.Equal(defaults, before) {
		t.Error("the defaults were changed")
	}
	if got := Set(nil).Over(nil); len(got) != 0 || len(got.Headers()) != 0 {
		t.Errorf("nothing over nothing is %v", got)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	size := func(n int) Set { return Set{"oss.meta.k": strings.Repeat("x", n-len("x-oss-meta-k"))} }
	for _, c := range []struct {
		name string
		s    Set
		ok   bool
	}{
		{"8191 bytes of metadata", size(8191), true},
		{"8192 bytes of metadata", size(8192), false},
		{"a key for KMS", Set{"oss.server-side-encryption": "KMS", "oss.server-side-encryption-key-id": "k"}, true},
		{"a key alone", Set{"oss.server-side-encryption-key-id": "k"}, true},
		{"a key for AES256", Set{"oss.server-side-encryption": "AES256", "oss.server-side-encryption-key-id": "k"},
			false},
		{"SM4 data for AES256", Set{"oss.server-side-encryption": "AES256", "oss.server-side-data-encryption": "SM4"},
			false},
	} {
		if err := c.s.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if h := (Set{"oss.server-side-encryption-key-id": "k"}).Headers(); h["X-Oss-Server-Side-Encryption"] != "KMS" {
		t.Errorf("a key alone is sent as %v", h)
	}
}

// FuzzPut: whatever is taken can be a header as it is, stays what it is when it is put again, and is refused in one
// line.
func FuzzPut(f *testing.F) {
	for _, e := range table {
		f.Add(strings.TrimSuffix(e.name, "."), "IA")
	}
	f.Add("oss.meta.K", "v")
	f.Add("oss.tagging", "a=1&b=%20+")
	f.Add("oss.expires", "2033-12-01T18:00:00+02:00")
	f.Add("vod.tags", "a, b")
	f.Fuzz(func(t *testing.T, name, value string) {
		s := Set{}
		if err := s.Put(name, value); err != nil {
			if len(s) != 0 || strings.ContainsAny(err.Error(), "\n\r\x00") {
				t.Fatalf("%q=%q: %v, %q", name, value, s, err)
			}
			return
		}
		for _, sent := range s.Headers() {
			if sent != strings.TrimSpace(sent) || sent == "" ||
				strings.ContainsFunc(sent, func(c rune) bool { return c < ' ' || c > '~' }) {
				t.Fatalf("%q=%q is sent as %q", name, value, sent)
			}
		}
		again := Set{}
		for n, v := range s {
			if err := again.Put(n, v); err != nil || !maps.Equal(s, again) {
				t.Fatalf("%q=%q becomes %v and then %v, %v", name, value, s, again, err)
			}
		}
		if len(s.Headers())+len(s.Video()) != len(s) &&
			!slices.Contains([]string{"oss.server-side-encryption-key-id", "oss.server-side-data-encryption"}, name) {
			t.Fatalf("%q=%q is in neither", name, value)
		}
	})
}

// The manual is where users look names up.
func TestManualHasAllNames(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../control/manual/attributes.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range table {
		short := "`" + e.name[len(ofObject)-1:] // `.acl`, as in a row that names several
		name := "`user." + e.name
		if e.name == meta {
			name, short = name+"KEY`", name+"KEY`"
		}
		if !strings.Contains(string(text), name) && !strings.Contains(string(text), short+"`") {
			t.Errorf("the manual does not name %s", name)
		}
	}
}
