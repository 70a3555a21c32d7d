package story

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// strict makes a missing program a failure. .ci/run sets it, and installs them all.
const strict = "STORY_STRICT"

// debian has the package of each program that a system need not have.
var debian = map[string]string{
	"man": "man-db", "lexgrog": "man-db",
	"bsdtar": "libarchive-tools", "cpio": "cpio", "7z": "7zip", "7zz": "7zip", "zip": "zip", "unzip": "unzip",
	"rsync": "rsync", "sshd": "openssh-server", "ssh-keygen": "openssh-client", "ssh": "openssh-client",
	"scp": "openssh-client", "sftp": "openssh-client",
	"sftp-server": "openssh-sftp-server",
	"smbd":        "samba", "smbclient": "smbclient",
	"curl": "curl", "wget": "wget", "aria2c": "aria2", "rclone": "rclone", "git": "git",
	"gio": "libglib2.0-bin", "kioclient": "kde-cli-tools", "kioclient5": "kde-cli-tools",
	"vim": "vim-tiny", "vim.tiny": "vim-tiny", "nano": "nano", "emacs": "emacs-nox",
	"setfattr": "attr", "getfattr": "attr", "setfacl": "acl", "getfacl": "acl", "mkfs.ext4": "e2fsprogs",
	"gzip": "gzip", "xz": "xz-utils", "tar": "tar", "qpdf": "qpdf", "jpegtran": "libjpeg-turbo-progs",
	"rpm": "rpm", "zstd": "zstd", "busybox": "busybox-static",
	"chromium": "chromium", "firefox-esr": "firefox-esr", "desktop-file-validate": "desktop-file-utils",
	"mkvmerge": "mkvtoolnix", "tidy": "tidy",
	"tinyproxy": "tinyproxy-bin", "microsocks": "microsocks",
	"pyftpdlib": "python3-pyftpdlib",
	"ffmpeg":    "ffmpeg", "yt-dlp": "yt-dlp", "sqlite3": "sqlite3", "python3": "python3", "ps": "procps",
}

// needPrograms returns the path of the first of them. a|b is the one or the other.
func needPrograms(t *testing.T, needs string) string {
	t.Helper()
	first := ""
	for need := range strings.FieldsSeq(needs) {
		path := ""
		for program := range strings.SplitSeq(need, "|") {
			if path == "" {
				path = lookPath(program)
			}
		}
		if path == "" {
			name, _, _ := strings.Cut(need, "|")
			say := t.Skipf
			if os.Getenv(strict) != "" {
				say = t.Fatalf
			}
			say("THIS CLIENT IS NOT TRIED: %s is missing; install %s", need, debian[name])
		}
		if first == "" {
			first = path
		}
	}
	return first
}

// lookPath prefers what came with the system, and finds what is for administrators, too. The path is absolute, which
// sshd insists on.
func lookPath(program string) string {
	if program == "pyftpdlib" { // no program, but a module of the system's Python
		if exec.Command("/usr/bin/python3", "-c", "import pyftpdlib").Run() != nil {
			return ""
		}
		return "/usr/bin/python3"
	}
	for _, dir := range append([]string{"/usr/bin", "/usr/sbin", "/usr/lib/openssh"},
		filepath.SplitList(os.Getenv("PATH"))...) {
		if path, err := exec.LookPath(filepath.Join(dir, program)); err == nil && filepath.IsAbs(path) {
			return path
		}
	}
	return ""
}

// TestPackages keeps the list of what .ci/run installs in step with what the clients need.
func TestPackages(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	lists := regexp.MustCompile(`(?m)^\s*packages\+?="([^"]*)"`).FindAllStringSubmatch(string(text), -1)
	var installed []string
	for _, list := range lists {
		installed = append(installed, strings.Fields(list[1])...)
	}
	for program, name := range debian {
		if !slices.Contains(installed, name) {
			t.Errorf(".ci/run does not install %s, which has %s", name, program)
		}
	}
	for _, c := range slices.Concat(copyClients, patientCopyClients, archiveClients, patientArchiveClients, netClients,
		patientNetClients,
		finishedClients, againClients, sshClients, smbClients, desktopClients, patientDesktopClients, editorClients,
		mediaClients, browserClients, neededClients) {
		for need := range strings.FieldsSeq(c.needs) {
			for program := range strings.SplitSeq(need, "|") {
				if debian[program] == "" {
					t.Errorf("%s needs %s, whose package is not known", c.name, program)
				}
			}
		}
	}
}
