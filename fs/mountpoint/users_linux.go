package mountpoint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"inboxfs/queue/mounttable"
)

// users are the programs, such as "tail (process 7340)", that have something below dir open or stand in one of its
// folders, as far as /proc shows it to this user. Nothing below dir is asked.
func users(dir string) []string {
	var found []string
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // the pattern is well formed
	for _, cwd := range links {
		process := filepath.Dir(cwd)
		files, _ := filepath.Glob(process + "/fd/*")
		for _, link := range append(files, cwd) {
			target, err := os.Readlink(link)
			if err != nil || !mounttable.Within(dir, target) {
				continue // it ended meanwhile, is another user's, or is elsewhere
			}
			comm, err := os.ReadFile(process + "/comm")
			if err == nil {
				found = append(found, fmt.Sprintf("%s (process %s)", strings.TrimSuffix(string(comm), "\n"),
					filepath.Base(process)))
			}
			break
		}
	}
	return found
}
