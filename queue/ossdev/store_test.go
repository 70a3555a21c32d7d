package ossdev

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// oddKeys are keys that OSS takes and that are no file names, or not at the same time.
var oddKeys = []string{"a", "a/b", "a/b/c", "a/", "a//", "a//b", "a/./b", "a/../b", "..", "../../etc/passwd", ".",
	"./a", "x/..", "x/.",
	strings.Repeat("n", 256), "d/" + strings.Repeat("n", 300) + "/e", strings.Repeat("ü", 200), ".ossdev/meta/x",
	".ossdev", "-", "~", " ", " a ", "a b+c%20d",
	"a\nb", "a\tb", "a\x00b", "\x7f", "ü", "u\u0308", "日本語/ファイル.mp4", "a\\b", "A", "con", "a:b", "?", "*", "#",
	"q?x=1&y", "\"'<>"}

func TestOddKeys(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, s *Running, c *aliyun.Client) {
		outside := filepath.Join(filepath.Dir(s.options.Dir), "etc")
		b := open(t, c)
		for _, key := range oddKeys {
			put(t, b, key, []byte("of "+key))
		}
		for i, key := range oddKeys { // once more, overwriting, by parts
			if i%3 == 0 {
				up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload(key))
				if up.Key != key && !strings.ContainsAny(key, "\x00\n\t\x7f") { // XML has no way to say these
					t.Errorf("initiated %q, not %q", up.Key, key)
				}
				up.Key = key
				must[aliyun.CompleteMultipartUploadResult](t)(b.CompleteMultipartUpload(up,
					parts(t, b, up, []byte("parts of "+key), 1000)))
			}
		}
		for i, key := range oddKeys {
			body := must[io.ReadCloser](t)(b.GetObject(key))
			got := must[[]byte](t)(io.ReadAll(body))
			if err := body.Close(); err != nil {
				t.Error(err)
			}
			if wanted := map[bool]string{true: "parts of ", false: "of "}[i%3 == 0] + key; string(got) != wanted {
				t.Errorf("%q holds %q", key, got)
			}
			if file, _, ok := s.Object(testBucket, key); !ok || !strings.HasPrefix(file, s.options.Dir+
				string(filepath.Separator)) {
				t.Errorf("%q is in %q", key, file)
			}
		}
		var listed []string
		for marker := aliyun.Marker(""); ; {
			page := must[aliyun.ListObjectsResult](t)(b.ListObjects(aliyun.MaxKeys(7), marker))
			for _, o := range page.Objects {
				listed = append(listed, o.Key)
			}
			if !page.IsTruncated {
				break
			}
			marker = aliyun.Marker(page.NextMarker)
		}
		sorted := slices.Sorted(slices.Values(oddKeys))
		if !slices.Equal(listed, sorted) {
			t.Errorf("listed %q, want %q", listed, sorted)
		}
		for _, key := range oddKeys {
			if err := b.DeleteObject(key); err != nil {
				t.Errorf("delete %q: %v", key, err)
			}
		}
		if page := must[aliyun.ListObjectsResult](t)(b.ListObjects()); len(page.Objects) > 0 {
			t.Errorf("%+v", page.Objects)
		}
		if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Join(s.options.Dir, testBucket))); len(left) > 0 {
			t.Error("files left:", left)
		}
		if _, err := os.Stat(outside); !os.IsNotExist(err) {
			t.Error("something was written outside:", err)
		}
	})
}

func FuzzPlace(f *testing.F) {
	for _, key := range oddKeys {
		f.Add(key, "b")
	}
	f.Fuzz(func(t *testing.T, key, other string) {
		if checkKey(key) != nil || checkKey(other) != nil || key == "" || other == "" {
			return
		}
		odd := oddPath("holiday", key)
		for _, name := range []string{odd, recordPath("holiday", key)} {
			if path.Clean(name) != name || !strings.HasPrefix(name, hidden+"/") || len(path.Base(name)) > maxName ||
				strings.ContainsRune(name, 0) {
				t.Errorf("%q goes to %q", key, name)
			}
		}
		if plain, ok := plainPath("holiday", key); ok {
			if plain != "holiday/"+key || path.Clean(plain) != plain || !utf8.ValidString(plain) ||
				!filepath.IsLocal(filepath.FromSlash(plain)) {
				t.Errorf("%q goes to %q", key, plain)
			}
		}
		if key != other && (odd == oddPath("holiday", other) || recordPath("holiday", key) == recordPath("holiday",
			other)) {
			t.Errorf("%q and %q share a file", key, other)
		}
	})
}

