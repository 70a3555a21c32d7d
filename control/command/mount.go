package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"inboxfs/control/config"
	inboxfs "inboxfs/control/daemon"
	"inboxfs/queue/hint"
)

func mountCommand() *cobra.Command {
	var (
		load       func() (config.Config, error)
		background bool
	)
	c := &cobra.Command{
		Use: "mount [--daemon] [--config FILE] MOUNTPOINT", ValidArgsFunction: folder,
		Short: "mount, until unmount, Ctrl-C or SIGTERM (or --daemon)",
		Args:  args(1, 1, "MOUNTPOINT is an empty folder, or one to be made"),
		RunE: func(c *cobra.Command, args []string) error {
			ready, err := readiness()
			if err != nil {
				return err
			}
			if background && ready == nil {
				return inBackground(c.Context())
			}
			conf, err := load()
			if err != nil {
				return usageError{err}
			}
			if err := usable(conf); err != nil {
				return usageError{err}
			}
			source, err := absolute(c.Flag("config").Value.String())
			if err != nil {
				return err
			}
			if ready != nil {
				return mountBehind(c.Context(), conf, source, args[0], c.OutOrStdout(), ready)
			}
			out, err := inboxfs.Foreground(conf)
			if err != nil {
				return err
			}
			return mount(c.Context(), conf, source, args[0], inboxfs.Logger(conf, out), nil,
				func() error { return nil })
		},
	}
	c.Flags().BoolVar(&background, "daemon", false,
		"return when the mount answers, and go on in the background")
	load = configured(c.Flags())
	return c
}

// absolute is the absolute path of a file; none has none.
func absolute(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	return filepath.Abs(file)
}

// mountBehind is mount of a process that is in the background already, and has the terminal of who started it until it
// is ready.
func mountBehind(ctx context.Context, conf config.Config, source, mountpoint string,
	terminal io.Writer, ready func() error) error {
	dir, err := filepath.Abs(mountpoint)
	if err != nil {
		return err
	}
	var (
		out  = inboxfs.Background()
		name string
	)
	opened := func() (err error) { name, err = out.Open(conf); return err }
	answers := func() error {
		_, err := fmt.Fprintf(terminal, "mounted at %s, by process %d; to end it: %s unmount %s\nits log: %s\n",
			dir, os.Getpid(), hint.Program(), hint.Shell(dir), name)
		if err == nil && !conf.Start {
			_, err = fmt.Fprintln(terminal, "nothing is uploaded before:", hint.Way{Mount: dir}.Do("start", ""))
		}
		return errors.Join(err, out.Leave(conf), ready())
	}
	log := inboxfs.Logger(conf, out)
	if err = mount(ctx, conf, source, dir, log, opened, answers); err != nil && out.Left() {
		log.Error("ended", "error", err)
		return toldError{exitFailed}
	}
	return err
}

// mount mounts until ctx ends, or somebody unmounts it. source is what the system's table of mounts has as the device:
// with the configuration file there, mount -a knows which line of fstab is mounted already. opened, where it is not
// nil, is called when the daemon has its spool, answers when its mount answers.
func mount(ctx context.Context, conf config.Config, source, mountpoint string, log *slog.Logger,
	opened, answers func() error) error {
	if conf.Credential.Mode == config.AccessKey {
		log.Warn("the credential mode is access_key, which is for testing: use sts where others can reach this machine")
	}
	d, err := inboxfs.Open(ctx, conf, log)
	if err != nil {
		return err
	}
	if opened != nil {
		if err := opened(); err != nil {
			_, closing := d.Close(ctx)
			return errors.Join(err, closing)
		}
	}
	d.Version, d.Source = version(), source
	left, err := d.Run(ctx, mountpoint,
		func() {
			if err := answers(); err != nil {
				log.Warn("who started this may not know that it is ready", "error", err)
			}
			log.Info("mounted", "mountpoint", mountpoint, "spool", conf.Spool, "bucket", conf.OSS.Bucket)
			if !conf.Start {
				log.Info("nothing is uploaded before start; --start does that at mount", "do", startAt(mountpoint))
			}
			notify(log, daemon.SdNotifyReady)
		},
		func() {
			log.Info("ending: requests in flight get a moment, nothing is discarded")
			notify(log, daemon.SdNotifyStopping)
		})
	if err != nil {
		return err
	}
	if left.Entries > 0 {
		log.Info("pending files are kept in the spool and go on at the next mount", "files", left.Entries,
			"bytes", left.Bytes, "size", humanize.IBytes(uint64(left.Bytes)))
	}
	return nil
}

// notify tells systemd how far we are, if it asked to know.
func notify(log *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("systemd could not be told", "state", state, "error", err)
	}
}

// startAt is the command that starts the queue of a mount.
func startAt(mountpoint string) string {
	if dir, err := filepath.Abs(mountpoint); err == nil {
		mountpoint = dir
	}
	return hint.Way{Mount: mountpoint}.Do("start", "")
}
