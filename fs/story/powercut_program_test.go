package story

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// edit is a change of inboxfs's own source, or of bbolt's.
type edit struct {
	module   string // "" is inboxfs
	file     string // below the module
	old, new string // old stands there once
}

// powercutProgram builds inboxfs for power cuts: POWERCUT_BOOT in its environment is a file that says which boot of the
// machine it is in, and POWERCUT_WITHOUT names a sync that it leaves out (powercut_sync_test.go). All of that is put in
// when it is built; the source knows nothing of it.
var powercutProgram = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(filepath.Dir(program), "powercut")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		return "", err
	}
	modFile, libraries, err := copyLibraries(dir, root)
	if err != nil {
		return "", err
	}
	overlay, err := applyEdits(dir, root, libraries)
	if err != nil {
		return "", err
	}
	c := exec.Command("go", "build", "-overlay", overlay, "-modfile", modFile, "-o", filepath.Join(dir, "inboxfs"),
		"inboxfs")
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building inboxfs for power cuts: %w\n%s", err, out)
	}
	return filepath.Join(dir, "inboxfs"), nil
})

// copyLibraries copies the modules that edits change, since those in the module cache must stay as they are, and makes
// a go.mod that takes the copies.
func copyLibraries(dir, root string) (modFile string, libraries map[string]string, err error) {
	modFile, libraries = filepath.Join(dir, "go.mod"), map[string]string{"": root}
	script := `cp "$1/go.mod" "$1/go.sum" "$0"`
	for _, e := range powercutEdits() {
		if libraries[e.module] == "" {
			libraries[e.module] = filepath.Join(dir, filepath.Base(e.module))
			script += fmt.Sprintf(
				` && cp -r "$(cd "$1" && go list -m -f '{{.Dir}}' %[1]s)" %[2]s && chmod -R u+w %[2]s &&
				(cd "$0" && go mod edit -replace %[1]s=%[2]s)`, e.module, libraries[e.module])
		}
	}
	if out, err := exec.Command("sh", "-c", script, dir, root).CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("copying libraries: %w\n%s", err, out)
	}
	return modFile, libraries, nil
}

// applyEdits changes copies of files, and writes what tells the compiler to take these. An edit whose text does not
// stand in its file once is an error: what it was about has moved.
func applyEdits(dir, root string, libraries map[string]string) (overlay string, err error) {
	replace := make(map[string]string) // file: its copy
	for _, e := range powercutEdits() {
		path := filepath.Join(libraries[e.module], e.file)
		from := path
		if replace[path] != "" {
			from = replace[path]
		}
		text, err := os.ReadFile(from)
		if os.IsNotExist(err) && e.old == "" {
			err = nil
		}
		if err != nil {
			return "", err
		}
		if n := strings.Count(string(text), e.old); e.old != "" && n != 1 {
			return "", fmt.Errorf("%s: %q stands there %d times", e.file, e.old, n)
		}
		if replace[path] == "" {
			replace[path] = filepath.Join(dir, fmt.Sprintf("%d.go", len(replace)))
		}
		if err := os.WriteFile(replace[path], []byte(strings.Replace(string(text), e.old, e.new, 1)),
			0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

// powercutEdits is all that is changed.
func powercutEdits() []edit {
	edits := []edit{{file: "queue/spool/instance_linux.go",
		old: `const bootID = "/proc/sys/kernel/random/boot_id"`,
		new: `var bootID = os.Getenv("POWERCUT_BOOT")`,
	}}
	helped := make(map[string]bool)
	for _, s := range syncs {
		if s.module != "" && *long == 0 {
			continue // to build a changed library takes longer than the short form may
		}
		edits = append(edits, edit{s.module, s.file, s.code, strings.Replace(s.code, s.call, s.instead, 1)})
		if folder := filepath.Join(s.module, filepath.Dir(s.file)); !helped[folder] {
			helped[folder] = true
			helper := filepath.Join(filepath.Dir(s.file), "powercut.go")
			edits = append(edits, edit{module: s.module, file: helper, new: "package " + filepath.Base(folder) + "\n" +
				unless})
		}
	}
	return edits
}

// unless is put into each package that syncs.
const unless = `
import "os"

func unless[E any](name string, sync func() E) (done E) {
	if os.Getenv("POWERCUT_WITHOUT") == name {
		return done
	}
	return sync()
}
`
