package story

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/ossdev"
)

// header fails unless the object arrived, equal to the file, with these headers and no other.
func (s *story) header(key string, want map[string]string) {
	s.t.Helper()
	s.arrived(key, filepath.Join(s.dir, key))
	_, meta, _ := s.server.Object(bucket, key)
	if diff := cmp.Diff(want, meta.Header); diff != "" {
		s.t.Errorf("headers of %s:\n%s", key, diff)
	}
}

// TestAttributes sets extended attributes in every way there is, on files that go in one request and in parts.
func TestAttributes(t *testing.T) {
	t.Parallel()
	needPrograms(t, "setfattr getfattr rsync")
	s := begin(t, "INBOXFS_START=false", "INBOXFS_UPLOAD_PART_SIZE=100KiB",
		`INBOXFS_UPLOAD_ATTRIBUTES=oss.storage-class=IA,"oss.cache-control=max-age=60, public",oss.meta.project=alpha`)
	s.sh(`head -c 1000 /dev/urandom > one.mp4; head -c 300000 /dev/urandom > many.ts
		head -c 250000 /dev/urandom > referred.mov; echo subtitle > late.srt; echo > plain; echo > foreign.m3u8
		setfattr -n user.oss.storage-class -v Archive one.mp4
		setfattr -n user.oss.meta.Take -v 'seven / 7' one.mp4
		setfattr -n user.oss.tagging -v 'state=raw&who=a b' one.mp4
		setfattr -n user.oss.acl -v public-read many.ts
		setfattr -n user.oss.content-disposition -v 'attachment; filename="m.ts"' many.ts
		setfattr -n user.vod.title -v 'Ein Titel – 标题' many.ts
		setfattr -n user.note -v mine many.ts
		setfattr -n user.oss.content-type -v video/x-mine referred.mov
		setfattr -n user.oss.storage-class -v Foo foreign.m3u8`)
	s.sh("cp --preserve=xattr one.mp4 $MNT/inbox/; rsync -X many.ts $MNT/inbox/; cp late.srt plain $MNT/inbox/")
	s.sh("cp -a foreign.m3u8 $MNT/inbox/") // a value of somebody else's is left behind, the copy is none the worse
	s.sh("echo addFile $PWD/referred.mov > $MNT/control; echo flush > $MNT/control")
	s.until("all are ready", func() bool { return s.sh("grep -c ready $MNT/list || true") == "6" })
	s.sh("setfattr -n user.oss.expires -v 2033-12-01T16:00:00Z $MNT/inbox/late.srt")

	for _, get := range []struct{ file, name, want string }{
		{"one.mp4", "user.oss.meta.Take", "seven / 7"},
		{"many.ts", "user.vod.title", "Ein Titel – 标题"},
		{"many.ts", "user.note", "mine"},
		{"late.srt", "user.oss.expires", "2033-12-01T16:00:00Z"},
	} {
		if got := s.sh("getfattr --absolute-names --only-values -n " + get.name + " $MNT/inbox/" +
			get.file); got != get.want {
			t.Errorf("%s of %s is %q, want %q", get.name, get.file, got, get.want)
		}
	}

	s.sh("echo start > $MNT/control; echo wait > $MNT/control")
	all := func(more ...string) map[string]string {
		h := map[string]string{"X-Oss-Storage-Class": "IA", "Cache-Control": "max-age=60, public",
			"X-Oss-Meta-Project": "alpha"}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	s.header("one.mp4", all("Content-Type", "video/mp4", "X-Oss-Storage-Class", "Archive", "X-Oss-Meta-Take",
		"seven / 7",
		"X-Oss-Tagging", "state=raw&who=a%20b"))
	s.header("many.ts", all("Content-Type", "video/mp2t", "X-Oss-Object-Acl", "public-read",
		"Content-Disposition", `attachment; filename="m.ts"`))
	s.header("referred.mov", all("Content-Type", "video/x-mine"))
	s.header("late.srt", all("Content-Type", "application/x-subrip", "Expires", "Thu, 01 Dec 2033 16:00:00 GMT"))
	s.header("plain", all("Content-Type", "application/octet-stream"))
	s.header("foreign.m3u8", all("Content-Type", "application/vnd.apple.mpegurl"))
	for file, parts := range map[string]int{"one.mp4": 0, "many.ts": 3, "referred.mov": 3} {
		if n := len(s.parts(file)); n != parts {
			t.Errorf("%s went in %d parts, want %d", file, n, parts)
		}
	}
}

// TestPrivateInAPublicBucket has files of all sizes that are private in a bucket that everybody may read, and somebody
// who tries.
func TestPrivateInAPublicBucket(t *testing.T) {
	t.Parallel()
	needPrograms(t, "setfattr curl")
	s := begin(t, "INBOXFS_START=false", "INBOXFS_UPLOAD_PART_SIZE=100KiB", "INBOXFS_UPLOAD_ATTRIBUTES=oss.acl=private")
	if err := s.server.Set(bucket, ossdev.Settings{ACL: "public-read"}); err != nil {
		t.Fatal(err)
	}
	s.sh(
		`for size in 0 1000 300000; do for acl in private public-read; do head -c $size /dev/zero > $size-$acl; done; setfattr -n user.oss.acl -v public-read $size-public-read; done
		cp --preserve=xattr *-p* $MNT/inbox/; echo start > $MNT/control; echo wait > $MNT/control`)
	for _, size := range []string{"0", "1000", "300000"} {
		for acl, want := range map[string]string{"private": "403", "public-read": "200"} {
			if got := s.sh("curl -s -o /dev/null -w '%{http_code}' " + s.server.URL + "/" + bucket + "/" + size + "-" +
				acl); got != want {
				t.Errorf("%s of %s bytes is answered with %s", acl, size, got)
			}
		}
	}
}

// TestBadAttributes is what a user sees of a value that cannot be.
func TestBadAttributes(t *testing.T) {
	t.Parallel()
	needPrograms(t, "setfattr")
	s := begin(t, "INBOXFS_START=false")
	s.sh("echo x > $MNT/inbox/a; echo flush > $MNT/control")
	s.until("it is ready", func() bool { return s.sh("grep ^state $MNT/status/a") == "state ready" })
	for set, want := range map[string]string{
		"user.oss.storage-class -v cold": "error: inbox: invalid: user.oss.storage-class: cold: " +
			"is not one of Standard, IA, Archive, ColdArchive, DeepColdArchive",
		"user.oss.storageclass -v IA": "user.oss.storageclass: there is no such attribute",
		"user.oss.meta.my_key -v 1": "user.oss.meta.my_key: the key of metadata has letters, " +
			"digits and hyphens only",
		"user.vod.tags -v a,b,,c":         "user.vod.tags: tag 3: is empty",
		"user.oss.tagging -v 'a=1&a=2'":   "user.oss.tagging: the tag a stands there twice",
		"user.oss.content-type -v Klingt": "user.oss.content-type: Klingt: is not a content type such as video/mp4",
	} {
		if out := s.fails("setfattr -n " + set + " $MNT/inbox/a"); !strings.Contains(out, "Invalid argument") {
			t.Errorf("setfattr says %q", out)
		}
		if got := s.sh("head -1 $MNT/control"); !strings.HasPrefix(got, "error: inbox: invalid: ") ||
			!strings.Contains(got, want) {
			t.Errorf("control says %q, want %q", got, want)
		}
	}

	// Past us, into the spool.
	s.sh("setfattr -n user.oss.storage-class -v cold spool/inbox/a; echo start > $MNT/control")
	s.fails("echo wait a > $MNT/control")
	if got := s.sh("grep -E '^(state|error|message)' $MNT/status/a"); !strings.Contains(got, "state failure") ||
		!strings.Contains(got, "error InvalidAttribute") || !strings.Contains(got, "user.oss.storage-class: cold") {
		t.Errorf("status says %q", got)
	}
	if _, _, ok := s.server.Object(bucket, "a"); ok {
		t.Error("it was uploaded all the same")
	}
	s.sh("setfattr -n user.oss.storage-class -v ColdArchive $MNT/inbox/a; echo retry a > $MNT/control; " +
		"echo wait a > $MNT/control")
	if _, meta, _ := s.server.Object(bucket, "a"); meta.Header["X-Oss-Storage-Class"] != "ColdArchive" {
		t.Errorf("the object has %v", meta.Header)
	}

	// In the configuration.
	if out := s.fails("INBOXFS_UPLOAD_ATTRIBUTES=oss.acl=world " + program +
		" mount other; test $? = 2 && echo usage && exit 1"); !strings.Contains(out,
		"upload.attributes from INBOXFS_UPLOAD_ATTRIBUTES: oss.acl: world: is not one of default, private") ||
		!strings.Contains(out, "usage") {
		t.Errorf("a bad default is answered with %s", out)
	}
}

// TestAttributesAfterUpload sets an attribute of an object that is there: it stays as it is.
func TestAttributesAfterUpload(t *testing.T) {
	t.Parallel()
	needPrograms(t, "setfattr")
	s := begin(t, "INBOXFS_INBOX_AFTER_UPLOAD=keep")
	s.sh("echo x > $MNT/inbox/a; echo wait a > $MNT/control; setfattr -n user.oss.storage-class -v IA $MNT/inbox/a; " +
		"echo flush > $MNT/control")
	s.sh("echo y > $MNT/inbox/b; echo wait b > $MNT/control") // what comes later has been through
	if n := s.count("OnUploadStarted"); n != 2 {
		t.Errorf("%d uploads were started, want 2", n)
	}
	if _, meta, _ := s.server.Object(bucket, "a"); meta.Header["X-Oss-Storage-Class"] != "" {
		t.Errorf("the object has %v", meta.Header)
	}
}
