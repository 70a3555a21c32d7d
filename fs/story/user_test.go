package story

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// nobody is the ordinary user for whom root tells the stories once more.
const nobody = 65534

func TestAsOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		return // all stories are told as an ordinary user already
	}
	if _, err := exec.LookPath("fusermount3"); err != nil {
		t.Skip("THESE STORIES ARE NOT TOLD: fusermount3 is missing; install fuse3")
	}
	if info, err := os.Stat("/dev/fuse"); err != nil || info.Mode().Perm()&0o006 != 0o006 {
		t.Skipf("THESE STORIES ARE NOT TOLD: /dev/fuse is not open to ordinary users (%v)", err)
	}
	home := t.TempDir()
	if err := os.Chmod(filepath.Dir(home), 0o755); err != nil { // the testing package makes it private
		t.Fatal(err)
	}
	if err := os.Chown(home, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	tests := filepath.Join(home, "story.test")
	if err := copyFile(os.Args[0], tests); err != nil { // the go command keeps it where only root can get at it
		t.Fatal(err)
	}
	c := exec.Command(tests,
		"-test.run=^Test(Demo|FirstSession|PauseAndResume|KillAndMount|BadInput|NoSecret|Attributes|CopiesThatFail|Link|LinkThatLeadsNowhere|LinkIsHandled|LinkSurvives|LinkToADiskThatHangs|AddFileRefuses|RecipeCard|RecipeCards|RecipeScript|RecipeDrain|RecipeRecording|KeepSendsNothingAgain|Aside|OldSpool|CheckBesideADaemon|CheckTheMachine|CheckTheDisk)$")
	c.Dir = home
	c.Env = append(os.Environ(), "TMPDIR="+home, "HOME="+home, "STORY_PROGRAM="+program)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
