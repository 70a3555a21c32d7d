package story

import (
	"os/exec"
	"strings"
	"testing"
)

// mayImport is which way the arrows point: a package may import those of the project that are listed, and what these
// may. "" stands for the command.
var mayImport = map[string]string{
	"": "control/command",
	"control/command": "control control/check control/client control/config control/daemon control/demo " +
		"control/manual control/status fs/mountpoint queue/hint queue/list queue/ossdev",
	"control/check": "control/config control/credential control/daemon fs/mountpoint fs/nesting fs/text " +
		"queue/attribute queue/endpoint queue/journal queue/oss queue/proxy queue/sameness queue/transfer " +
		"queue/upload queue/verdict queue/vod",
	"control/demo": "control/config control/daemon queue/list queue/ossdev",
	"control/daemon": "control control/config control/credential fs fs/mountpoint fs/nesting fs/text fs/writer " +
		"queue queue/attribute queue/eventlog queue/hook queue/journal queue/killpoint queue/list " +
		"queue/media queue/names queue/opened queue/oss queue/transfer queue/upload queue/upload/level " +
		"queue/vod",
	"control/status":       "control/client fs/text queue queue/list queue/transfer",
	"control/client":       "queue/list",
	"control/manual":       "",
	"control/manual/pages": "control/manual",
	"control":              "control/config control/credential queue queue/list queue/transfer queue/vod",
	"control/config":       "queue/attribute queue/endpoint queue/eventlog queue/names queue/proxy",
	"control/credential":   "queue/acs queue/child queue/line queue/quiet queue/transfer queue/verdict",
	"fs":                   "fs/inbox fs/metrics fs/mountpoint fs/text fs/virtual fs/webpage fs/writer queue queue/opened",
	"fs/metrics":           "queue queue/list",
	"fs/nesting":           "queue queue/mounttable",
	"fs/webpage":           "fs/text queue queue/hint queue/list",
	"fs/text":              "queue queue/list",
	"fs/story":             "",
	"fs/errno":             "queue/transfer",
	"fs/inbox": "fs/errno fs/writer queue queue/attribute queue/killpoint queue/opened queue/sameness " +
		"queue/spool queue/transfer",
	"fs/mountpoint": "fs/nesting queue/killpoint queue/mounttable",
	"fs/virtual":    "fs/errno fs/text fs/writer queue queue/list queue/transfer",
	"fs/writer":     "queue queue/spool queue/transfer",
	"queue": "queue/abort queue/commit queue/eventlog queue/hint queue/journal queue/killpoint queue/list " +
		"queue/names queue/opened queue/playlist queue/reference queue/sameness queue/seal queue/spool queue/transfer " +
		"queue/upload/ecma queue/wake",
	"queue/transfer": "",
	"queue/upload": "queue/attribute queue/killpoint queue/sameness queue/transfer queue/upload/ecma " +
		"queue/upload/level queue/wake",
	"queue/oss": "queue/attribute queue/endpoint queue/line queue/transfer queue/upload queue/upload/skew " +
		"queue/verdict",
	"queue/acs":               "queue/endpoint queue/line queue/quiet queue/transfer queue/upload/skew queue/verdict",
	"queue/vod":               "queue/acs queue/attribute queue/child queue/transfer queue/upload queue/verdict",
	"queue/verdict":           "queue/line queue/transfer",
	"queue/ossdev":            "",
	"queue/playlist":          "",
	"queue/attribute":         "",
	"queue/endpoint":          "",
	"queue/spool":             "queue/killpoint queue/sameness",
	"queue/upload/ecma":       "",
	"queue/upload/level":      "",
	"queue/upload/skew":       "",
	"queue/eventlog":          "queue/killpoint",
	"queue/commit":            "queue/eventlog queue/journal queue/killpoint queue/transfer queue/wake",
	"queue/child":             "",
	"queue/hook":              "queue/child queue/eventlog queue/line",
	"queue/line":              "queue/proxy queue/quiet",
	"queue/proxy":             "",
	"queue/journal":           "queue/killpoint queue/transfer",
	"queue/list":              "queue/transfer",
	"queue/hint":              "",
	"queue/killpoint":         "",
	"queue/quiet":             "",
	"queue/ossdev/faultproxy": "queue/ossdev/wire",
	"queue/ossdev/wire":       "",
	"queue/ossdev/authority":  "",
	"queue/ossdev/forward":    "queue/ossdev/authority",
	"queue/ossdev/farline":    "",
	"queue/ossdev/sink":       "",
	"queue/ossdev/contest":    "",
	"queue/media":             "",
	"queue/names":             "",
	"queue/opened":            "",
	"queue/mounttable":        "",
	"queue/reference":         "queue/mounttable",
	"queue/sameness":          "",
	"queue/wake":              "",
	"queue/seal":              "queue/killpoint queue/spool queue/wake",
	"queue/atonce":            "",
	"queue/abort":             "queue/commit queue/eventlog queue/journal queue/killpoint queue/transfer queue/wake",
}

// importer is the one package that may import a library, with those below it.
var importer = map[string]string{
	"github.com/hanwen/go-fuse/v2":        "fs",
	"github.com/aliyun/aliyun-oss-go-sdk": "queue/oss",
	"github.com/aliyun/credentials-go":    "control/credential",
	"github.com/alibabacloud-go":          "queue/acs",
	"github.com/BurntSushi/toml":          "control/config",
	"go.etcd.io/bbolt":                    "queue/journal",
	"github.com/cenkalti/backoff/v5":      "queue/upload",
	"golang.org/x/time/rate":              "queue/upload",
	"github.com/spf13/cobra":              "control/command",
	"github.com/yuin/goldmark":            "control/manual",
	"github.com/coreos/go-systemd/v22":    "control/command",
}

// storey is where a package lies in the house: main and control above fs, fs above queue. The words of queue/transfer
// are the ground, which imports nothing.
func storey(pkg string) int {
	top, _, _ := strings.Cut(pkg, "/")
	switch {
	case pkg == "queue/transfer":
		return 0
	case top == "queue":
		return 1
	case top == "fs":
		return 2
	}
	return 3
}

func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}",
		"inboxfs/...").CombinedOutput()
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
				if storey(inner) > storey(pkg) {
					t.Errorf("%s imports %s, which lies above it", pkg, inner)
				}
				if !strings.Contains(" "+allowed+" ", " "+inner+" ") {
					t.Errorf("%s imports %s", pkg, inner)
				}
				continue
			}
			for library, only := range importer {
				if strings.HasPrefix(imported, library) && pkg != only && !strings.HasPrefix(pkg, only+"/") {
					t.Errorf("%s imports %s, which only %s may", pkg, imported, only)
				}
			}
		}
	}
}
