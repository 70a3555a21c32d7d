package command

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"inboxfs/control/config"
	inboxfs "inboxfs/control/daemon"
)

func mountCommand() *cobra.Command {
	var load func() (config.Config, error)
	c := &cobra.Command{
		Use: "mount [--config FILE] MOUNTPOINT", ValidArgsFunction: folder,
		Short: "mount in the foreground, until unmount, Ctrl-C or SIGTERM",
		Args:  args(1, 1, "MOUNTPOINT is an empty folder, or one to be made"),
		RunE: func(c *cobra.Command, args []string) error {
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
			return mount(c.Context(), conf, source, args[0])
		},
	}
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

// mount mounts until ctx ends, or somebody unmounts it. source is what the system's table of mounts has as the device:
// with the configuration file there, mount -a knows which line of fstab is mounted already.
func mount(ctx context.Context, conf config.Config, source, mountpoint string) error {
	log := inboxfs.Logger(conf)
	if conf.Credential.Mode == config.AccessKey {
		log.Warn("the credential mode is access_key, which is for testing: use sts where others can reach this machine")
	}
	d, err := inboxfs.Open(ctx, conf, log)
	if err != nil {
		return err
	}
	d.Version, d.Source = version(), source
	left, err := d.Run(ctx, mountpoint,
		func() {
			log.Info("mounted", "mountpoint", mountpoint, "spool", conf.Spool, "bucket", conf.OSS.Bucket)
			if !conf.Start {
				log.Info("nothing is uploaded before start is written to control; --start does that at mount")
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