// FuzzStore puts and reads back what the fuzzer thinks of.
func FuzzStore(f *testing.F) {
	for i, key := range oddKeys {
		f.Add(key, oddKeys[(i+1)%len(oddKeys)])
	}
	st, err := openStore(f.TempDir(), time.Now)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = st.close() })
	if _, err := st.createBucket("holiday"); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		if checkKey(one) != nil || checkKey(two) != nil || one == "" || two == "" || one == two {
			return
		}
		for _, key := range []string{one, two} {
			tmp, s, err := st.receive(strings.NewReader(key), maxObject, false)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := st.commit("holiday", Meta{Key: key, Size: s.size, CRC64: s.crc}, tmp, false); err != nil {
				t.Fatal(err)
			}
		}
		for _, key := range []string{one, two} {
			m, file, err := st.open("holiday", key)
			if err != nil || file == nil {
				t.Fatalf("%q is not there: %v", key, err)
			}
			got, err := io.ReadAll(file)
			if err != nil || string(got) != key || m.Key != key {
				t.Errorf("%q holds %q (%v)", key, got, err)
			}
			if err := file.Close(); err != nil {
				t.Error(err)
			}
		}
		for _, key := range []string{one, two} {
			if err := st.remove("holiday", key); err != nil {
				t.Error(err)
			}
		}
		left, err := st.readDir("holiday")
		if err != nil || len(left) > 0 {
			t.Errorf("left of %q and %q: %v (%v)", one, two, left, err)
		}
	})
}

func TestRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, Options{Dir: dir})
	b := bucketOf(t, first)
	put(t, b, "kept", []byte("bytes"), aliyun.Meta("a", "b"), aliyun.ContentType("text/plain"))
	put(t, b, "kept/", nil)
	data := randomBytes(3*minPart + 5)
	up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("film", aliyun.Meta("c", "d")))
	list := parts(t, b, up, data[:2*minPart], minPart)
	before := first.Uploads()
	if _, err := New(Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Error("two servers in one folder:", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := start(t, Options{Dir: dir})
	b = bucketOf(t, second)
	h := must[http.Header](t)(b.GetObjectDetailedMeta("kept"))
	if h.Get("X-Oss-Meta-A") != "b" || h.Get("Content-Type") != "text/plain" || h.Get("Content-Length") != "5" {
		t.Error(h)
	}
	after := second.Uploads()
	if len(after) != 1 || after[0].ID != up.UploadID || !after[0].Initiated.Equal(before[0].Initiated) ||
		len(after[0].Parts) != 2 ||
		after[0].Parts[0].CRC64 != before[0].Parts[0].CRC64 || after[0].Parts[1].ETag != before[0].Parts[1].ETag {
		t.Errorf("%+v, was %+v", after, before)
	}
	for i, chunk := range [][]byte{data[2*minPart : 3*minPart], data[3*minPart:]} {
		list = append(list, must[aliyun.UploadPart](t)(b.UploadPart(up, bytes.NewReader(chunk), int64(len(chunk)),
			3+i)))
	}
	must[aliyun.CompleteMultipartUploadResult](t)(b.CompleteMultipartUpload(up, list))
	file, m, _ := second.Object(testBucket, "film")
	if got := must[[]byte](t)(os.ReadFile(file)); !bytes.Equal(got, data) || m.Header["X-Oss-Meta-C"] != "d" {
		t.Errorf("%+v", m)
	}
	if page := must[aliyun.ListObjectsResult](t)(b.ListObjects()); len(page.Objects) != 3 {
		t.Errorf("%+v", page.Objects)
	}
}

// TestCrash makes, by hand, each state that a sudden end can leave, and looks at what the next server makes of it.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		crash func(st *store) error
		want  string // what the object holds
	}{
		{"while a body is received", func(st *store) error {
			return st.root.WriteFile(hidden+"/tmp/t", []byte("half"), 0o666)
		}, "old"},
		{"while its record is written", func(st *store) error {
			return errors.Join(st.root.WriteFile(hidden+"/tmp/t", []byte("new"), 0o666),
				st.root.WriteFile(hidden+"/pending/p", []byte(`{"Bucket":"hol`), 0o666))
		}, "old"},
		{"before it got its place", func(st *store) error {
			return errors.Join(st.root.WriteFile(hidden+"/tmp/t", []byte("new"), 0o666), pendingRecord(st))
		}, "old"},
		{"before its record got its place", func(st *store) error {
			return errors.Join(st.root.WriteFile(hidden+"/tmp/t", []byte("new"), 0o666), pendingRecord(st),
				st.root.Rename(hidden+"/tmp/t", "holiday/k"))
		}, "new"},
		{"while an upload is made", func(st *store) error { return st.root.Mkdir(hidden+"/uploads/ABC", 0o777) },
			"old"},
		{"while an upload is removed", func(st *store) error {
			return errors.Join(st.root.Mkdir(hidden+"/uploads/ABC", 0o777), st.root.WriteFile(hidden+"/uploads/ABC/"+
				Part{Number: 1}.file(), nil, 0o666))
		}, "old"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := start(t, Options{Dir: dir})
			put(t, bucketOf(t, s), "k", []byte("old"))
			if err := c.crash(s.st); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = start(t, Options{Dir: dir})
			file, m, ok := s.Object(testBucket, "k")
			if got := must[[]byte](t)(os.ReadFile(file)); !ok || string(got) != c.want || m.ETag == "" ||
				(c.want == "new") != (m.ETag == "NEW") {
				t.Errorf("%q %+v %v", got, m, ok)
			}
			for _, name := range []string{"tmp", "pending", "uploads"} {
				if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Join(dir, hidden, name))); len(left) > 0 {
					t.Error("left:", left)
				}
			}
		})
	}
}

