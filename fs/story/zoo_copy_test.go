package story

import "testing"

// copyClients write a file once.
var copyClients = []client{
	{name: "cp", script: `cp $SRC/a.bin $SRC/big.bin $IN/`, want: "a.bin big.bin"},
	{name: "cp-p", script: `cp -p $SRC/a.bin $IN/`, want: "a.bin"},
	{name: "cp-r", script: `cp -r $SRC/tree $IN/`, want: "tree/"},
	{name: "cp-a", script: `cp -a $SRC/tree $SRC/a.bin $IN/`, want: "tree/ a.bin"},
	// The key has 1020 bytes, and rsync's temporary name 8 more.
	{name: "rsync-long", needs: "rsync",
		script: `name() { printf 'n%.0s' $(seq $1); }; p=long/$(name 240)/$(name 240)/$(name 240)/$(name 80)
		mkdir -p $p; cp $SRC/b.bin $p/$(name 200); rsync -a long $IN/`, want: "long/"},
	{name: "cp-sparse", script: `cp --sparse=always $SRC/hole.bin $IN/; cp --sparse=never $SRC/hole.bin $IN/full.bin`,
		want: "hole.bin full.bin=hole.bin"},
	{name: "cp-holes-only", script: `truncate -s 3M none.bin; cp none.bin $IN/`, want: "none.bin"},
	{name: "cp-reflink", script: `cp --reflink=auto $SRC/a.bin $IN/`, want: "a.bin"},
	{name: "cp-inside", script: `cp $SRC/a.bin $IN/.held; cp $IN/.held $IN/a.bin`, want: "a.bin"},
	{name: "cp-parallel",
		script: `for i in 1 2 3 4 5 6 7 8; do cp $SRC/b.bin $IN/$i & p="${p:-} $!"; done; for i in $p; do wait $i; done`,
		want:   "1=b.bin 2=b.bin 3=b.bin 4=b.bin 5=b.bin 6=b.bin 7=b.bin 8=b.bin"},
	{name: "mv", script: `cp -p $SRC/a.bin mine; mv mine $IN/a.bin; test ! -e mine`, want: "a.bin"},
	{name: "mv-folder", script: `cp -a $SRC/tree mine; mv mine $IN/; test ! -e mine`, want: "mine/=tree/"},
	{name: "install", script: `install -m 640 -D $SRC/a.bin $IN/new/a.bin`, want: "new/a.bin=a.bin"},
	{name: "dd", script: `dd if=$SRC/a.bin of=$IN/a.bin bs=64k status=none`, want: "a.bin"},
	{name: "dd-direct", script: `dd if=$SRC/a.bin of=$IN/a.bin bs=1M oflag=direct status=none`, want: "a.bin"},
	{name: "dd-fsync", script: `dd if=$SRC/a.bin of=$IN/a.bin bs=1M conv=fsync status=none`, want: "a.bin"},
	{name: "dd-sync", script: `dd if=$SRC/b.bin of=$IN/b.bin bs=1M oflag=dsync status=none`, want: "b.bin"},
	{name: "redirect", script: `cat $SRC/a.bin > $IN/a.bin; seq 1 2000 > $IN/notes.txt`, want: "a.bin notes.txt"},
	{name: "redirect-commands", script: `(head -c 1000 $SRC/a.bin; sleep 0.5; tail -c +1001 $SRC/a.bin) > $IN/a.bin`,
		want: "a.bin"},
	{name: "slow-writer",
		script: `for i in 1 2 3 4; do echo $i; sleep 0.3; done > $IN/slow; printf '1\n2\n3\n4\n' > slow`, want: "slow"},
	{name: "tee", script: `cat $SRC/a.bin | tee $IN/a.bin $IN/too.bin > mine; cmp mine $SRC/a.bin`,
		want: "a.bin too.bin=a.bin"},
	{name: "truncate", script: `truncate -s 1234567 $IN/x.bin; truncate -s 1234567 x.bin`, want: "x.bin"},
	{name: "touch", script: `touch $IN/nothing; : > nothing`, want: "nothing"},
	{name: "fallocate", script: `fallocate -l 2M $IN/x.bin; truncate -s 2M x.bin`, want: "x.bin"},
	{name: "split", script: `split -b 1M $SRC/a.bin $IN/piece.; split -b 1M $SRC/a.bin piece.`,
		want: "piece.aa piece.ab piece.ac"},
	{name: "python-copy2", needs: "python3",
		script: `$PROGRAM -c 'import shutil, sys; shutil.copy2(sys.argv[1], sys.argv[2])' $SRC/a.bin $IN/a.bin`,
		want:   "a.bin"},
	{name: "python-copytree", needs: "python3",
		script: `$PROGRAM -c 'import shutil, sys; shutil.copytree(sys.argv[1], sys.argv[2])' $SRC/tree $IN/tree`,
		want:   "tree/"},
	{name: "python-move", needs: "python3", script: `cp $SRC/a.bin mine
		$PROGRAM -c 'import shutil, sys; shutil.move(sys.argv[1], sys.argv[2])' mine $IN/a.bin; test ! -e mine`, want: "a.bin"},
	{name: "python-mmap", needs: "python3", script: `$PROGRAM -c '
import mmap, sys
data = open(sys.argv[1], "rb").read()
f = open(sys.argv[2], "w+b")
f.truncate(len(data))
m = mmap.mmap(f.fileno(), len(data))
f.close()
m[:] = data
m.close()' $SRC/a.bin $IN/a.bin`, want: "a.bin"},
	{name: "python-replace", needs: "python3", script: `$PROGRAM -c '
import os, sys, tempfile
with tempfile.NamedTemporaryFile(dir=os.path.dirname(sys.argv[2]), prefix=".", delete=False) as f:
    f.write(open(sys.argv[1], "rb").read())
    f.flush()
    os.fsync(f.fileno())
os.rename(f.name, sys.argv[2])' $SRC/a.bin $IN/a.bin`, want: "a.bin"},
}

