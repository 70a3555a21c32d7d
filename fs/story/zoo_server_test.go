package story

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serve starts a program that serves until the test ends.
func (s *story) serve(program string, args ...string) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, program, args...)
	var said syncBuffer
	c.Dir, c.Env, c.Stdout, c.Stderr = s.dir, s.env, &said, &said
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it has children
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	c.WaitDelay = 5 * time.Second
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		cancel()
		if err := c.Wait(); s.t.Failed() {
			s.t.Logf("%s ended with %v: %s", program, err, clip(said.String()))
		}
	})
}

// TestZooServers has servers write what their clients send. Nobody can ask whether those had finished, so each file
// waits for as long as one of a relay: here until it is hurried on, while a file of cp is uploaded at once. What they
// write with a temporary name is uploaded by its final one only.
func TestZooServers(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("THESE SERVERS ARE NOT TRIED: they must be started by root")
	}
	needPrograms(t, "nginx rclone curl")
	for _, server := range []struct {
		name string
		run  func(s *story, port string)
	}{
		{"nginx", func(s *story, port string) {
			conf := fmt.Sprintf(`daemon off; user root; pid %[1]s/pid; error_log %[1]s/errors; worker_processes 1;
events {}
http { access_log off; client_max_body_size 0; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f;
uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
server { listen 127.0.0.1:%[2]s; location / { root %[3]s/inbox; dav_methods PUT MKCOL MOVE; create_full_put_path on; } } }
`, s.dir, port, s.mnt)
			if err := os.WriteFile(filepath.Join(s.dir, "nginx.conf"), []byte(conf), 0o600); err != nil {
				s.t.Fatal(err)
			}
			s.serve("nginx", "-e", filepath.Join(s.dir, "errors"), "-c", filepath.Join(s.dir, "nginx.conf"))
		}},
		{"rclone", func(s *story, port string) {
			s.serve("rclone", "serve", "webdav", "--addr", "127.0.0.1:"+port, s.mnt+"/inbox")
		}},
		{"named in the configuration", func(s *story, port string) {
			s.sh("cp $(readlink -f /usr/bin/python3) mydaemon")
			code := `import http.server, sys
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def do_PUT(self):
        with open(sys.argv[2] + self.path, "wb") as f:
            f.write(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(201); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), H).serve_forever()`
			s.serve(filepath.Join(s.dir, "mydaemon"), "-c", code, port, s.mnt+"/inbox")
		}},
	} {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			s := begin(t, "INBOXFS_INBOX_RELAY_SETTLE=1h", "PORT="+port, `INBOXFS_INBOX_RELAYS=["mydaemon"]`)
			server.run(s, port)
			s.until("it answers", func() bool {
				return exec.Command("curl", "-s", "http://127.0.0.1:"+port+
					"/").Run() == nil
			})
			s.sh("head -c 3000001 /dev/urandom > a.mov; curl -sSf -T a.mov http://127.0.0.1:$PORT/a.mov; " +
				"cp a.mov $MNT/inbox/copied.mov")
			s.is("copied.mov", "success")
			if state := s.field("a.mov", "state"); state != "receiving" {
				t.Errorf("it is %s", state)
			}
			s.sh("echo flush > $MNT/control; echo wait > $MNT/control")
			s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
			if made := creations(s); len(made) != 2 {
				t.Errorf("made are %v", made)
			}
		})
	}
}

// TestZooVSFTPD sends files by FTP, the last ones by a client that hangs up without QUIT. vsftpd ends then as it does
// where half a file came, which the reason says; inbox.excuse takes it for whole.
func TestZooVSFTPD(t *testing.T) {
	t.Parallel()
	needPrograms(t, "vsftpd python3")
	if os.Geteuid() != 0 {
		t.Skip("THIS SERVER IS NOT TRIED: it must be started by root")
	}
	for excuse, state := range map[string]string{"": "held", `["vsftpd 1"]`: "success"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			s := shared(t, "INBOXFS_START=true", "INBOXFS_INBOX_RELAY_SETTLE=2s", "PORT="+port, "INBOXFS_INBOX_EXCUSE="+
				excuse)
			s.sh("mkdir -p empty; chmod 755 empty")
			conf := fmt.Sprintf(`listen=YES
listen_address=127.0.0.1
listen_port=%s
anonymous_enable=YES
no_anon_password=YES
ftp_username=games
nopriv_user=nobody
anon_root=%s
write_enable=YES
anon_upload_enable=YES
anon_umask=022
secure_chroot_dir=%s/empty
seccomp_sandbox=NO
isolate_network=NO
background=NO
`, port, s.mnt, s.dir)
			file := filepath.Join(s.dir, "vsftpd.conf")
			if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
				t.Fatal(err)
			}
			s.serve("vsftpd", file)
			s.until("it answers", func() bool {
				_, err := s.try("exec 3<>/dev/tcp/127.0.0.1/$PORT")
				return err == nil
			})
			s.sh(`head -c 3000001 /dev/urandom > a.mov; cat > put.py <<'END'
import ftplib, os, sys
f = ftplib.FTP(); f.connect("127.0.0.1", int(os.environ["PORT"])); f.login(); f.cwd("inbox")
f.storbinary("STOR " + sys.argv[1], open("a.mov", "rb"))
if sys.argv[2] == "quit": f.quit()
else: os._exit(0)
END
/usr/bin/python3 put.py whole.mov quit; /usr/bin/python3 put.py hung.mov hang`)
			s.is("whole.mov", "success")
			s.is("hung.mov", state)
			if why := s.field("hung.mov", "message"); state == "held" &&
				!(strings.Contains(why, "vsftpd ended with status 1") &&
					strings.Contains(why, "hangs up") && strings.Contains(why, `inbox.excuse = ["vsftpd 1"]`)) {
				t.Errorf("it is held: %s", why)
			}
		})
	}
}
