package story

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shortSyncs is what the short form leaves out. The others need a changed library, or a longer search.
var shortSyncs = []string{"drop", "inbox fsync"}

// searchCuts is how many cuts are made in search of one that shows what a sync is for.
const searchCuts = 500

// TestPowerCutWithout leaves out one sync after another: then a power cut must break a promise, or the test would not
// notice if somebody took it out.
func TestPowerCutWithout(t *testing.T) {
	t.Parallel()
	needLoop(t)
	happens := (*witness).drops
	if *long == 0 {
		happens = (*witness).wait
	}
	for _, s := range syncs {
		if *long == 0 && !slices.Contains(shortSyncs, s.name) {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			p := newPowercut(t)
			if !t.Run("record", func(t *testing.T) { p.record(t, "commit=300", happens, "POWERCUT_WITHOUT="+s.name) }) {
				return
			}
			cuts := 0
			for _, c := range p.search() {
				var found []string
				if !t.Run(c.what, func(t *testing.T) { found = p.examine(t, c) }) {
					return
				}
				if cuts++; len(found) == 0 {
					continue
				}
				if s.spare != "" {
					t.Errorf("the sync %q is not to be spared, for without it: %s", s.name, strings.Join(found, "\n"))
				}
				t.Logf("without the sync %q cut %d is not survived: %s", s.name, cuts, clip(found[0]))
				return
			}
			if s.spare == "" {
				t.Errorf("without the sync %q %d cuts are survived: what is it for?", s.name, cuts)
			}
			t.Logf("without the sync %q %d cuts are survived, because %s", s.name, cuts, s.spare)
		})
	}
}

// search is the cuts that are likeliest to show a missing sync: at the moments when something was promised the disk
// keeps nothing it need not; then it keeps what was written first, or last, and nothing else of that time.
func (p *powercut) search() (cuts []cut) {
	windows := make(map[int]bool)
	for _, one := range p.witness.promises {
		i, _ := slices.BinarySearchFunc(p.tape.windows, one.from, func(w window, at int64) int {
			switch {
			case w.high < at:
				return -1
			case w.low > at:
				return 1
			}
			return 0
		})
		windows[i] = true
	}
	for _, i := range slices.Sorted(maps.Keys(windows)) {
		cuts = append(cuts, p.tape.bare(i))
	}
	for i := range p.tape.windows {
		if n := len(p.tape.windows[i].writes); n > 1 {
			// a sync writes a file from its beginning to its end
			cuts = append(cuts, p.tape.lone(i, 0), p.tape.lone(i, n-1))
		}
	}
	return cuts[:min(len(cuts), searchCuts)]
}

var (
	syncCall = regexp.MustCompile(`\b(Sync|Fsync|Fdatasync|SyncFileRange|Syncfs|Msync|syncDir)\(`)
	// syncPassed is calls that come to one of the places in the table, and what is within a syncDir whose calls are
	// there.
	syncPassed = []string{"m.RawFileSystem.Fsync(", "o.Events.Sync()", "d.events.Sync()", "spool.Sync(",
		"s.Sync(d.Path, n.Look)", // in queue/seal: spool.Sync
		"errors.Join(d.Sync(), d.Close())", "func ", "Sync() error",
		// in queue/eventlog, after somebody else moved the log away, which no power cut here does
		"err = l.file.Sync()",
		"s.f.Sync()"} // in queue/upload, so that times tell of what is written through a mapping from then on
)

// TestEverySyncIsCut has every sync in the code stand in the table above.
func TestEverySyncIsCut(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			code, _, _ := strings.Cut(line, "//")
			passed := func(call string) bool { return strings.Contains(code, call) }
			known := func(s oneSync) bool {
				return filepath.Join("../..", s.file) == path &&
					strings.Contains(code, s.call)
			}
			if syncCall.MatchString(code) && !slices.ContainsFunc(syncPassed, passed) &&
				!slices.ContainsFunc(syncs, known) {
				t.Errorf("%s syncs, and no power cut shows what for: %s", path, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
