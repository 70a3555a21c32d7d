package journal

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestLoadGivesMemoryBack reads how much of the mapped file counts as memory of this process.
func TestLoadGivesMemoryBack(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	b := &Batch{}
	for id := uint64(1); id <= 20_000; id++ {
		b.Put = append(b.Put, typical(id))
	}
	commit(t, j, b)
	used := usedSize(t, j) >> 10
	most := int64(0)
	err := j.Load(func(r Record) error {
		if r.ID == 20_000 {
			most = residentKiB(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if most < used/2 {
		t.Errorf("only %d KiB of %d were resident: this test measures something else", most, used)
	}
	if left := residentKiB(t, path); left > used/10 {
		t.Errorf("%d KiB of %d are resident after Load", left, used)
	}
	if len(read(t, j).Records) != 20_000 {
		t.Error("a second Load reads something else")
	}
}

// residentKiB sums what the kernel says of the mappings of path.
func residentKiB(t *testing.T, path string) int64 {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	var sum, n int64
	ours := false
	for line := range strings.Lines(string(maps)) {
		first, _, _ := strings.Cut(line, " ")
		if !strings.HasSuffix(first, ":") {
			ours = strings.HasSuffix(strings.TrimSpace(line), path)
		} else if ours && first == "Rss:" {
			if _, err := fmt.Sscanf(line, "Rss: %d kB", &n); err != nil {
				t.Fatal(err)
			}
			sum += n
		}
	}
	return sum
}
