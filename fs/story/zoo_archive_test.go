package story

import "testing"

var archiveClients = []client{
	{name: "tar", script: `tar cf t.tar -C $SRC tree a.bin; tar xf t.tar -C $IN`, want: "tree/ a.bin"},
	{name: "tar-create", script: `make() { tar czf $1 -C $SRC tree a.bin; }; make t.tgz; make $IN/t.tgz`,
		want: "t.tgz"},
	{name: "tar-pipe", script: `tar cz -C $SRC tree | tar xz -C $IN`, want: "tree/"},
	{name: "bsdtar", needs: "bsdtar", script: `tar cf t.tar -C $SRC tree a.bin; bsdtar xf t.tar -C $IN`,
		want: "tree/ a.bin"},
	{name: "cpio", needs: "cpio",
		script: `(cd $SRC; find tree -print0 | cpio -o0 -H newc --quiet) > t.cpio; cd $IN; cpio -idm --quiet < $OLDPWD/t.cpio`,
		want:   "tree/"},
	{name: "unzip", needs: "unzip zip", script: `(cd $SRC; zip -qr $WORK/t.zip tree a.bin); unzip -q t.zip -d $IN`,
		want: "tree/ a.bin"},
	{name: "7z-x", needs: "7z|7zz",
		script: `(cd $SRC; $PROGRAM a -bso0 -bsp0 $WORK/t.7z tree a.bin); $PROGRAM x -bso0 -bsp0 -o$IN t.7z`,
		want:   "tree/ a.bin"},
	{name: "7z-a", needs: "7z|7zz",
		script: `cd $SRC; for to in $WORK $IN; do $PROGRAM a -mmt1 -mx1 -bso0 -bsp0 $to/t.7z tree a.bin; done`,
		want:   "t.7z"},
	{name: "gzip-c", script: `gzip -nc $SRC/notes.txt > $IN/notes.gz; gzip -nc $SRC/notes.txt > notes.gz`,
		want: "notes.gz"},
	{name: "rsync-a", needs: "rsync", script: `rsync -a $SRC/tree $SRC/big.bin $IN/`, want: "tree/ big.bin"},
	{name: "rsync-inplace", needs: "rsync", script: `rsync -a --inplace $SRC/tree $SRC/a.bin $IN/`,
		want: "tree/ a.bin"},
	{name: "rsync-partial", needs: "rsync", script: `rsync -a --partial $SRC/tree $SRC/a.bin $IN/`,
		want: "tree/ a.bin"},
	{name: "rsync-partial-dir", needs: "rsync",
		script: `rsync -a --partial-dir=.rsync-partial $SRC/tree $SRC/a.bin $IN/`, want: "tree/ a.bin"},
	{name: "rsync-delay-updates", needs: "rsync", script: `rsync -a --delay-updates $SRC/tree $SRC/a.bin $IN/`,
		want: "tree/ a.bin"},
	{name: "rsync-temp-dir", needs: "rsync", script: `mkdir t; rsync -a --temp-dir=$WORK/t $SRC/tree $SRC/a.bin $IN/`,
		want: "tree/ a.bin"},
	{name: "rsync-temp-dir-inside", needs: "rsync",
		script: `mkdir $IN/.t; rsync -a --temp-dir=$IN/.t $SRC/tree $SRC/a.bin $IN/`, want: "tree/ a.bin"},
	{name: "rsync-preallocate", needs: "rsync", script: `rsync -a --preallocate $SRC/a.bin $IN/`, want: "a.bin"},
	{name: "rsync-sparse", needs: "rsync", script: `rsync -aS $SRC/hole.bin $IN/`, want: "hole.bin"},
	{name: "rsync-move", needs: "rsync",
		script: `cp -a $SRC/tree mine; rsync -a --remove-source-files mine $IN/; test -z "$(find mine -type f)"`,
		want:   "mine/=tree/"},
	{name: "rclone-copy", needs: "rclone",
		script: `: > rclone.conf; $PROGRAM --config rclone.conf copy $SRC/tree $IN/tree`, want: "tree/"},
	{name: "rclone-move", needs: "rclone",
		script: `: > rclone.conf; cp $SRC/big.bin .; $PROGRAM --config rclone.conf moveto big.bin $IN/big.bin
		test ! -e big.bin; cp $SRC/big.bin .`, want: "big.bin"},
	{name: "git-clone", needs: "git",
		script: `export GIT_CONFIG_GLOBAL=/dev/null; cp -r $SRC/tree repo; cd repo; git init -q
		git add .; git -c user.name=u -c user.email=u@example.org commit -qm one; git clone -q . $IN/repo`, want: "repo/"},
}

// patientArchiveClients leave what they began for a moment under its final name.
var patientArchiveClients = []client{
	{name: "zip", needs: "zip", script: `cd $SRC; for to in $WORK $IN; do zip -qrX $to/t.zip tree a.bin; done`,
		want: "t.zip"},
	{name: "zip-more", needs: "zip",
		script: `cd $SRC; for to in $WORK $IN; do zip -qrX $to/t.zip tree; zip -qX $to/t.zip a.bin; done`,
		want:   "t.zip"},
	{name: "7z-more", needs: "7z|7zz",
		script: `cd $SRC; for to in $WORK $IN; do $PROGRAM a -mmt1 -mx1 -bso0 -bsp0 $to/t.7z tree
		$PROGRAM a -mmt1 -mx1 -bso0 -bsp0 $to/t.7z a.bin; done`, want: "t.7z"},
	{name: "tar-r", script: `cd $SRC; for to in $WORK $IN; do tar cf $to/t.tar tree; tar rf $to/t.tar a.bin; done`,
		want: "t.tar"},
	{name: "gzip", script: `cp -p $SRC/notes.txt .; cp -p notes.txt $IN/; gzip -n $IN/notes.txt; gzip -n notes.txt`,
		want: "notes.txt.gz"},
	{name: "sqlite3", needs: "sqlite3", script: `make() { sqlite3 $1 "create table t(a, b); create index i on t(b);"
		sqlite3 $1 "begin; with recursive n(x) as (select 1 union all select x+1 from n where x < 5000) insert into t select x, hex(x) from n; commit;
		delete from t where a % 3 = 0; vacuum;"; }; make $IN/t.db; make t.db`, want: "t.db"},
	{name: "sqlite3-wal", needs: "sqlite3",
		script: `make() { sqlite3 $1 "pragma journal_mode = wal; create table t(a, b);
		with recursive n(x) as (select 1 union all select x+1 from n where x < 5000) insert into t select x, hex(x) from n;"; }
		make $IN/t.db; make t.db`, want: "t.db"},
}

func TestZooArchive(t *testing.T)        { t.Parallel(); zoo(t, archiveClients, hasty) }
func TestZooArchivePatient(t *testing.T) { t.Parallel(); zoo(t, patientArchiveClients, patient) }
