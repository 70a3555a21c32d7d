package story

import (
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
)

var bar = regexp.MustCompile(`value="(\d+)" aria-label="film.mp4"`)

// TestStatusPage opens status.html again and again while a file is uploaded and after another has failed.
func TestStatusPage(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_UPLOAD_PARTS=1", "INBOXFS_UPLOAD_LIMIT=4MiB/s")
	s.server.AddFault(ossdev.Fault{Action: "PutObject", Key: "denied.mp4", Code: "AccessDenied"})
	s.sh("echo x > $MNT/inbox/denied.mp4; echo y > \"$MNT/inbox/<img src=x onerror=alert(1)>\"; " +
		"! echo wait > $MNT/control")
	s.sh("head -c 7M /dev/zero > $MNT/inbox/film.mp4")
	page, first := "", 0
	s.until("the bar of film.mp4 has moved between two loads", func() bool {
		page = s.sh("cat $MNT/status.html")
		found := bar.FindStringSubmatch(page)
		if found == nil {
			return false
		}
		now, err := strconv.Atoi(found[1])
		if err != nil {
			t.Fatal(err)
		}
		if first == 0 {
			first = now
		}
		return first > 0 && now > first
	})
	for _, want := range []string{"denied.mp4", "<b>AccessDenied</b>",
		program + " control --mount " + s.mnt + " retry &#39;denied.mp4&#39;</code>",
		"&lt;img src=x onerror=alert(1)&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %s:\n%s", want, page)
		}
	}
	if strings.Contains(page, "<img") {
		t.Error("a name became an image")
	}
	for _, size := range strings.Fields(s.sh("stat -c %s $MNT/status.html; wc -c < $MNT/status.html")) {
		if n, err := strconv.Atoi(size); err != nil || n == 0 || n%8192 != 0 { // so that a digit more changes no size
			t.Errorf("it has %s bytes", size)
		}
	}
}

// TestStatusPageInABrowser opens it in Chromium and looks at what it made of it.
func TestStatusPageInABrowser(t *testing.T) {
	t.Parallel()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("THIS STORY IS NOT TOLD: chromium is missing; install chromium. It is no part of .ci/run, " +
			"as it takes minutes to install")
	}
	s := begin(t, "INBOXFS_START=false")
	s.sh("echo x > $MNT/inbox/a.mp4; echo y > \"$MNT/inbox/<img src=x onerror=document.title=1>\"; " +
		"echo flush > $MNT/control")
	s.until("both are ready", func() bool { return s.sh("grep ^ready $MNT/queue | head -1") == "ready 2" })
	dom := s.sh("timeout 60 " + browser +
		" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
		"--disable-component-update --disable-sync --user-data-dir=$HOME/browser --dump-dom file://$MNT/status.html " +
		"2> browser.log")
	for _, want := range []string{"<title>0 % – stopped – inboxfs " + s.mnt + "</title>",
		"&lt;img src=x onerror=document.title=1&gt;", `<progress class="all" max="100" value="0"`,
		program + " control --mount " + s.mnt + " start</code>", "</html>"} {
		if !strings.Contains(dom, want) {
			t.Errorf("the browser does not show %s:\n%s\n%s", want, dom, s.sh("tail -5 browser.log"))
		}
	}
}

// TestMetrics reads metrics after a file arrived, another failed, and the kernel asked for this and that.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_INBOX_PASSTHROUGH=false")
	s.server.AddFault(ossdev.Fault{Action: "PutObject", Key: "denied.mp4", Code: "AccessDenied"})
	s.sh("mkdir $MNT/inbox/clips; head -c 5000 /dev/zero > a; cp a $MNT/inbox/clips/a.mp4; " +
		"cp a $MNT/inbox/denied.mp4; ! echo wait > $MNT/control")
	s.sh("ls -l $MNT/inbox; rm $MNT/inbox/denied.mp4")
	s.until("the last event is logged", func() bool { return s.count("OnFileDeleted") == 1 })
	text := s.sh("cat $MNT/metrics")
	for _, want := range []string{`inboxfs_files{state="success"} 1`, `inboxfs_files{state="failure"} 0`,
		"inboxfs_uploaded_bytes_total 5000", "inboxfs_uploaded_files_total 1",
		`inboxfs_failed_files_total{code="AccessDenied"} 1`, "inboxfs_parts_in_flight 0",
		"inboxfs_oldest_pending_age_seconds 0", `inboxfs_queue_state{state="running"} 1`,
		"inboxfs_events_total " + strconv.Itoa(len(s.seen()))} {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for _, op := range []string{"lookup", "getattr", "create", "write", "flush", "release", "mkdir", "opendir",
		"readdir", "unlink", "open", "read"} {
		if !strings.Contains(text, `inboxfs_fuse_operation_duration_seconds_count{operation="`+op+`"}`) ||
			strings.Contains(text, `inboxfs_fuse_operation_duration_seconds_count{operation="`+op+`"} 0`) {
			t.Errorf("no %s was measured", op)
		}
	}
	if strings.Contains(text, ".mp4") {
		t.Error("a name is in it")
	}
}

// TestStatusCommand asks for the queue in lines and as JSON, by name and without one, and follows it until the mount
// goes.
func TestStatusCommand(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_START=false")
	s.env = append(s.env, "INBOXFS="+program)
	s.sh("echo x > \"$MNT/inbox/$(printf 'a\\033[31m.mp4')\"; echo flush > $MNT/control; " +
		"until grep -qx 'ready 1' $MNT/queue; do sleep 0.05; done")
	said := s.sh("$INBOXFS status $MNT | cat -v")
	for _, want := range []string{"inboxfs " + s.mnt + ": stopped\n",
		"\n" + program + " control --mount " + s.mnt + " start\n",
		`  "a\x1b[31m.mp4"  2 B`} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	if got := s.sh("$INBOXFS status --json $MNT | python3 -c 'import json,sys; o=json.load(sys.stdin); " +
		"print(o[\"queue\"][\"ready\"], o[\"list\"][0][\"size\"])'"); got != "1 2" {
		t.Errorf("--json has %s", got)
	}
	if said := s.fails("$INBOXFS status --json --watch $MNT; rc=$?; test $rc = 2 && exit 3"); !strings.Contains(said,
		"one of --watch and --json") {
		t.Errorf("two ways at once: %s", said)
	}
	if said := s.fails("$INBOXFS status $HOME"); !strings.Contains(said, "no inboxfs is mounted at "+s.dir) {
		t.Errorf("another folder: %s", said)
	}
	// Other tests have mounts, too, so that without a name it lists them, unless this is the only one.
	if said, err := s.try("$INBOXFS status"); !strings.Contains(said, s.mnt) {
		t.Errorf("without a name: %v: %s", err, said)
	}
	s.sh("($INBOXFS status --watch $MNT > followed 2>&1; echo rc=$? >> followed) > /dev/null 2>&1 & " +
		"until grep -q stopped followed; do sleep 0.05; done; echo start > $MNT/control; " +
		"echo wait > $MNT/control; until grep -q '1 success' followed; do sleep 0.05; done")
	s.stop()
	s.until("the watch has ended", func() bool { return strings.Contains(s.sh("cat followed"), "rc=1") })
	if followed := s.sh("cat -v followed"); !strings.Contains(followed, "inboxfs: no inboxfs is mounted at "+s.mnt) ||
		strings.Contains(followed, "^[") {
		t.Errorf("it followed: %s", followed)
	}
}
