package fs

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestControlWrite: whatever a line is written with, it arrives once, and its errno reaches the writer.
func TestControlWrite(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	const einval = "Invalid argument"
	for _, c := range []struct {
		script string
		ran    []string
		want   string // in the output; "" means success
	}{
		{`echo start > "$M/control"`, []string{"start"}, ""},
		{`echo start >> "$M/control"; echo stop >> "$M/control"`, []string{"start", "stop"}, ""},
		{`printf start > "$M/control"`, []string{"start"}, ""},
		{`printf 'start\r\n' > "$M/control"`, []string{"start"}, ""},
		{`printf 'rm caf\351' | cat > "$M/control"`, []string{"rm caf\xe9"}, ""},
		{`echo start | tee "$M/control" > /dev/null`, []string{"start"}, ""},
		{`echo start | tee -a "$M/control" > /dev/null`, []string{"start"}, ""},
		{`echo start > "$T/x"; cp "$T/x" "$M/control"`, []string{"start"}, ""},
		{`echo start > "$T/x"; cp -p "$T/x" "$M/control"`, []string{"start"}, ""},
		{`echo start > "$T/x"; cat "$T/x" > "$M/control"`, []string{"start"}, ""},
		{`echo start | dd of="$M/control" 2>/dev/null`, []string{"start"}, ""},
		{`echo start | dd of="$M/control" conv=notrunc,fsync 2>/dev/null`, []string{"start"}, ""},
		{`touch "$M/control"; truncate -s 0 "$M/control"; chmod 600 "$M/control"; sync "$M/control"`, nil, ""},
		{`exec 3> "$M/control"; echo start >&3; echo stop >&3; echo resume >&3`, []string{"start", "stop", "resume"},
			""},
		{`printf 'a\nb\nc\n' > "$T/x"; cat "$T/x" > "$M/control"`, []string{"a", "b", "c"}, ""},
		{`env echo nonsense > "$M/control"`, []string{"nonsense"}, einval},
		{`env echo pause 17 > "$M/control"`, []string{"pause 17"}, "No such file or directory"},
		{`env echo busy > "$M/control"`, []string{"busy"}, "Device or resource busy"},
		{`env echo nokey > "$M/control"`, []string{"nokey"}, "Required key not available"},
		{`env echo oldkey > "$M/control"`, []string{"oldkey"}, "Key has expired"},
		{`env echo nonsense >> "$M/control"`, []string{"nonsense"}, einval},
		{`echo nonsense | tee "$M/control" > /dev/null`, []string{"nonsense"}, einval},
		{`env echo nonsense > "$T/x"; cp "$T/x" "$M/control"`, []string{"nonsense"}, einval},
		{`echo nonsense | dd of="$M/control"`, []string{"nonsense"}, einval},
		{`echo start stop | dd of="$M/control" bs=3 2>/dev/null`, []string{"start stop"}, ""},
		{
			`{ printf 'token '; head -c 2000 /dev/zero | tr '\0' k; echo; } > "$T/x"; dd if="$T/x" of="$M/control" bs=512 2>/dev/null`,
			[]string{"token " + strings.Repeat("k", 2000)}, ""},
		{`bash -c 'env printf nonsense > "$M/control"'`, []string{"nonsense"}, einval}, // which close says
		{`exec 3> "$M/control"; printf sta >&3; (:); env true; printf 'rt\nst' >&3; env true; printf op >&3`,
			[]string{"start", "stop"}, ""},
		{`(env printf sta; env printf 'rt\nst'; env printf op) > "$M/control"`, []string{"start", "stop"}, ""},
		{`exec 3> "$M/control"; exec 4>&3 3>&-; printf sta >&4; printf rt >&4`, []string{"start"}, ""},
		{`sh -c 'exec 3> "$M/control"; printf "stop\nclear" >&3; kill -9 $$' || cat "$M/control"; false`,
			[]string{"stop"}, "killed by SIGKILL in the middle of a line"},
		{`head -c 70000 /dev/zero | tr '\0' x > "$T/x"; echo clear >> "$T/x"; dd if="$T/x" of="$M/control" bs=512`, nil,
			"Argument list too long"},
		// The line before the bad one holds, the one after it does not run; the writer sends the rest again and is
		// told.
		{`printf 'a\nnonsense\nc\n' > "$T/x"; cat "$T/x" > "$M/control"`, []string{"a", "nonsense", "nonsense"},
			einval},
		{`printf 'a\nnonsense\nc\n' > "$T/x"; cp "$T/x" "$M/control"`, []string{"a", "nonsense", "nonsense"}, einval},
		{`printf 'a\000b\n' | cat > "$M/control"`, nil, einval},
		{`head -c 70000 /dev/zero | tr '\0' x > "$T/x"; cat "$T/x" > "$M/control"`, nil, "Argument list too long"},
	} {
		out, code := m.sh(t, c.script)
		if (code == 0) != (c.want == "") || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit %d, want %q\n%s", c.script, code, c.want, out)
		}
		if diff := cmp.Diff(c.ran, m.control.ran()); diff != "" {
			t.Errorf("%s ran (-want +got):\n%s", c.script, diff)
		}
	}
}

