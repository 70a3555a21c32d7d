package story

import "path/filepath"

// drops is all that happens on the disk while it is recorded.
func (w *witness) drops() {
	w.s.t.Helper()
	w.wait()
	w.change()
	w.upload()
	w.end()
}

// wait has programs drop files in every way that gets data to a disk, with the queue stopped, so that all wait there.
func (w *witness) wait() {
	s := w.s
	s.t.Helper()
	helper, err := filepath.Abs("testdata/fsync.py")
	if err != nil {
		s.t.Fatal(err)
	}
	s.sh("mkdir $DISK/outside rs")

	// Nothing is synced by who writes: ready is what counts.
	w.sh("cp " + w.source("a.bin", 150_000) + " $MNT/inbox/")
	w.await("a.bin")
	for _, name := range []string{"tree/1.bin", "tree/sub/2.bin", "tree/sub/3.bin"} {
		w.source(name, 30_000)
	}
	w.sh("cp -r $SRC/0/tree $MNT/inbox/")
	w.await("tree/1.bin", "tree/sub/2.bin", "tree/sub/3.bin")
	w.sh("cp " + w.source("moved.bin", 300_000) + " rs/moved.bin && mv rs/moved.bin $MNT/inbox/")
	w.source("rs/5.bin", 70_000)
	w.source("rs/6.bin", 5_000)
	w.sh("rsync -a $SRC/0/rs $MNT/inbox/")
	w.sh("python3 " + helper + " mmap-only " + w.source("mmap-only.bin", 200_000) + " mmap-only.bin")
	w.sh("dd status=none oflag=direct bs=64k if=" + w.source("dd.bin", 65536*3) + " of=$MNT/inbox/dd.bin")
	w.await("moved.bin", "rs/5.bin", "rs/6.bin", "mmap-only.bin", "dd.bin")

	// Who writes syncs, and that counts at once.
	for _, how := range []string{"fsync", "fdatasync", "direct", "mmap", "rename"} {
		w.sh("python3 " + helper + " " + how + " " + w.source(how+".bin", 90_000) + " " + how + ".bin")
	}
	w.await("fsync.bin", "fdatasync.bin", "direct.bin", "mmap.bin", "rename.bin")

	// Links and files elsewhere.
	w.sh("cp " + w.source("ref.bin", 80_000) + " $DISK/outside/ && ln -s $DISK/outside/ref.bin $MNT/inbox/ref.bin")
	w.await("ref.bin")
	w.sh("cp " + w.source("add.bin", 80_000) + " $DISK/outside/ && echo addFile $DISK/outside/add.bin > $MNT/control")
	w.await("add.bin")
}

// change gives what waits already other names, and another content in its place.
func (w *witness) change() {
	s := w.s
	s.t.Helper()
	w.rename("tree", "forest", "/1.bin", "/sub/2.bin", "/sub/3.bin")
	w.rename("a.bin", "b.bin", "")
	w.revoke("dd.bin")
	w.sh("dd status=none conv=notrunc bs=64k if=" + w.source("dd.bin", 65536*3) + " of=$MNT/inbox/dd.bin")
	w.ready("dd.bin")
	w.rename("forest", "wood", "/1.bin", "/sub/2.bin", "/sub/3.bin")
	w.sh("touch -d 2020-02-02 $MNT/inbox/moved.bin; chmod 600 $MNT/inbox/rs/5.bin")

	w.sh("cp " + w.source("no.bin", 20_000) + " $MNT/inbox/")
	w.await("no.bin")
	w.revoke("no.bin")
	w.sh("echo cancel no.bin > $MNT/control")
	w.add(promise{kind: promisedCanceled, names: []string{"no.bin"}, from: w.now()})
}

// upload lets all of it be uploaded, and more come while it is.
func (w *witness) upload() {
	s := w.s
	s.t.Helper()
	w.sh("echo start > $MNT/control; cp " + w.source("more.bin", 950_000) + " $MNT/inbox/; echo wait > $MNT/control")

	// An orderly end, and a second life, which ends while a file settles.
	s.stop()
	s.env = append(s.env, "INBOXFS_INBOX_SETTLE=500ms")
	s.mount()
	w.sh("cp " + w.source("late.bin", 350_000) + " $MNT/inbox/")
	w.await("late.bin")
	w.sh("echo start > $MNT/control; echo wait > $MNT/control")
}

// end has the event log rotated before what is in it had to be synced, then comes an orderly end while a file settles,
// and then a journal that is damaged.
func (w *witness) end() {
	s := w.s
	s.t.Helper()
	w.sh("for i in $(seq 700); do ! echo bogus > $MNT/control; done 2>/dev/null")
	w.sh("cp " + w.source("end.bin", 130_000) + " $MNT/inbox/")
	s.stop()
	w.add(promise{kind: promisedKept, names: []string{"end.bin"}, from: w.now()})
	w.revokeAll()
	s.sh("head -c 100000 /dev/urandom | dd status=none conv=notrunc of=$DISK/spool/journal.db")
	s.mount()
	w.sh("cp " + w.source("last.bin", 40_000) + " $MNT/inbox/")
	w.await("last.bin")
}
