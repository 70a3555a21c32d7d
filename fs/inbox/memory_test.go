package inbox

import (
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"

	"inboxfs/queue/opened"
)

// TestClosedForHowLong: what Flush lets us believe holds for a while, and what Release said holds however long it takes
// to tell the queue of it.
func TestClosedForHowLong(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		released, written bool
		after             time.Duration
		want              opened.State
	}{
		"flushed":           {after: believedFor / 2, want: opened.Closed},
		"and not released":  {after: 2 * believedFor, want: opened.Writing},
		"and written":       {written: true, want: opened.Writing},
		"and released":      {released: true, after: time.Hour, want: opened.Closed},
		"written, released": {written: true, released: true, after: time.Hour, want: opened.Closed},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "opened")
			synctest.Test(t, func(t *testing.T) {
				table, _, err := opened.Open(path, "boot", func(err error) { t.Error(err) })
				if err != nil {
					t.Fatal(err)
				}
				table.Forget()
				st := &inode{Attr: fuse.Attr{Ino: 7, Size: 5}}
				var m memory
				m.begin(table.Open(1, st.Ino), 1, syscall.O_WRONLY)
				m.closed(st)
				if c.written {
					m.written()
				}
				if c.released {
					m.released(st)
				}
				time.Sleep(c.after)
				synctest.Wait()
				if err := table.Close(); err != nil {
					t.Fatal(err)
				}
				table, past, err := opened.Open(path, "boot", func(err error) { t.Error(err) })
				if err != nil || past == nil {
					t.Fatal(past, err)
				}
				defer table.Close() // it was opened to be read
				if got := past.Of("a", 1, st.Ino, 5, st.ModTime()); got != c.want {
					t.Errorf("it is %v, not %v", got, c.want)
				}
			})
		})
	}
}
