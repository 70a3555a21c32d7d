package story

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestBrowsers has real browsers, without a screen, download slowly into inbox. Of each download there is one object,
// under the name that the browser gave it in the end, and nothing else.
func TestBrowsers(t *testing.T) {
	t.Parallel()
	for _, b := range []struct{ name, program, setup, run string }{
		{"Chromium", "chromium", `mkdir -p profile/Default; cat > profile/Default/Preferences <<- EOF
			{"download": {"default_directory": "$MNT/inbox", "prompt_for_download": false},
			 "safebrowsing": {"enabled": false}}
			EOF`,
			`--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --disable-background-networking
			--disable-component-update --user-data-dir=$PWD/profile`},
		{"Firefox", "firefox-esr", `mkdir profile; cat > profile/user.js <<- EOF
			user_pref("browser.download.folderList", 2);
			user_pref("browser.download.dir", "$MNT/inbox");
			user_pref("browser.download.always_ask_before_handling_new_types", false);
			user_pref("browser.helperApps.neverAsk.saveToDisk", "application/octet-stream");
			user_pref("browser.safebrowsing.downloads.enabled", false);
			user_pref("datareporting.policy.dataSubmissionEnabled", false);
			user_pref("app.normandy.enabled", false);
			user_pref("network.captive-portal-service.enabled", false);
			EOF`, `--headless --no-remote --profile $PWD/profile`},
	} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			path := needPrograms(t, b.program)
			s := begin(t, hasty)
			film := make([]byte, 3<<20)
			if _, err := rand.Read(film); err != nil {
				t.Fatal(err)
			}
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/film.bin" {
					http.NotFound(w, r)
					return
				}
				w.Header().Set("Content-Type", "application/octet-stream")
				w.Header().Set("Content-Disposition", "attachment; filename=film.bin")
				for piece := range 6 { // a slow line: longer between its pieces than the time to settle
					if _, err := w.Write(film[piece<<19 : (piece+1)<<19]); err != nil {
						return
					}
					w.(http.Flusher).Flush()
					time.Sleep(500 * time.Millisecond)
				}
			}))
			t.Cleanup(web.Close)
			s.sh(b.setup)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			c := exec.CommandContext(ctx, "sh", "-c", "exec "+path+" "+strings.Join(strings.Fields(b.run), " ")+
				" "+web.URL+"/film.bin")
			c.Dir, c.Env = s.dir, append(s.env, "HOME="+s.dir, "PATH="+os.Getenv("PATH"), "MOZ_CRASHREPORTER_DISABLE=1")
			c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
			var said syncBuffer
			c.Stdout, c.Stderr, c.WaitDelay = &said, &said, time.Second
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				cancel()
				_ = c.Wait() // it was killed
				if t.Failed() {
					t.Log(clip(said.String()))
				}
			})
			s.until("the download has arrived", func() bool {
				_, _, ok := s.server.Object(bucket, "film.bin")
				return ok
			})
			if err := os.WriteFile(filepath.Join(s.dir, "film.bin"), film, 0o600); err != nil {
				t.Fatal(err)
			}
			s.sh("echo wait > $MNT/control")
			s.arrived("film.bin", filepath.Join(s.dir, "film.bin"))
			if made := creations(s); len(made) != 1 || made["film.bin"] != 1 {
				t.Errorf("made are %v", made)
			}
			if left := s.sh("ls -A $MNT/inbox"); left != "" {
				t.Errorf("left in inbox: %s", left)
			}
		})
	}
}
