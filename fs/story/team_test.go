package story

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"inboxfs/control/manual"
	"inboxfs/queue/ossdev"
)

const team = 44 // the group video, which every Debian has

// TestTeam has a team use a mount that the unit of the package, a line of fstab, or the unit of one user makes, each
// with what the manual says. Its members drop files, go on with those of others and write verbs; nobody else gets in.
func TestTeam(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("THIS STORY IS NOT TOLD: only root can be a team")
	}
	page, _ := manual.Find("users")
	_, section, _ := strings.Cut(page.Source, "## A team")
	code := regexp.MustCompile(`(?m)^(    .*\n)+`).FindAllString(section, -1)
	if len(code) < 2 {
		t.Fatalf("the manual has %q", code)
	}
	config := strings.ReplaceAll(code[0], "    ", "")
	line := strings.Fields(code[1])
	ways := []struct {
		name  string
		owner int
		start func(s *story) string // a shell command that mounts and stays
	}{
		{"unit", 0, func(s *story) string { return s.unit("inboxfs@.service", config) }},
		{"unit of a user", nobody, func(s *story) string { return s.unit("inboxfs-user@.service", config) }},
		{"fstab", 0, func(s *story) string {
			s.write("up.toml", "")
			return fmt.Sprintf(`trap '%[1]s unmount %[3]s' TERM
				INBOXFS=%[1]s %[2]s up.toml %[3]s -o %[4]s
				while grep -q " %[3]s " /proc/mounts; do sleep 0.1; done`,
				program, packaged(s.t, "mount.inboxfs"), s.mnt, line[3])
		}},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			needFUSE(t)
			if conf, err := os.ReadFile("/etc/fuse.conf"); way.owner != 0 && (err != nil ||
				!regexp.MustCompile(`(?m)^user_allow_other$`).Match(conf)) {
				t.Skipf("THIS STORY IS NOT TOLD: add user_allow_other to /etc/fuse.conf (%v)", err)
			}
			s := prepareAt(t, ossdev.Options{})
			for dir := s.dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
				if err := os.Chmod(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			run := way.start(s)
			s.write("run", "#!/bin/bash\ncd "+s.dir+"\n"+run+"\n")
			s.sh(fmt.Sprintf("chmod 755 run; chown -R %d:%d .", way.owner, map[int]int{0: 0, nobody: team}[way.owner]))
			s.env = append(s.env, "PROGRAM="+filepath.Join(s.dir, "run"))
			s.mount()
			t.Cleanup(s.end)
			s.team()
		})
	}
}

// team is what the members of a team and others do.
func (s *story) team() {
	s.t.Helper()
	s.does(someone, "set -e; cd $MNT/inbox; umask 0002; mkdir day; echo one > day/a.mov; cp day/a.mov b.mov", team)
	s.does(other, "set -e; cd $MNT/inbox; echo two >> day/a.mov; mv b.mov day/c.mov; cat $MNT/list $MNT/queue > /dev/null",
		team)
	s.does(other, "echo start > $MNT/control; echo wait > $MNT/control", team)
	for key, want := range map[string]string{"day/a.mov": "one\ntwo\n", "day/c.mov": "one\n"} {
		path, _, ok := s.server.Object(bucket, key)
		if got, err := os.ReadFile(path); !ok || err != nil || string(got) != want {
			s.t.Errorf("%s has %q (%v)", key, got, err)
		}
	}
	for _, script := range []string{"ls $MNT/inbox", "echo x > $MNT/inbox/x", "echo pause > $MNT/control"} {
		if out, err := s.as(someone+1, script); err == nil || !strings.Contains(out, "Permission denied") {
			s.t.Errorf("a stranger's %s: %v %s", script, err, out)
		}
	}
	if out, err := s.as(other, "echo addFile /etc/hostname > $MNT/control", team); err == nil {
		s.t.Errorf("the team adds what the owner can read: %s", out)
	}
}

func (s *story) write(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// unit is the command of a unit of the package, in the folder of the story, as systemd would run it: with its rights,
// environment and umask, as root or nobody.
func (s *story) unit(name, config string) string {
	s.t.Helper()
	source, err := os.ReadFile(packaged(s.t, name))
	if err != nil {
		s.t.Fatal(err)
	}
	text := strings.NewReplacer("%h/inboxfs/%i", s.mnt, "/srv/inboxfs/%i", s.mnt, "%E/inboxfs", s.dir+"/etc",
		"/etc/inboxfs", s.dir+"/etc", "%h/inboxfs", s.dir, "%S/inboxfs/%i", s.dir+"/spool",
		"%h/.local/state/inboxfs/%i", s.dir+"/spool", "/usr/bin/inboxfs", program, "%i", "team").Replace(string(source))
	set := func(key string) string {
		m := regexp.MustCompile(`(?m)^` + key + `=(.*)$`).FindStringSubmatch(text)
		if m == nil {
			return ""
		}
		return m[1]
	}
	s.write("etc/team.toml", config)
	as := "setpriv"
	if caps := set("CapabilityBoundingSet"); caps != "" {
		as += " --bounding-set -all"
		for _, c := range strings.Fields(caps) {
			as += ",+" + strings.ToLower(strings.TrimPrefix(c, "CAP_"))
		}
	} else {
		as += fmt.Sprintf(" --reuid %d --regid %d --groups %d", nobody, team, team)
	}
	if set("NoNewPrivileges") == "yes" {
		as += " --no-new-privs"
	}
	return "umask " + set("UMask") + "; export " + set("Environment") + "; exec " + as + " " + set("ExecStart")
}
