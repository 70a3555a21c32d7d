// Command inboxfs mounts a folder from which everything is uploaded to Alibaba Cloud OSS. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"inboxfs/control/config"
	"inboxfs/fs"
	"inboxfs/fs/check"
	inboxfs "inboxfs/fs/daemon"
	"inboxfs/fs/demo"
	"inboxfs/fs/viewer"
	"inboxfs/queue/oss/ossdev"
)

// Exit codes; README.md lists them.
const (
	exitFailed = 1 // it did not work; the message says why
	exitUsage  = 2 // the command line or the configuration is wrong; nothing was done
)

// usageError marks what is wrong with how the command was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "inboxfs: %v\n", err)
	if usage := (usageError{}); errors.As(err, &usage) {
		os.Exit(exitUsage)
	}
	os.Exit(exitFailed)
}

func root() *cobra.Command {
	c := &cobra.Command{
		Use:   "inboxfs",
		Short: "a folder that uploads to Alibaba Cloud OSS",
		Long: "Mount a folder; whatever lands in its inbox/ is uploaded to Alibaba Cloud OSS.\n" +
			"Its list shows the queue, words written to control drive it, events is a log to tail -f.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q; see inboxfs --help", args[0])}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	c.AddCommand(demoCommand(), mountCommand(), unmountCommand(), statusCommand(), checkCommand(), devserverCommand(), versionCommand())
	return c
}

// args says how many arguments a command takes, and what they are.
func args(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return usageError{fmt.Errorf("write inboxfs %s; %s", c.Use, what)}
		}
		return nil
	}
}

func demoCommand() *cobra.Command {
	var load func(*cobra.Command) (config.Config, error)
	c := &cobra.Command{
		Use:   "demo [DIR]",
		Short: "the main job with no account: mount, queue and a development endpoint in one",
		Args:  args(0, 1, "DIR holds mnt/, spool/ and objects/"),
		RunE: func(c *cobra.Command, args []string) error {
			dir := "inboxfs-demo"
			if len(args) == 1 {
				dir = args[0]
			}
			conf, err := load(c)
			if err != nil {
				return err
			}
			return demo.Run(c.Context(), dir, conf, c.OutOrStdout(), logger(conf))
		},
	}
	load = configured(c)
	return c
}

func mountCommand() *cobra.Command {
	var load func(*cobra.Command) (config.Config, error)
	c := &cobra.Command{
		Use:   "mount MOUNTPOINT",
		Short: "mount in the foreground, until unmount, Ctrl-C or SIGTERM",
		Args:  args(1, 1, "MOUNTPOINT is an empty folder, or one to be made"),
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := load(c)
			if err != nil {
				return err
			}
			if err := conf.Missing(); err != nil {
				return usageError{err}
			}
			return mount(c.Context(), conf, args[0])
		},
	}
	load = configured(c)
	return c
}

func mount(ctx context.Context, conf config.Config, mountpoint string) error {
	log := logger(conf)
	if conf.Credential.Mode == config.AccessKey {
		log.Warn("the credential mode is access_key, which is for testing: use sts where others can reach this machine")
	}
	d, err := inboxfs.Open(ctx, conf, log)
	if err != nil {
		return err
	}
	d.Version = version()
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

func unmountCommand() *cobra.Command {
	var wait bool
	c := &cobra.Command{
		Use:   "unmount MOUNTPOINT",
		Short: "unmount, from another shell; what is pending is kept",
		Args:  args(1, 1, "MOUNTPOINT is where inboxfs is mounted"),
		RunE: func(c *cobra.Command, args []string) error {
			return fs.Unmount(c.Context(), args[0], wait)
		},
	}
	c.Flags().BoolVar(&wait, "wait", false, "first wait until everything has been uploaded")
	return c
}

func statusCommand() *cobra.Command {
	var watch, asJSON bool
	c := &cobra.Command{
		Use:   "status [MOUNTPOINT]",
		Short: "the queue, with progress bars in a terminal",
		Args:  args(0, 1, "MOUNTPOINT is where inboxfs is mounted; with only one mount it is that"),
		RunE: func(c *cobra.Command, args []string) error {
			if watch && asJSON {
				return usageError{errors.New("write one of --watch and --json")}
			}
			dir, err := theMount(args)
			switch {
			case err != nil:
				return err
			case asJSON:
				return viewer.JSON(c.Context(), dir, os.Stdout)
			case watch:
				return viewer.Watch(c.Context(), dir, os.Stdout)
			}
			return viewer.Show(c.Context(), dir, os.Stdout)
		},
	}
	c.Flags().BoolVar(&watch, "watch", false, "keep it up to date, until Ctrl-C")
	c.Flags().BoolVar(&asJSON, "json", false, "one object: queue, and list as in list.json")
	return c
}

// theMount is the mount that is named, or the only one that this user has.
func theMount(args []string) (string, error) {
	if len(args) == 1 {
		return filepath.Abs(args[0])
	}
	mounts, err := fs.Mounts()
	switch {
	case err != nil:
		return "", fmt.Errorf("looking for mounts: %w", err)
	case len(mounts) == 0:
		return "", usageError{errors.New("this user has not mounted any inboxfs; mount one, or write inboxfs status MOUNTPOINT")}
	case len(mounts) > 1:
		return "", usageError{fmt.Errorf("write inboxfs status MOUNTPOINT; mounted are\n  %s", strings.Join(mounts, "\n  "))}
	}
	return mounts[0], nil
}

func checkCommand() *cobra.Command {
	var (
		load  func(*cobra.Command) (config.Config, error)
		limit time.Duration
		lines bool
	)
	c := &cobra.Command{
		Use:   "check [MOUNTPOINT]",
		Short: "say what is wrong with configuration, machine, credentials and bucket, and what to do",
		Long: "Look at everything that a mount and its uploads need, one line each: ok, warn, fail, or skip for what cannot be\n" +
			"known while something before it fails. Nothing is changed here, and no object is made in the bucket.\n" +
			"The configuration in effect comes first, without secrets. Exit code 0: nothing fails, 1: something does,\n" +
			"2: the configuration is wrong, and nothing else was looked at.",
		Args: args(0, 1, "MOUNTPOINT is where you mean to mount"),
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := load(c)
			if err != nil {
				return err
			}
			if err := conf.Missing(); err != nil {
				return usageError{err}
			}
			if limit <= 0 {
				return usageError{fmt.Errorf("--timeout is %v, in which nobody can answer", limit)}
			}
			o := check.Options{Config: conf, File: c.Flag("config").Value.String(), Limit: limit}
			if len(args) == 1 {
				o.MountPoint = args[0]
			}
			write := check.Text
			if lines {
				write = check.JSON
			}
			return check.Report(c.Context(), o, c.OutOrStdout(), write)
		},
	}
	c.Flags().BoolVar(&lines, "json", false, "print each finding as a JSON object on a line of its own")
	c.Flags().DurationVar(&limit, "timeout", 10*time.Second, "longest wait for each answer")
	load = configured(c)
	return c
}

