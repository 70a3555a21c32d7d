package story

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCopiesWithWarnings: programs that end with a code for "done, with warnings" have made a whole file, and it is
// uploaded.
func TestCopiesWithWarnings(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_INBOX_SETTLE=1s")
	s.source()
	web := httptest.NewServer(http.FileServer(http.Dir(s.dir)))
	t.Cleanup(web.Close)
	for _, tc := range []struct {
		needs, make, script, file string
		code                      int
		whole                     string // reports whether the object is
	}{
		{"gzip", "(gzip -c source; echo trailing) > f.gz", "gzip -dc f.gz > $OUT", "f", 2, "cmp source $OBJECT"},
		{"xz", "", "xz -0 -c source . > $OUT", "f.xz", 2, "xz -dc $OBJECT | cmp - source"},
		{"tar", "cp source grows", "tar -c -f $OUT --checkpoint=1 --checkpoint-action=exec='echo more >> grows' grows",
			"f.tar", 1,
			"tar -x -O -f $OBJECT | cmp - source"},
		{"qpdf",
			`printf '%%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n` +
				`trailer\n<< /Size 3 /Root 1 0 R >>\nstartxref\n7\n%%%%EOF\n' > f.pdf`, "qpdf f.pdf $OUT", "f.pdf", 3,
			"qpdf --check $OBJECT"},
		{"jpegtran ffmpeg",
			"ffmpeg -loglevel error -f lavfi -i testsrc -frames:v 1 -y whole.jpg; head -c -100 whole.jpg > f.jpg",
			"jpegtran -outfile $OUT f.jpg", "f.jpg", 2, "jpegtran $OBJECT > again; cmp again $OBJECT"},
		{"mkvmerge ffmpeg", "ffmpeg -loglevel error -f lavfi -i testsrc -t 1 -c:v mpeg4 -y f.mkv",
			"mkvmerge -q -o $OUT --language 9:eng f.mkv", "f.mkv", 1, "mkvmerge -J $OBJECT | grep MPEG-4"},
		// One of several could not be had. What was had before has its final name by then.
		{"aria2c", "", "aria2c -q -Z -d $(dirname $OUT) $URL/source $URL/missing", "source", 3, "cmp source $OBJECT"},
		{"yt-dlp", "cp source ../f.mp4",
			"yt-dlp -q --no-warnings --no-cache-dir -i -o $(dirname $OUT)/'%(id)s.%(ext)s' $URL/f.mp4 $URL/missing.mp4",
			"f.mp4", 1, "cmp source $OBJECT"},
		{"rclone", "mkdir from; cp source from/; ln -s missing from/z",
			"rclone copy -L -q --config /dev/null --cache-dir . --retries 1 from $(dirname $OUT)", "source", 6,
			"cmp source $OBJECT"},
		{"tidy", "echo '<p>no title' > f.html", "tidy -q -o $OUT f.html", "f.html", 1,
			"tidy -q -e $OBJECT; grep '</html>' $OBJECT"},
	} {
		t.Run(strings.Fields(tc.needs)[0], func(t *testing.T) {
			t.Parallel()
			needPrograms(t, tc.needs)
			folder := strings.Fields(tc.needs)[0]
			s := s.within(t, "LC_ALL=C", "URL="+web.URL, "OUT="+filepath.Join(s.mnt, "inbox", folder, tc.file))
			s.sh("mkdir " + folder + " $MNT/inbox/" + folder + "; cd " + folder + "; cp ../source .; " + tc.make)
			out, err := s.try("cd " + folder + "; exec " + tc.script)
			exit, ok := err.(*exec.ExitError)
			if !ok || exit.ExitCode() != tc.code {
				t.Fatalf("%s: %v, want status %d: %s", tc.script, err, tc.code, out)
			}
			key := folder + "/" + tc.file
			s.sh("echo wait " + key + " > $MNT/control")
			object, _, ok := s.server.Object(bucket, key)
			if !ok {
				t.Fatalf("there is no object %s", key)
			}
			s.sh("cd " + folder + "; OBJECT='" + object + "'; " + tc.whole)
		})
	}
}
