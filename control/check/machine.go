package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"

	"inboxfs/control/config"
	"inboxfs/control/daemon"
	"inboxfs/fs/mountpoint"
)

// machine is what is looked at here, without asking anybody.
type machine struct {
	config     config.Config
	missing    error
	file       string
	mountPoint string
	able       func(allowOther bool) error // why nothing can be mounted
	updatedb   string                      // its configuration
	descriptor func() (uint64, error)      // how many there may be
}

func thisMachine(o Options) *machine {
	return &machine{config: o.Config, missing: o.Missing, file: o.File, mountPoint: o.MountPoint, able: mountpoint.Able,
		updatedb: "/etc/updatedb.conf", descriptor: descriptors}
}

func (m *machine) steps() []step {
	return []step{{"config", m.read}, {"spool", m.spool}, {"queue", m.queue}, {"files", m.files}, {"fuse", m.fuse},
		{"mountpoint", m.mountpoint},
		{"passthrough", m.passthrough}, {"updatedb", m.locate}}
}

func (m *machine) read(context.Context) []Finding {
	from := "INBOXFS_ variables and flags (no file: --config names one)"
	if m.file != "" {
		from = m.file + ", INBOXFS_ variables and flags"
	}
	var effective strings.Builder
	if err := m.config.Print(&effective); err != nil {
		return one(Fail, err.Error(), "correct the configuration")
	}
	if m.missing != nil {
		var all []Finding
		for line := range strings.SplitSeq(m.missing.Error(), "\n") {
			says, do, _ := strings.Cut(line, ": ")
			all = append(all, Finding{Level: Fail, Says: says, Do: do, Effective: effective.String()})
		}
		return all
	}
	all := ok("valid, from %s; credential.mode is %s", from, m.config.Credential.Mode)
	all[0].Effective = effective.String()
	return all
}

// spare is how many descriptors a daemon needs beside those of uploads: files that programs have open in the inbox, the
// journal, the event log, folders.
const spare = 512

// files compares with what uploads can need: a file each, and a connection for each part.
func (m *machine) files(context.Context) []Finding {
	limit, err := m.descriptor()
	if err != nil {
		return one(Warn, "the limit of open files is not known: "+err.Error(), "")
	}
	if need := uint64(m.config.Upload.Files + daemon.AtOnce(m.config.Upload) + spare); limit < need {
		return one(Fail, fmt.Sprintf("a process may have %d files open here; this configuration can need %d", limit,
			need),
			fmt.Sprintf("raise the limit: ulimit -n %d in a shell, LimitNOFILE=%[1]d in a systemd unit; "+
				"or lower upload.files and upload.parts", max(need, 4096)))
	}
	return ok("%d files may be open at once", limit)
}

// descriptors is the hard limit, to which the Go runtime raises the other one.
func descriptors() (uint64, error) {
	var r unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r)
	return r.Max, err
}

func (m *machine) fuse(context.Context) []Finding {
	if err := m.able(m.config.AllowOther); err != nil {
		says, do, found := strings.Cut(err.Error(), "; ")
		if !found {
			do = "see README.md, section Two commands"
		}
		return one(Fail, "nothing can be mounted: "+says, do)
	}
	whom := "for this user only"
	if m.config.AllowOther {
		whom = "for all users (allow_other)"
	}
	return ok("nothing is in the way of mounting, %s", whom)
}

func (m *machine) mountpoint(context.Context) []Finding {
	if m.mountPoint == "" {
		return nil
	}
	found, err := mountpoint.Fit(m.mountPoint, m.config.Spool)
	if err != nil {
		return one(Fail, m.mountPoint+": "+err.Error(), "choose an empty folder on a local disk, outside the spool "+
			m.config.Spool)
	}
	return ok("%s: %s", m.mountPoint, found)
}

// locate warns of updatedb, which walks through all mounts that it was not told to leave out.
func (m *machine) locate(context.Context) []Finding {
	conf, err := os.ReadFile(m.updatedb)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return one(Warn, err.Error(), "")
	// a user's own mount is closed to root's updatedb
	case pruned.Match(conf), os.Geteuid() != 0 && !m.config.AllowOther:
		return ok("locate leaves the mount alone")
	}
	return one(Warn, "the nightly updatedb of locate will read through the whole mount",
		"add fuse.inboxfs to PRUNEFS in "+m.updatedb)
}

var pruned = regexp.MustCompile(`(?m)^\s*PRUNEFS\s*=.*\bfuse\.inboxfs\b`)