// TestControlLongText copies more lines than a program's buffer holds: none may be cut where the buffer ends.
func TestControlLongText(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	var want []string
	for i := range 20000 {
		want = append(want, fmt.Sprintf("addFile /data/camera/clip %d.mp4", i))
	}
	for _, copy := range []string{`cat "$T/x" > "$M/control"`, `cp "$T/x" "$M/control"`,
		`tee "$M/control" < "$T/x" > /dev/null`,
		`dd if="$T/x" of="$M/control" bs=4096 2>/dev/null`, `dd if="$T/x" of="$M/control" bs=4M 2>/dev/null`} {
		m.ok(t, `i=0; while [ $i -lt 20000 ]; do echo "addFile /data/camera/clip $i.mp4"; i=$((i+1)); done > "$T/x"; `+
			copy)
		if diff := cmp.Diff(want, m.control.ran()); diff != "" {
			t.Errorf("%s (-want +got):\n%.2000s", copy, diff)
		}
	}
}

func TestControlRead(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	const help = "\nstart\nstop\nwait [NAME]\n"
	if out := m.ok(t, `cat "$M/control"`); out != "ok: mounted\n"+help {
		t.Errorf("at first it reads\n%s", out)
	}
	if out, _ := m.sh(t,
		`echo pause 17 > "$M/control" 2>/dev/null; cat "$M/control"`); out != "error: pause 17: no such entry\n"+help {
		t.Errorf("after an error it reads\n%s", out)
	}
	if out := m.ok(t,
		`[ $(stat -c %s "$M/control") = $(cat "$M/control" | wc -c) ]; dd if="$M/control" bs=1 skip=9999 2>/dev/null`); out != "" {
		t.Errorf("size, or beyond the end: %s", out)
	}
	// One handle reads its own result, from where it is and from the top.
	if out := m.ok(t, `exec 3<> "$M/control"; echo start >&3; cat <&3; echo stop >&3; cat <&3`); out != "ok: start\n"+
		help+"ok: stop\n"+help {
		t.Errorf("a handle reads its own results as\n%s", out)
	}
	if python, err := exec.LookPath("python3"); err == nil {
		if out := m.ok(t, python+` -c '
import os
f = os.open(os.environ["M"] + "/control", os.O_RDWR)
os.write(f, b"start\n"); os.lseek(f, 0, 0)
print(b"".join(iter(lambda: os.read(f, 7), b"")).decode(), end="")'`); out != "ok: start\n"+help {
			t.Errorf("after a rewind it reads\n%s", out)
		}
	}
	if out, code := m.sh(t, `exec 3< "$M/control"; env echo start >&3`); code == 0 ||
		!strings.Contains(out, "Bad file descriptor") {
		t.Errorf("write to a handle for reading: exit %d\n%s", code, out)
	}
	if _, code := m.sh(t, `chown 12345 "$M/control"`); code == 0 {
		t.Error("control was given away")
	}
}

// TestControlWait: a wait blocks its writer and nobody else, whatever way they write, and ends when it comes true.
func TestControlWait(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	waiting, out := m.start(t, `echo wait > "$M/control"; echo ended $?`)
	<-m.control.waiting
	m.control.ran()
	m.ok(t,
		`echo a > "$M/control"; echo b >> "$M/control"; echo c | tee "$M/control"; stat "$M/control"; cat "$M/control"; ls -l "$M"
		chmod 600 "$M/control"; truncate -s 0 "$M/control"; exec 3<> "$M/control"; echo d >&3; head -1 <&3`)
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, m.control.ran()); diff != "" {
		t.Errorf("during a wait (-want +got):\n%s", diff)
	}
	close(m.control.release)
	await(t, out, "ended 0\n")
	if err := waiting.Wait(); err != nil {
		t.Error(err)
	}
}

// TestControlInterrupt: what interrupts the writer ends the wait.
func TestControlInterrupt(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		m := mountTest(t)
		waiting, _ := m.start(t, `exec dd if=/dev/stdin of="$M/control" <<X
wait
X`)
		<-m.control.waiting
		if err := syscall.Kill(waiting.Process.Pid, sig); err != nil {
			t.Fatal(err)
		}
		if err := waiting.Wait(); err == nil {
			t.Errorf("%v: the writer ended well", sig)
		}
		m.ok(t, `ls "$M"`)
	}
}
