package story

import "testing"

// drop drops a text and keeps it open until go is called, so that a slow editor finds it still there.
const drop = `cp $SRC/notes.txt $IN/; mkfifo go; (exec 9>> $IN/notes.txt; read -r _ < go) & trap 'exec 8<> go; echo >&8' EXIT
(echo hello; cat $SRC/notes.txt) > notes.txt
`

// editorClients write a new text, and change one that was just dropped.
var editorClients = []client{
	{name: "vim-new", needs: "vim|vim.tiny python3",
		script: `echo hello > a.txt; python3 $KEYS $PROGRAM -u NONE -N $IN/a.txt << 'END'
see ~
type ihello\x1b:wq\r
END`, want: "a.txt"},
	{name: "vim", needs: "vim|vim.tiny python3", script: drop +
		`echo again >> notes.txt; python3 $KEYS $PROGRAM -u NONE -N $IN/notes.txt << 'END'
see 23
type ggOhello\x1b
see hello
run echo > go
type :w\r
see written
type Goagain\x1b:wq\r
END`, want: "notes.txt"},
	{name: "vim-backup", needs: "vim|vim.tiny", script: `sed s/7/seven/ $SRC/notes.txt > notes.txt
$PROGRAM -u NONE -N -es -c "silent !cp $SRC/notes.txt $IN/" -c "edit $IN/notes.txt" -c 'set backup backupcopy=no' -c '%s/7/seven/e' -c wq`,
		want: "notes.txt"},
	{name: "nano-new", needs: "nano python3", script: `echo hello > a.txt; python3 $KEYS $PROGRAM -I $IN/a.txt << 'END'
see New File
type hello
see hello
type \x0f
see Name to Write
type \r
see Wrote
type \x18
END`, want: "a.txt"},
	{name: "nano", needs: "nano python3", script: drop + `python3 $KEYS $PROGRAM -I $IN/notes.txt << 'END'
see Read 2000
type hello\r
see hello
run echo > go
type \x0f
see Name to Write
type \r
see Wrote
type \x18
END`, want: "notes.txt"},
	{name: "emacs-batch", needs: "emacs", script: `(echo hello; cat $SRC/notes.txt) > notes.txt
$PROGRAM -Q --batch --eval "(progn (copy-file \"$SRC/notes.txt\" \"$IN/notes.txt\") (find-file \"$IN/notes.txt\") (insert \"hello\n\") (save-buffer))"`,
		want: "notes.txt"},
	{name: "emacs", needs: "emacs python3", script: drop + `python3 $KEYS $PROGRAM -Q -nw $IN/notes.txt << 'END'
see notes.txt
type hello\r
see hello
run echo > go
type \x18\x13
see Wrote
type \x18\x03
END`, want: "notes.txt"},
	{name: "sed-i",
		script: `cp $SRC/notes.txt $IN/; sed -i s/7/seven/ $IN/notes.txt; sed s/7/seven/ $SRC/notes.txt > notes.txt`,
		want:   "notes.txt"},
	{name: "sort-o",
		script: `cp $SRC/notes.txt $IN/; sort -r -o $IN/notes.txt $IN/notes.txt; sort -r $SRC/notes.txt > notes.txt`,
		want:   "notes.txt"},
}

func TestZooEditor(t *testing.T) { t.Parallel(); zoo(t, editorClients, patient) }
