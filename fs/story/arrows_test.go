package story

import (
	"os/exec"
	"strings"
	"testing"
)

// mayImport is which way the arrows point: a package may import those of the project that are listed, and what these
// may. "" stands for the command.
var mayImport = map[string]string{
	"":                            "fs/command",
	"fs/command":                  "control control/config fs fs/check fs/client fs/daemon fs/demo fs/viewer queue queue/oss/ossdev",
	"fs/check":                    "fs fs/daemon fs/nesting fs/text control/config control/credential queue queue/attribute queue/endpoint queue/journal queue/oss queue/proxy queue/sameness queue/upload queue/verdict queue/vod",
	"fs/demo":                     "fs/daemon control/config queue/oss/ossdev",
	"fs/daemon":                   "fs fs/nesting fs/text control control/config control/credential queue queue/attribute queue/eventlog queue/hook queue/journal queue/killpoint queue/media queue/names queue/opened queue/oss queue/upload queue/upload/level queue/vod",
	"fs":                          "fs/client fs/metrics fs/nesting fs/text fs/webpage queue queue/attribute queue/killpoint queue/mounttable queue/opened queue/sameness queue/spool",
	"fs/metrics":                  "queue",
	"fs/nesting":                  "queue queue/mounttable",
	"fs/client":                   "queue",
	"fs/viewer":                   "fs/client fs/text queue",
	"fs/webpage":                  "fs/text queue",
	"fs/text":                     "queue",
	"fs/story":                    "",
	"control":                     "control/config control/credential queue queue/vod",
	"control/config":              "queue/attribute queue/endpoint queue/eventlog queue/names queue/proxy",
	"control/credential":          "queue queue/acs queue/child queue/line queue/quiet queue/verdict",
	"queue":                       "queue/eventlog queue/journal queue/killpoint queue/names queue/opened queue/playlist queue/reference queue/sameness queue/spool queue/upload/ecma",
	"queue/upload":                "queue queue/attribute queue/killpoint queue/sameness queue/upload/ecma queue/upload/level",
	"queue/oss":                   "queue queue/attribute queue/endpoint queue/line queue/quiet queue/upload queue/upload/skew queue/verdict",
	"queue/acs":                   "queue queue/line queue/quiet queue/upload/skew queue/verdict",
	"queue/vod":                   "queue queue/acs queue/attribute queue/child queue/upload queue/verdict",
	"queue/verdict":               "queue queue/line",
	"queue/oss/ossdev":            "",
	"queue/playlist":              "",
	"queue/attribute":             "",
	"queue/endpoint":              "",
	"queue/spool":                 "queue/killpoint queue/sameness",
	"queue/upload/ecma":           "",
	"queue/upload/level":          "",
	"queue/upload/skew":           "",
	"queue/eventlog":              "queue/killpoint",
	"queue/child":                 "",
	"queue/hook":                  "queue/child queue/eventlog queue/line",
	"queue/line":                  "queue/proxy queue/quiet",
	"queue/proxy":                 "",
	"queue/journal":               "queue/killpoint",
	"queue/killpoint":             "",
	"queue/quiet":                 "",
	"queue/oss/ossdev/faultproxy": "queue/oss/ossdev/wire",
	"queue/oss/ossdev/wire":       "",
	"queue/oss/ossdev/authority":  "",
	"queue/oss/ossdev/forward":    "queue/oss/ossdev/authority",
	"queue/oss/ossdev/farline":    "",
	"queue/oss/ossdev/sink":       "",
	"queue/contest":               "",
	"queue/media":                 "",
	"queue/names":                 "",
	"queue/opened":                "",
	"queue/mounttable":            "",
	"queue/reference":             "queue/mounttable",
	"queue/sameness":              "",
}

// importer is the one package that may import a library.
var importer = map[string]string{
	"github.com/hanwen/go-fuse/v2":        "fs",
	"github.com/aliyun/aliyun-oss-go-sdk": "queue/oss",
	"github.com/aliyun/credentials-go":    "control/credential",
	"github.com/alibabacloud-go":          "queue/acs",
	"github.com/BurntSushi/toml":          "control/config",
	"go.etcd.io/bbolt":                    "queue/journal",
	"github.com/cenkalti/backoff/v5":      "queue/upload",
	"golang.org/x/time/rate":              "queue/upload",
	"github.com/spf13/cobra":              "fs/command",
	"github.com/coreos/go-systemd/v22":    "fs/command",
}

func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}", "inboxfs/...").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		pkg := strings.TrimPrefix(strings.TrimPrefix(words[0], "inboxfs"), "/")
		allowed, known := mayImport[pkg]
		if !known {
			t.Errorf("package %s is not in the picture: say what it may import", pkg)
		}
		for _, imported := range words[1:] {
			if inner, ours := strings.CutPrefix(imported, "inboxfs/"); ours {
				if !strings.Contains(" "+allowed+" ", " "+inner+" ") {
					t.Errorf("%s imports %s", pkg, inner)
				}
				continue
			}
			for library, only := range importer {
				if strings.HasPrefix(imported, library) && pkg != only {
					t.Errorf("%s imports %s, which only %s may", pkg, imported, only)
				}
			}
		}
	}
}
