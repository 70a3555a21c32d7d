package hint

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Way is how a shell reaches a mount: by the absolute path where it is; "" is the only one.
type Way struct{ Mount string }

// Do is the command that has the mount carry out a verb; word is for which file (see Word), "" for none.
func (w Way) Do(verb, word string) string {
	command := Program() + " control "
	if w.Mount != "" {
		command += "--mount " + Shell(w.Mount) + " "
	}
	return strings.TrimRight(command+verb+" "+word, " ")
}

// Word is how a command names a file: by its name, or, where newest is false or the name holds what a terminal, a
// shell's line or a verb takes for something else, by its number.
func Word(name string, id uint64, newest bool) string {
	if !newest || !typed(name) {
		return "'#" + strconv.FormatUint(id, 10) + "'"
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// typed reports whether a name stands for itself, wherever it is pasted.
func typed(name string) bool {
	if name == "" || strings.ContainsRune("\"#-", rune(name[0])) || strings.TrimSpace(name) != name ||
		!utf8.ValidString(name) {
		return false
	}
	for _, r := range name {
		if !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}

// Program is this program as a shell finds it: by its name where that is it, or else by its path.
var Program = sync.OnceValue(func() string {
	const name = "inboxfs"
	path, err := os.Executable()
	if err != nil || filepath.Base(path) != name { // a test
		return name
	}
	if found, err := exec.LookPath(name); err == nil && same(found, path) {
		return name
	}
	return Shell(path)
})

// same reports whether two paths lead to one file.
func same(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// Plain is a hint that may have been stored by an earlier version: those told to write verbs, without saying where or
// for which file.
func Plain(hint string) string { return former.Replace(hint) }

var former = strings.NewReplacer(
	"credentials: write resumeUploadWithToken ID SECRET TOKEN to control", "credentials by resumeUploadWithToken",
	"write setUploadAuthAndAddress AUTH ADDRESS VIDEOID NAME to control", "say it by setUploadAuthAndAddress",
	"write resumeUploadWithAuth AUTH NAME to control", "give it a new one by resumeUploadWithAuth",
	"write setUploadAuthAndAddress with the VideoId", "give the VideoId by setUploadAuthAndAddress",
	"write addFile with the path that it leads to", "give addFile the path that it leads to",
	"write release", "release it", ", or write deleteFile", ", or delete it", "or deleteFile", "or delete it",
	"so deleteFile this one", "so delete this one", "deleteFile the playlist", "delete the playlist")
