package story

import "testing"

// desktopClients are what file managers are made of: gio has Nautilus's library, kioclient that of Dolphin.
var desktopClients = []client{
	{name: "gio-copy", needs: "gio", script: `gio copy $SRC/a.bin $SRC/big.bin $IN/`, want: "a.bin big.bin"},
	{name: "gio-copy-p", needs: "gio", script: `gio copy -p $SRC/a.bin $IN/`, want: "a.bin"},
	{name: "gio-move", needs: "gio", script: `cp $SRC/a.bin mine; gio move mine $IN/a.bin; test ! -e mine`,
		want: "a.bin"},
	{name: "gio-save", needs: "gio", script: `gio save $IN/a.bin < $SRC/a.bin`, want: "a.bin"},
	{name: "kio-copy", needs: "kioclient|kioclient5",
		script: `$PROGRAM --noninteractive copy $SRC/a.bin $IN/; $PROGRAM --noninteractive copy $SRC/tree $IN/`,
		want:   "a.bin tree/"},
	{name: "kio-move", needs: "kioclient|kioclient5",
		script: `cp $SRC/a.bin .; $PROGRAM --noninteractive move $WORK/a.bin $IN/; test ! -e a.bin`, want: "a.bin"},
}

// patientDesktopClients write over what is there.
var patientDesktopClients = []client{
	{name: "gio-copy-over", needs: "gio", script: `cp $SRC/a.bin $IN/x; gio copy $SRC/b.bin $IN/x`, want: "x=b.bin"},
	{name: "gio-copy-backup", needs: "gio", script: `cp $SRC/a.bin $IN/x; gio copy -b $SRC/b.bin $IN/x`,
		want: "x=b.bin"},
	{name: "gio-move-over", needs: "gio",
		script: `cp $SRC/a.bin $IN/x; cp $SRC/b.bin .; gio move b.bin $IN/x; test ! -e b.bin`, want: "x=b.bin"},
	{name: "gio-save-over", needs: "gio", script: `cp $SRC/a.bin $IN/x; gio save $IN/x < $SRC/b.bin`, want: "x=b.bin"},
	{name: "kio-copy-over", needs: "kioclient|kioclient5",
		script: `cp $SRC/a.bin $IN/x; $PROGRAM --noninteractive --overwrite copy $SRC/b.bin $IN/x`, want: "x=b.bin"},
}

func TestZooDesktop(t *testing.T)        { t.Parallel(); zoo(t, desktopClients, hasty) }
func TestZooDesktopPatient(t *testing.T) { t.Parallel(); zoo(t, patientDesktopClients, patient) }