func pendingRecord(st *store) error {
	return st.root.WriteFile(hidden+"/pending/p",
		[]byte(
			`{"Bucket":"holiday","Tmp":".ossdev/tmp/t","Meta":{"Key":"k","Path":"holiday/k","Size":3,"ETag":"NEW","CRC64":"0"}}`), 0o666)
}

// TestPartTwiceAfterCrash: the newer of two files of one part counts.
func TestPartTwiceAfterCrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, Options{Dir: dir})
	b := bucketOf(t, s)
	up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("a"))
	must[aliyun.UploadPart](t)(b.UploadPart(up, strings.NewReader("newer"), 5, 1))
	old := filepath.Join(dir, filepath.FromSlash(uploadDir(up.UploadID)), Part{Number: 1, Size: 3, ETag: "OLD"}.file())
	if err := errors.Join(os.WriteFile(old, []byte("old"), 0o666), os.Chtimes(old, time.Now().Add(-60e9),
		time.Now().Add(-60e9)), s.Close()); err != nil {
		t.Fatal(err)
	}
	s = start(t, Options{Dir: dir})
	if p := s.Uploads()[0].Parts; len(p) != 1 || p[0].Size != 5 {
		t.Errorf("%+v", p)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Error("the older file stayed:", err)
	}
}

func TestChangedByHand(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	put(t, b, "removed", []byte("x"))
	put(t, b, "changed", []byte("x"))
	dir := filepath.Join(s.options.Dir, testBucket)
	for _, err := range []error{os.Remove(filepath.Join(dir, "removed")), os.WriteFile(filepath.Join(dir, "changed"),
		[]byte("longer"), 0o666),
		os.WriteFile(filepath.Join(dir, "mine"), []byte("not an object"), 0o666),
		os.Symlink("/etc", filepath.Join(dir, "away"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.GetObject("removed")
	want(t, "removed", err, "NoSuchKey")
	_, err = b.GetObject("mine")
	want(t, "not put by us", err, "NoSuchKey")
	body := must[io.ReadCloser](t)(b.GetObject("changed"))
	if got := must[[]byte](t)(io.ReadAll(body)); string(got) != "longer" {
		t.Errorf("%q", got)
	}
	if err := body.Close(); err != nil {
		t.Error(err)
	}
	put(t, b, "mine", []byte("an object"))
	if text := must[[]byte](t)(os.ReadFile(filepath.Join(dir, "mine"))); string(text) != "not an object" {
		t.Errorf("a file that is not ours was overwritten: %q", text)
	}
	put(t, b, "away/ossdev-test", []byte("x")) // a link that leads out is not followed
	if file, _, ok := s.Object(testBucket, "away/ossdev-test"); !ok || !strings.Contains(file, hidden) {
		t.Error(file, ok)
	}
	put(t, b, "removed", []byte("again"))
	if list := must[aliyun.ListObjectsResult](t)(b.ListObjects()); fmt.Sprint(len(list.Objects)) != "4" {
		t.Errorf("%+v", list.Objects)
	}
}