// patientCopyClients come back to a file that they had closed, or to one of another program.
var patientCopyClients = []client{
	{name: "append",
		script: `cat $SRC/a.bin > $IN/x; cat $SRC/b.bin >> $IN/x; echo end >> $IN/x; cat $SRC/a.bin $SRC/b.bin > x; echo end >> x`,
		want:   "x"},
	{name: "tee-a", script: `for i in 1 2 3 4 5; do echo $i | tee -a $IN/log >> log; done`, want: "log"},
	{name: "truncate-dd",
		script: `truncate -s 3000001 $IN/a.bin; dd if=$SRC/a.bin of=$IN/a.bin bs=1M conv=notrunc status=none`,
		want:   "a.bin"},
	{name: "fallocate-dd",
		script: `fallocate -l 3000001 $IN/a.bin; dd if=$SRC/a.bin of=$IN/a.bin bs=1M conv=notrunc status=none
		fallocate -p -o 4096 -l 8192 $IN/a.bin; cp $SRC/a.bin a.bin; fallocate -p -o 4096 -l 8192 a.bin`, want: "a.bin"},
	{name: "rename-chain",
		script: `cp $SRC/a.bin $IN/one.part; mv $IN/one.part $IN/two; mkdir $IN/d; mv $IN/two $IN/d/; mv $IN/d $IN/e`,
		want:   "e/two=a.bin"},
	{name: "exchange", needs: "python3", script: `$PROGRAM -c '
import ctypes, os, shutil, sys
a, b, x, y = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
shutil.copy(a, x)
shutil.copy(b, y)
if libc.renameat2(-100, os.fsencode(x), -100, os.fsencode(y), 2) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))' $SRC/a.bin $SRC/b.bin $IN/x $IN/y`, want: "x=b.bin y=a.bin"},
	{name: "hard-link", script: `cp $SRC/a.bin $IN/x; ln $IN/x $IN/y`, want: "x=a.bin y=a.bin"},
	{name: "two-cp", script: `: > $IN/x # else one may find that the other has just made it
		for i in 1 2 3; do cp $SRC/a.bin $IN/x & a=$!; cp $SRC/b.bin $IN/x & b=$!; wait $a; wait $b; done; cat $IN/x > x`, want: "x"},
	{name: "two-rsync", needs: "rsync", script: `cp $SRC/a.bin 1; cp $SRC/b.bin 2; mkdir -p p q; mv 1 p/x; mv 2 q/x
		rsync p/x $IN/ & a=$!; rsync q/x $IN/ & b=$!; wait $a; wait $b; cat $IN/x > x`, want: "x"},
	{name: "cp-over-receiving", script: `cp $SRC/a.bin $IN/x; cp $SRC/big.bin $IN/x; cp $SRC/b.bin $IN/x`,
		want: "x=b.bin"},
	{name: "cp-force-over-receiving", script: `cp $SRC/a.bin $IN/x; cp --remove-destination $SRC/b.bin $IN/x`,
		want: "x=b.bin"},
	{name: "rsync-over-receiving", needs: "rsync", script: `cp $SRC/a.bin $IN/b.bin; rsync -a $SRC/b.bin $IN/`,
		want: "b.bin"},
	{name: "rsync-append", needs: "rsync",
		script: `head -c 1000000 $SRC/a.bin > $IN/a.bin; rsync --append-verify $SRC/a.bin $IN/`, want: "a.bin"},
}

