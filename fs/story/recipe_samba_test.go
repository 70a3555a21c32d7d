package story

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecipeSamba has an ordinary user mount as the manual says, and shares that with its stanza, but for the names:
// the team is a group that every Debian has, of one user.
func TestRecipeSamba(t *testing.T) {
	t.Parallel()
	smbd := needPrograms(t, "smbd smbclient smbpasswd")
	for _, name := range []string{"games", "backup"} {
		if _, err := user.Lookup(name); err != nil {
			t.Skipf("THIS STORY IS NOT TOLD: %v", err)
		}
	}
	code := strings.NewReplacer("@video", "@games", `"video"`, `"games"`).Replace(recipe(t, "## A folder for a team"))
	config, stanza, ok := strings.Cut(code, "[upload]\n")
	if !ok {
		t.Fatalf("no share in\n%s", code)
	}
	for _, c := range []struct{ name, more, verbs string }{
		{"as written", "", "refused"},
		{"control for the team", "[control]\ngroup = \"games\"\nmode = \"0660\"\n", "taken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, port := t.TempDir(), freePort(t)
			file := filepath.Join(dir, "inboxfs.toml")
			if err := os.WriteFile(file, []byte(config+c.more), 0o644); err != nil {
				t.Fatal(err)
			}
			for up := dir; up != os.TempDir() && up != "/"; up = filepath.Dir(up) {
				if err := os.Chmod(up, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			s := beginShared(t, nobody, hasty, relayed, "SMB="+dir, "SMB_PORT="+port, "FLAGS=--config "+file,
				"INBOXFS_ALLOW_OTHER=")
			startSMBD(t, smbd, dir, port, "[upload]\n"+strings.ReplaceAll(stanza, "/mnt/upload", s.mnt))
			for _, name := range []string{"games", "backup"} {
				add := exec.Command("smbpasswd", "-c", filepath.Join(dir, "smb.conf"), "-s", "-a", name)
				add.Stdin = strings.NewReader("word\nword\n")
				if out, err := add.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
			}
			const share = "smbclient -s $SMB/smb.conf -p $SMB_PORT //127.0.0.1/upload -U "
			s.until("smbd answers", func() bool {
				_, err := s.try(share + "games%word -c ls")
				return err == nil
			})
			s.sh("head -c 9437189 /dev/urandom > a.mov; head -c 4096 /dev/urandom > ._a.mov; echo start > verb; " +
				share +
				"games%word -D inbox -c 'put a.mov; put ._a.mov; mkdir day; cd day; put a.mov b.mov; " +
				"rename b.mov c.mov' && " +
				share + "games%word -c 'get status.html; get aside' && grep -q a.mov aside")
			owner := "cd $MNT/inbox; stat -c '%U:%G %a' . day ._a.mov"
			if got := s.does(nobody, owner); got != "nobody:games 2770\ngames:games 2770\ngames:games 760" {
				t.Errorf("they belong to\n%s", got)
			}
			out, err := s.try(share + "games%word -c 'put verb control'")
			if said := map[bool]string{true: "taken", false: "refused"}[err == nil]; said != c.verbs {
				t.Errorf("a verb of the team is %s: %v, %s", said, err, out)
			}
			if out, err := s.as(5, "echo addFile /etc/hostname > $MNT/control", 60); err == nil {
				t.Errorf("the team adds any file that who mounted can read: %s", out)
			}
			if out, err := s.try(share + "backup%word -c ls"); err == nil {
				t.Errorf("others get in: %s", out)
			}
			s.does(nobody, "echo wait > $MNT/control")
			s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
			s.arrived("day/c.mov", filepath.Join(s.dir, "a.mov"))
			if made := creations(s); len(made) != 2 || made["a.mov"] != 1 || made["day/c.mov"] != 1 {
				t.Errorf("made are %v", made)
			}
		})
	}
}
