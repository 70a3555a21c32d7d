package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"inboxfs/control"
	"inboxfs/control/config"
	"inboxfs/fs"
	"inboxfs/fs/nesting"
	"inboxfs/fs/text"
	"inboxfs/fs/writer"
	"inboxfs/queue"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/hook"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/opened"
	"inboxfs/queue/oss"
	"inboxfs/queue/vod"
)

// Daemon is one spool with everything that belongs to it, not mounted yet.
type Daemon struct {
	Queue   *queue.Queue
	Control *control.Control
	Version string // of the program, for metrics
	Source  string // what df and mount show as the device; "" means "inboxfs"

	config  config.Config
	log     *slog.Logger
	lock    *flock.Flock
	journal *journal.Journal
	opened  *opened.Table
	events  *eventlog.Log
	remote  *oss.Remote // nil where VOD says where files go; then these are not:
	buckets *buckets
	api     *vod.API  // mode vod
	desk    *vod.Desk // mode vod-auth, without a program
	keys    *keyring
	limits  *timetable
	hook    *hook.Hook // nil: nobody is told
	floor   []byte     // see memory.go
}

// Open takes the spool and brings its queue back to life. Nothing is mounted, but what is ready uploads if the
// configuration says start.
func Open(ctx context.Context, c config.Config, log *slog.Logger) (_ *Daemon, err error) {
	d := &Daemon{config: c, log: log, floor: make([]byte, floor)}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.release())
		}
	}()
	if err := nesting.Spool(c.Spool); err != nil {
		return nil, err
	}
	inbox, err := makeSpool(c.Spool)
	if err != nil {
		return nil, err
	}
	if c.OldSpool() {
		log.Info("the spool is where earlier versions had it; to have it where new ones are, "+
			"end inboxfs and move its files into default there",
			"spool", c.Spool, "default", filepath.Join(c.Spool, "default"))
	}
	d.lock, err = lock(ctx, c.Spool, func(h Holder) {
		log.Info("waiting for another inboxfs to let go of the spool", "pid", h.PID, "mountpoint", h.Mount, "spool",
			c.Spool)
	})
	if err != nil {
		return nil, err
	}
	var recovered *queue.Recovered
	killpoint.At("start: spool locked")
	path := filepath.Join(c.Spool, "journal.db")
	if d.journal, recovered, err = queue.Recover(path, log); err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	d.opened = recovered.Opened()
	d.events, err = eventlog.Open(filepath.Join(c.Spool, "events.log"),
		eventlog.Options{Format: eventlog.Format(c.Events.Format),
			MaxSize: int64(c.Events.MaxSize), Keep: c.Events.Keep,
			OnError: func(err error) { log.Warn("the event log cannot be rotated", "error", err) }})
	if err != nil {
		return nil, fmt.Errorf("opening the event log: %w", err)
	}
	rules, err := names.Compile(c.Inbox.Ignore, c.Inbox.Wait)
	if err != nil {
		return nil, err
	}
	d.keys = newKeyring(c.Credential, log)
	uploader, err := d.uploader()
	if err != nil {
		return nil, err
	}
	own, err := owned(c, os.Geteuid() == 0)
	if err != nil {
		return nil, err
	}
	rate, _ := c.Upload.Limit.At(time.Now())
	o := queue.Options{Inbox: inbox, Journal: d.journal, Events: d.events, Names: rules, Check: check(c),
		Uploader: uploader, Files: c.Upload.Files,
		Settle: time.Duration(c.Inbox.Settle), RelaySettle: time.Duration(c.Inbox.RelaySettle),
		WriterWait: time.Duration(c.Inbox.WriterWait),
		MaxRetries: c.Upload.MaxRetries, Keep: c.Inbox.AfterUpload == config.Keep,
		HoldSynced:  c.Inbox.SyncFolders == config.Hold,
		KeepFolders: c.Inbox.EmptiedFolders == config.Keep, Fresh: !c.Upload.ResumeAfterRestart,
		Stream:  c.Upload.Stream,
		HLS:     d.remote == nil && c.VOD.HLS,
		Replace: d.remote != nil && c.Upload.Overwrite == config.Replace,
		Owned:   own,
		Start:   c.Start, Limit: int64(rate), Log: log}
	d.Queue, err = queue.New(o, recovered)
	if errors.Is(err, journal.ErrDamaged) { // which nobody could see before something was to be written
		log.Error("the journal is damaged", "error", d.journal.Close())
		if d.journal, recovered, err = queue.Recover(path, log); err != nil {
			return nil, fmt.Errorf("opening the journal: %w", err)
		}
		o.Journal, d.opened = d.journal, recovered.Opened()
		d.Queue, err = queue.New(o, recovered)
	}
	if err != nil {
		return nil, fmt.Errorf("bringing the queue back: %w", err)
	}
	d.limits = follow(c.Upload.Limit, time.Now, d.Queue.SetLimit)
	if c.Hooks.Any() {
		d.hook, err = hook.New(hook.Options{Events: d.events, Names: c.Hooks.Events, Command: c.Hooks.Command,
			URL:   c.Hooks.URL.Reveal(),
			Limit: time.Duration(c.Hooks.Timeout), Tries: c.Hooks.Tries, Path: filepath.Join(c.Spool, "hooks.seq"),
			Log:   log,
			Shown: text.Name})
		if err != nil {
			return nil, err
		}
	}
	d.keys.serve(d.Queue)
	if err := d.keys.Check(ctx); err != nil && c.Credential.Mode != config.ModeVODAuth {
		log.Warn("nothing can be uploaded yet", "error", err)
	}
	d.Control = control.New(d.Queue, d.keys.Ring, c.Credential.Mode, d.desk)
	return d, nil
}