// finishedClients drop a name again after it was uploaded.
var finishedClients = []client{
	{name: "cp-over-finished",
		script: `cp $SRC/a.bin $IN/x; echo wait cp-over-finished/x > $MNT/control; cp $SRC/b.bin $IN/x`,
		want:   "x=b.bin", made: 2},
	{name: "rsync-over-finished", needs: "rsync",
		script: `cp $SRC/a.bin $IN/b.bin; echo wait rsync-over-finished/b.bin > $MNT/control
		rsync -a $SRC/b.bin $IN/`, want: "b.bin", made: 2},
}

// againClients do all they did a second time, to no effect: the copies are kept.
var againClients = []client{
	{name: "cp-u", script: `for i in 1 2; do cp -u -p $SRC/a.bin $SRC/big.bin $IN/; echo wait > $MNT/control; done`,
		want: "a.bin big.bin"},
	{name: "rsync-a", needs: "rsync",
		script: `for i in 1 2; do rsync -a $SRC/tree $IN/; echo wait > $MNT/control; done`, want: "tree/"},
}

func TestZooCopy(t *testing.T)        { t.Parallel(); zoo(t, copyClients, hasty) }
func TestZooCopyPatient(t *testing.T) { t.Parallel(); zoo(t, patientCopyClients, patient) }
func TestZooFinished(t *testing.T)    { t.Parallel(); zoo(t, finishedClients, hasty) }
func TestZooFinishedKept(t *testing.T) {
	t.Parallel()
	zoo(t, finishedClients, hasty, "INBOXFS_INBOX_AFTER_UPLOAD=keep")
}
func TestZooAgain(t *testing.T) {
	t.Parallel()
	zoo(t, againClients, hasty, "INBOXFS_INBOX_AFTER_UPLOAD=keep")
}

// TestZooOverPending drops names again that are ready, but whose upload has not begun.
func TestZooOverPending(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_START=false")
	needPrograms(t, "rsync")
	s.sh(sources)
	s.sh(`cp src/a.bin $MNT/inbox/x; cp src/a.bin $MNT/inbox/b.bin`)
	s.until("both are ready", func() bool { return s.count("OnFileAdded") == 2 })
	s.sh(`cp src/b.bin $MNT/inbox/x; rsync -a src/b.bin $MNT/inbox/`)
	s.until("both are ready again", func() bool { return s.count("OnFileAdded") == 4 })
	s.sh(`echo start > $MNT/control; echo wait > $MNT/control`)
	s.arrived("x", s.dir+"/src/b.bin")
	s.arrived("b.bin", s.dir+"/src/b.bin")
	for key, n := range creations(s) {
		if n != 1 {
			t.Errorf("%s was made %d times", key, n)
		}
	}
}