func devserverCommand() *cobra.Command {
	var (
		o              ossdev.Options
		listen, bucket string
		lifetime       time.Duration
	)
	c := &cobra.Command{
		Use:   "devserver",
		Short: "the development endpoint alone: an OSS for trying things out, never for production",
		Args:  args(0, 0, "it takes flags only"),
		RunE: func(c *cobra.Command, _ []string) error {
			return demo.Serve(c.Context(), listen, bucket, lifetime, o, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&o.Dir, "dir", "inboxfs-objects", "folder for the objects")
	c.Flags().StringVar(&o.Region, "region", "cn-hangzhou", "region id that signatures must name")
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:9100", "address; only this machine by default")
	c.Flags().StringVar(&bucket, "bucket", "demo", "bucket to make")
	c.Flags().DurationVar(&lifetime, "token-lifetime", time.Hour, "how long security tokens are good")
	c.Flags().DurationVar(&o.AuthLifetime, "auth-lifetime", 3000*time.Second, "how long VOD's upload credentials are good")
	return c
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "what this program is",
		Args:  args(0, 0, "it takes no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), "inboxfs", version())
			return err
		},
	}
}

// release is the version of a package, which its build sets.
var release string

// version is that of the package, or the module's, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision := info.Main.Version
	if release != "" {
		revision = release
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (revision == "" || revision == "(devel)") {
			revision = s.Value
		}
	}
	return fmt.Sprintf("%s %s", revision, info.GoVersion)
}

// configured gives a command --config and a flag for each key of the configuration, and returns what loads it.
func configured(c *cobra.Command) func(*cobra.Command) (config.Config, error) {
	file := c.Flags().String("config", "", "configuration file (TOML); see config.example.toml")
	keys := make(map[string]bool)
	for _, k := range config.Keys() {
		if k.Flag == "" {
			continue
		}
		keys[k.Flag] = true
		help := k.Help
		if k.Allowed != "" {
			help += " (" + k.Allowed + ")"
		}
		value := &text{value: k.Default, kind: k.Type}
		if k.Type == "list" {
			value.value = "" // too long for help
			help += " (default: see config.example.toml)"
		}
		f := c.Flags().VarPF(value, k.Flag, "", help)
		if k.Type == "bool" {
			f.NoOptDefVal = "true"
		}
	}
	return func(c *cobra.Command) (config.Config, error) {
		given := make(map[string]string)
		c.Flags().Visit(func(f *pflag.Flag) {
			if keys[f.Name] {
				given[f.Name] = f.Value.String()
			}
		})
		conf, err := config.Load(*file, os.Environ(), given)
		if err != nil {
			return conf, usageError{err}
		}
		for _, k := range config.Keys() {
			if k.Secret { // it is for us, not for credential.process and the like
				if err := os.Unsetenv(k.Env); err != nil {
					return conf, fmt.Errorf("taking %s out of the environment: %w", k.Env, err)
				}
			}
		}
		return conf, nil
	}
}

// text is a flag as it was written; config.Load knows what it means.
type text struct{ value, kind string }

func (t *text) String() string     { return t.value }
func (t *text) Set(s string) error { t.value = s; return nil }
func (t *text) Type() string       { return t.kind }

// logger is the daemon's own log, on standard error. The standard logger, which libraries have, goes there too.
func logger(c config.Config) *slog.Logger {
	l := slog.New(handler(c))
	log.SetFlags(0)
	log.SetOutput(inboxfs.Libraries{Log: l})
	return l
}

func handler(c config.Config) slog.Handler {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		level = slog.LevelInfo // config has checked the word
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Log.Format == config.JSON {
		return slog.NewJSONHandler(os.Stderr, o)
	}
	return slog.NewTextHandler(os.Stderr, o)
}
