package story

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// smbClients come through the smbd that TestZooSMB starts; put runs commands of smbclient in $IN.
var smbClients = []client{
	{name: "put", needs: "smbclient", script: smb + `put "put $SRC/a.bin a.bin; put $SRC/big.bin big.bin"`,
		want: "a.bin big.bin"},
	{name: "put-rename", needs: "smbclient", script: smb + `put "put $SRC/a.bin x.part; rename x.part x"`,
		want: "x=a.bin"},
	{name: "mput", needs: "smbclient", script: smb + `put "lcd $SRC; recurse; prompt; mput tree"`, want: "tree/"},
	{name: "tar", needs: "smbclient", script: smb + `tar cf t.tar -C $SRC tree a.bin; cd $WORK; put "tar x t.tar"`,
		want: "tree/ a.bin"},
	{name: "put-over", needs: "smbclient", script: smb + `put "put $SRC/a.bin x; put $SRC/b.bin x"`, want: "x=b.bin"},
}

const smb = `put() { smbclient -N -s $SMB/smb.conf -p $SMB_PORT //127.0.0.1/inbox -D ${IN##*/} -c "$1" > said 2>&1 || { cat said; false; }
if grep NT_STATUS said; then false; fi; }
`

func TestZooSMB(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("THESE CLIENTS ARE NOT TRIED: smbd must be started by root")
	}
	smbd := needPrograms(t, "smbd smbclient")
	dir := t.TempDir()
	port := freePort(t)
	s := begin(t, hasty, relayed, "SMB="+dir, "SMB_PORT="+port)
	startSMBD(t, smbd, dir, port,
		fmt.Sprintf("[inbox]\npath = %s/inbox\nguest ok = yes\nguest only = yes\nread only = no\nforce user = root\n",
			s.mnt))
	s.until("smbd answers", func() bool {
		return exec.Command("smbclient", "-N", "-s", filepath.Join(dir, "smb.conf"), "-p", port, "//127.0.0.1/inbox",
			"-c", "ls").Run() == nil
	})
	s.zoo(t, smbClients)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// startSMBD shares what a stanza says; guests are the user root.
func startSMBD(t *testing.T, smbd, dir, port, stanza string) {
	t.Helper()
	conf := fmt.Sprintf(`[global]
server role = standalone server
workgroup = ZOO
interfaces = 127.0.0.1
bind interfaces only = yes
smb ports = %[2]s
disable netbios = yes
disable spoolss = yes
load printers = no
printing = bsd
printcap name = /dev/null
private dir = %[1]s/private
lock directory = %[1]s/lock
state directory = %[1]s/state
cache directory = %[1]s/cache
pid directory = %[1]s/pid
ncalrpc dir = %[1]s/rpc
log file = %[1]s/log
passdb backend = smbpasswd:%[1]s/private/passwd
map to guest = Bad User
guest account = root
server min protocol = SMB2
%[3]s`, dir, port, stanza)
	for _, sub := range []string{"private", "lock", "state", "cache", "pid", "rpc"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "smb.conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, smbd, "--foreground", "--no-process-group", "--debug-stdout", "-s",
		filepath.Join(dir, "smb.conf"))
	var said syncBuffer
	c.Stdout, c.Stderr = &said, &said
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it has children
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	c.WaitDelay = 5 * time.Second
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		err := c.Wait()
		if t.Failed() {
			t.Logf("smbd ended with %v: %s", err, clip(said.String()))
		}
	})
}
