package story

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
)

// sshClients come through the sshd that TestZooSSH starts; ssh_config says where it is.
var sshClients = []client{
	{name: "scp", needs: "scp sshd sftp-server", script: `scp -q -F $SSH $SRC/a.bin $SRC/big.bin zoo:$IN/`,
		want: "a.bin big.bin"},
	{name: "scp-p", needs: "scp sshd sftp-server", script: `scp -q -p -F $SSH $SRC/a.bin zoo:$IN/`, want: "a.bin"},
	{name: "scp-r", needs: "scp sshd sftp-server", script: `scp -q -r -F $SSH $SRC/tree zoo:$IN/`, want: "tree/"},
	{name: "scp-O", needs: "scp sshd", script: `scp -q -O -p -r -F $SSH $SRC/tree $SRC/a.bin zoo:$IN/`,
		want: "tree/ a.bin"},
	{name: "sftp", needs: "sftp sshd sftp-server",
		script: `printf "put $SRC/big.bin $IN/\nput -p $SRC/a.bin $IN/\n" | sftp -q -F $SSH -b - zoo > said`,
		want:   "a.bin big.bin"},
	{name: "sftp-rename", needs: "sftp sshd sftp-server",
		script: `printf "put $SRC/a.bin $IN/x.part\nrename $IN/x.part $IN/x\n" | sftp -q -F $SSH -b - zoo > said`,
		want:   "x=a.bin"},
	{name: "ssh-cat", needs: "ssh sshd", script: `ssh -F $SSH zoo "cat > $IN/a.bin" < $SRC/a.bin`, want: "a.bin"},
	{name: "ssh-tar", needs: "ssh sshd", script: `tar c -C $SRC tree | ssh -F $SSH zoo "tar x -C $IN"`, want: "tree/"},
	{name: "ssh-rsync", needs: "rsync ssh sshd", script: `rsync -a -z -e "ssh -F $SSH" $SRC/tree $SRC/a.bin zoo:$IN/`,
		want: "tree/ a.bin"},
}

func TestZooSSH(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	startSSHD(t, dir)
	zoo(t, sshClients, hasty, relayed, "SSH="+dir+"/ssh_config")
}

// startSSHD listens on a loopback port and gives each connection to an sshd of its own, as inetd would.
func startSSHD(t *testing.T, dir string) {
	t.Helper()
	sshd := needPrograms(t, "sshd ssh ssh-keygen sftp-server")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile("(?m)^" + regexp.QuoteMeta(me.Username) + ":.*/(nologin|false)$").Match(passwd) {
		t.Skipf("THESE CLIENTS ARE NOT TRIED: sshd does not let %s in, who has no shell", me.Username)
	}
	if os.Geteuid() == 0 { // sshd locks itself up there; at boot the service makes it
		if err := os.Mkdir("/run/sshd", 0o755); err == nil {
			t.Cleanup(func() {
				if err := os.Remove("/run/sshd"); err != nil {
					t.Error(err)
				}
			})
		} else if !errors.Is(err, fs.ErrExist) {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"host", "user"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
			filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	port := listener.Addr().(*net.TCPAddr).Port
	for name, text := range map[string]string{
		"sshd_config": fmt.Sprintf("HostKey %s/host\nAuthorizedKeysFile %s/user.pub\nStrictModes no\nUsePAM "+
			"no\nPermitRootLogin yes\n"+
			"PasswordAuthentication no\nPidFile none\nSubsystem sftp %s\n", dir, dir, lookPath("sftp-server")),
		"ssh_config": fmt.Sprintf("Host zoo\nHostName 127.0.0.1\nPort %d\nUser %s\nIdentityFile "+
			"%s/user\nIdentitiesOnly yes\nBatchMode yes\n"+
			"StrictHostKeyChecking no\nUserKnownHostsFile %s/known\nLogLevel ERROR\n", port, me.Username, dir, dir),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
		serving.Wait()
	})
	var said syncBuffer
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("sshd: %s", clip(said.String()))
		}
	})
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			serving.Go(func() {
				if err := serveSSH(ctx, sshd, dir, conn.(*net.TCPConn), &said); err != nil && ctx.Err() == nil {
					fmt.Fprintln(&said, err)
				}
			})
		}
	})
}

func serveSSH(ctx context.Context, sshd, dir string, conn *net.TCPConn, said *syncBuffer) error {
	file, err := conn.File()
	if err := errors.Join(err, conn.Close()); err != nil {
		return err
	}
	defer file.Close()
	c := exec.CommandContext(ctx, sshd, "-i", "-e", "-f", filepath.Join(dir, "sshd_config"))
	c.Stdin, c.Stdout, c.Stderr = file, file, said
	return c.Run()
}