// Mount shows the daemon's tree at mountpoint and returns when it answers.
func (d *Daemon) Mount(ctx context.Context, mountpoint string) (*fs.Server, error) {
	inbox, control, err := access(d.config)
	if err != nil {
		return nil, err
	}
	var excused []writer.Excused
	for _, text := range d.config.Inbox.Excuse {
		program, statuses, err := config.ParseExcuse(text)
		if err != nil {
			return nil, err
		}
		excused = append(excused, writer.Excused{Program: program, Statuses: statuses})
	}
	server, err := fs.Mount(ctx, mountpoint, fs.Options{Relays: d.config.Inbox.Relays, Excused: excused,
		InboxAccess: inbox, Access: control, Spool: d.config.Spool, Inbox: filepath.Join(d.config.Spool, "inbox"),
		Queue: d.Queue, Control: d.Control,
		Events: d.events, AllowOther: d.config.AllowOther, Passthrough: d.config.Inbox.Passthrough && os.Geteuid() == 0,
		Opened: d.opened, Reserve: int64(d.config.Inbox.Reserve), Version: d.Version, Source: d.Source, Log: d.log})
	if err != nil {
		return nil, err
	}
	killpoint.At("start: mounted")
	if err := hold(d.config.Spool, server.Dir()); err != nil {
		d.log.Warn("whoever else wants this spool is not told where it is mounted", "error", err)
	}
	d.Control.Mounted(server.Dir())
	if err := d.Queue.Mounted(server.Dir()); err != nil {
		unmounting, cancel := context.WithTimeout(context.WithoutCancel(ctx), unmountGrace)
		defer cancel()
		return nil, errors.Join(err, server.Unmount(unmounting))
	}
	return server, nil
}

// Close ends everything and discards nothing; requests in flight may end until ctx does. It says what is pending.
func (d *Daemon) Close(ctx context.Context) (list.Count, error) {
	err := d.Queue.Shutdown(ctx)
	left := d.Queue.Left()
	return left, errors.Join(err, d.release())
}

// release lets go of what Open took, as far as it came.
func (d *Daemon) release() error {
	var errs []error
	if d.limits != nil {
		d.limits.close()
	}
	if d.keys != nil {
		d.keys.Close()
	}
	if d.remote != nil {
		d.remote.Close()
	}
	if d.buckets != nil {
		d.buckets.close()
	}
	if d.api != nil {
		d.api.Close()
	}
	if d.hook != nil {
		d.hook.Close()
	}
	if d.events != nil {
		errs = append(errs, d.events.Sync(), d.events.Close())
	}
	if d.journal != nil {
		errs = append(errs, d.journal.Close())
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Close())
	}
	return errors.Join(errs...)
}
