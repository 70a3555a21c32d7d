package story

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
)

// card is a folder like a camera's card with these files, of which none has another's content.
func (s *story) card(dir string, names ...string) {
	s.t.Helper()
	for _, name := range names {
		path := filepath.Join(s.dir, dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(dir+" "+name), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
}

// cardObjects are the contents of what is in the bucket, by their names below the folder of a card.
func (s *story) cardObjects(folder string) map[string]string {
	s.t.Helper()
	got := make(map[string]string)
	root := filepath.Join(s.dir, "objects", bucket, folder)
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		got[strings.TrimPrefix(path, root+"/")] = string(content)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// TestRecipeCard empties camera cards, with names that are to lead the script astray; one file fails at first.
func TestRecipeCard(t *testing.T) {
	t.Parallel()
	needPrograms(t, "rsync findmnt")
	s := begin(t, "INBOXFS_INBOX_AFTER_UPLOAD=keep", "INBOXFS_UPLOAD_OVERWRITE=forbid", "INBOXFS_INBOX_SETTLE=500ms")
	s.script("ingest", "## A camera card")
	names := []string{"MISC/INDEX.DAT", "DCIM/100CANON/MVI_0001.MOV", "DCIM/100CANON/MVI_0002.MOV",
		"DCIM/100CANON/IMG 0001.JPG"}
	for i, name := range append(slices.Clone(hostile), "*", strings.Repeat("n", 251)+".MOV") {
		names = append(names, []string{"", "DCIM/", "DCIM/ trailing /"}[i%3]+name)
	}
	s.card("EOS_DIGITAL", append(names, ".Trashes/x", "DCIM/Thumbs.db", "desktop.ini", "DCIM/._MVI_0001.MOV")...)
	s.sh("echo secret > private; ln -s $PWD/private EOS_DIGITAL/link.mov; chmod 755 .")
	refused := s.server.AddFault(ossdev.Fault{Key: "*/DCIM/100CANON/MVI_0002.MOV", Code: "AccessDenied"})
	out := s.fails("./ingest EOS_DIGITAL mnt")
	if !strings.Contains(out, "not safe: ") || !strings.Contains(out, "MVI_0002.MOV says why") ||
		strings.Contains(out, "may be wiped") {
		t.Errorf("with a file that failed it says: %s", out)
	}
	refused.Remove()
	if out := s.sh("./ingest EOS_DIGITAL mnt"); !strings.Contains(out, "EOS_DIGITAL may be wiped") {
		t.Errorf("in the end it says: %s", out)
	}
	folder := s.sh("cd mnt/inbox; echo *")
	got := s.cardObjects(folder)
	for _, name := range names {
		if got[name] != "EOS_DIGITAL "+name {
			t.Errorf("%q is %q in the bucket", name, got[name])
		}
	}
	if len(got) != len(names) || len(creations(s)) != len(names) {
		t.Errorf("in the bucket is also something else: %q", slices.Sorted(maps.Keys(got)))
	}
	s.sh("printf X | dd of=EOS_DIGITAL/MISC/INDEX.DAT bs=1 conv=notrunc status=none; " +
		"touch -r mnt/inbox/*/MISC/INDEX.DAT EOS_DIGITAL/MISC/INDEX.DAT")
	s.sh("./ingest EOS_DIGITAL mnt")
	if second := s.cardObjects(folder + "-1")["MISC/INDEX.DAT"]; !strings.HasPrefix(second, "XOS") {
		t.Errorf("what the card has now is %q in the bucket", second)
	}
	if first := s.cardObjects(folder)["MISC/INDEX.DAT"]; first != got["MISC/INDEX.DAT"] {
		t.Errorf("what it had is %q now", first)
	}
	if out := s.sh("find . -name owned -o -path '*/objects/*' -name '*link*'"); out != "" {
		t.Errorf("there is %s", out)
	}
}

// TestRecipeCards has cards with the same label and the same names, one with a file that is never uploaded, and one
// that is used again after its copies were removed. No object is another's.
func TestRecipeCards(t *testing.T) {
	t.Parallel()
	needPrograms(t, "rsync findmnt")
	s := begin(t, "INBOXFS_INBOX_AFTER_UPLOAD=keep", "INBOXFS_UPLOAD_OVERWRITE=forbid", "INBOXFS_INBOX_SETTLE=500ms")
	s.script("ingest", "## A camera card")
	s.card("one/EOS", "IMG_0001.JPG", "IMG_0002.JPG")
	s.card("two/EOS", "IMG_0001.JPG", "notes.txt~")
	s.sh("./ingest one/EOS mnt; ./ingest one/EOS mnt")
	if out := s.fails("./ingest two/EOS mnt"); !strings.Contains(out, "notes.txt~ says why") ||
		strings.Contains(out, "wiped") {
		t.Errorf("with a temporary name it says: %s", out)
	}
	s.sh("mv two/EOS/notes.txt~ two/EOS/notes.txt; ./ingest two/EOS mnt; rm -r mnt/inbox/*")
	if os.Geteuid() != 0 { // whom nothing is closed to
		s.sh("mkdir -p one/EOS/closed; chmod 000 one/EOS/closed")
		if out := s.fails("./ingest one/EOS mnt"); strings.Contains(out, "wiped") {
			t.Errorf("with a folder that cannot be read it says: %s", out)
		}
		s.sh("rmdir one/EOS/closed")
	}
	s.card("one/EOS", "again/IMG_0001.JPG")
	s.sh("mv one/EOS/again/IMG_0001.JPG one/EOS; ./ingest $PWD/one/EOS $MNT")
	want := []string{"one/EOS IMG_0001.JPG", "one/EOS IMG_0002.JPG", "one/EOS IMG_0002.JPG",
		"one/EOS again/IMG_0001.JPG",
		"two/EOS IMG_0001.JPG", "two/EOS notes.txt~"}
	got := slices.Sorted(maps.Values(s.cardObjects("")))
	if !slices.Equal(got, want) {
		t.Errorf("in the bucket are %q", got)
	}
}
