package queue

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/seal"
	"inboxfs/queue/transfer"
)

// TestRewriteCutShortByAKillIsHeld rewrites a drop so shortly before the kill that the journal does not know that it
// was opened.
func TestRewriteCutShortByAKillIsHeld(t *testing.T) {
	t.Parallel()
	rememberedOrNot(t, func(t *testing.T, killed func(*rig) string) {
		for _, before := range []list.State{list.Ready, list.Receiving, list.Canceled} {
			r := newRig(t, func(o *Options) {
				o.Start = false
				if before == list.Receiving {
					o.Settle = 1e12
				}
			})
			id := r.drop("a", "content")
			if before == list.Canceled {
				if err := r.DoFile(t.Context(), Cancel, id); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := r.ClearFinished(t.Context()); err != nil { // the row is in the journal
				t.Fatal(err)
			}
			r.state("a", before)
			r.receive("a", "half of the new conten")
			dir := killed(r)
			r.close()
			r = openRig(t, dir)
			r.state("a", list.Held)
		}
	})
}

func TestRetryAfterRestartIsNoSecondAddition(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.drop("a", "content")
	r.up.next(t).fail(transfer.Final, "AccessDenied")
	r.state("a", list.Failure)
	r.drop("b", "content")
	r.up.next(t).fail(transfer.Final, "AccessDenied")
	r.state("b", list.Failure)
	r.close()
	r = openRig(t, r.dir, func(o *Options) { o.Start = false })
	if err := r.DoFile(t.Context(), Retry, id); err != nil {
		t.Fatal(err)
	}
	r.state("a", list.Ready)
	if listed := r.List(); listed[0].ID != id {
		t.Errorf("it lost its place: %v", listed)
	}
	if err := r.Do(t.Context(), Start); err != nil {
		t.Fatal(err)
	}
	n := 0
	r.up.next(t).succeed()
	for _, e := range r.events("OnUploadEnd") {
		if e == "OnFileAdded:a" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("it was added %d times", n)
	}
}

// TestReferenceAndDropOfOneNameAfterRestart has a drop that came later than a file added by reference, which became
// ready later.
func TestReferenceAndDropOfOneNameAfterRestart(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte("elsewhere"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Add(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	r.state("a", list.Ready)
	drop := r.drop("a", "dropped content")
	r.state("a", list.Ready)
	if _, err := r.Add(t.Context(), path); err == nil {
		t.Error("a file was added under the name of a drop")
	}
	before := r.List()
	r.close()
	r = openRig(t, r.dir, func(o *Options) { o.Start = false })
	if after := r.List(); len(after) != len(before) || after[1].ID != drop || after[1].State != list.Ready {
		t.Errorf("before %v, after %v", before, after)
	}
	if info := r.state("a", list.Ready); info.ID != drop {
		t.Errorf("a is #%d", info.ID)
	}
}

// TestDropSurvivesARestartUnderTheNameOfAnUploadedOne renames a pending drop onto a name that was uploaded later than
// it became ready, and ends before it is ready again.
func TestDropSurvivesARestartUnderTheNameOfAnUploadedOne(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pending := r.drop("b", "content")
	r.up.next(t).fail(transfer.Final, "AccessDenied")
	r.state("b", list.Failure)
	r.drop("a", "content")
	r.up.next(t).succeed()
	r.state("a", list.Success)
	r.gone("a")
	r.mu.Lock()
	times := time.Unix(0, r.tree.get("a").modTime)
	r.mu.Unlock()
	r.rename("b", "a", 0)
	// The contents are alike to the last byte and the times, too: as like as can be to the copy that was to go.
	r.touch("a", times)
	r.close()
	r = openRig(t, r.dir)
	if info := r.state("a", list.Failure); info.ID != pending {
		t.Errorf("a is #%d", info.ID)
	}
	if _, err := os.Stat(r.path("a")); err != nil {
		t.Fatal("the file is gone")
	}
}

// asNobody runs the test once more, as an ordinary user.
func asNobody(t *testing.T) {
	t.Helper()
	const nobody = 65534
	home := t.TempDir()
	if err := os.Chmod(filepath.Dir(home), 0o755); err != nil { // the testing package makes it private
		t.Fatal(err)
	}
	if err := os.Chown(home, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(home, "queue.test") // the go command keeps it where only root can get at it
	if err := copyFile(os.Args[0], program); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "-test.v", "-test.run=^"+t.Name()+"$")
	c.Dir, c.Env = home, append(os.Environ(), "TMPDIR="+home, "HOME="+home)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestUnreadableFolderCostsNothing(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 { // who reads every folder
		asNobody(t)
		return
	}
	r := newRig(t, func(o *Options) { o.Start = false })
	r.drop("d/a", "content")
	r.state("d/a", list.Ready)
	r.close()
	if err := os.Chmod(r.path("d"), 0); err != nil {
		t.Fatal(err)
	}
	r = openRig(t, r.dir, func(o *Options) { o.Start = false })
	r.state("d/a", list.Ready)
	if err := os.Chmod(r.path("d"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestSealerPassesOverWhatWasOvertaken fills whole batches with drops that are none any more.
func TestSealerPassesOverWhatWasOvertaken(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Settle = 1e12 })
	r.mu.Lock()
	for range 3 * seal.BatchMost {
		e := r.newLocked("gone")
		e.seal = newSealing(e)
		r.sealer.Add(e.seal)
		r.forgetLocked(e)
	}
	r.mu.Unlock()
	id := r.drop("a", "content")
	if err := r.DoFile(t.Context(), Flush, id); err != nil {
		t.Fatal(err)
	}
	r.up.next(t).succeed()
	r.state("a", list.Success)
}
