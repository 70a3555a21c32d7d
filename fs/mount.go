package fs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"inboxfs/fs/inbox"
	"inboxfs/fs/metrics"
	"inboxfs/fs/mountpoint"
	"inboxfs/fs/virtual"
)

const maxRequest = 1 << 20 // bytes of the largest READ and WRITE; the kernel's own limit

// Mount shows the tree at path and returns when it answers. ctx bounds the mounting, not the mount.
//
// A mount point that does not exist is made. It must be an empty directory, on which nothing is mounted but what a dead
// inboxfs left behind; that is cleared. Spool and mount point must not contain each other. Errors say what to do.
func Mount(ctx context.Context, path string, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p, err := mountpoint.Find(ctx, path, []string{o.Inbox, o.Spool}, o.Log)
	if err != nil {
		return nil, fmt.Errorf("mounting %s: %w", path, err)
	}
	s, err := serve(ctx, p, &o)
	if err != nil {
		p.GiveUp()
		return nil, fmt.Errorf("mounting %s: %w", path, err)
	}
	if err := p.Seal(); err != nil {
		o.Log.Warn("the mount point stays writable when nothing is mounted", "dir", p.Dir, "err", err)
	}
	return s, nil
}

// serve attaches the tree and serves it.
func serve(ctx context.Context, p *mountpoint.Point, o *Options) (*Server, error) {
	drops, err := inbox.New(o.inbox())
	if err != nil {
		return nil, err
	}
	// No timeouts: nothing is cached by the kernel unless a node of inbox says so itself.
	served := &fusefs.Options{MountOptions: mountOptions(o), NullPermissions: true,
		RootStableAttr: &fusefs.StableAttr{Ino: inbox.RootIno}, FirstAutomaticIno: virtual.FirstIno}
	m := metrics.New(metrics.Source{Totals: o.Queue.Totals, Events: o.Events.LastSeq, Inbox: o.Inbox,
		Version: o.Version})
	raw := measure(fusefs.NewNodeFS(newRoot(o, drops, m, p.Dir), served), m)
	where, err := mountpoint.Attach(ctx, p.Dir, &served.MountOptions)
	if err != nil {
		return nil, err
	}
	server, err := fuse.NewServer(raw, where, &served.MountOptions)
	if err != nil {
		if derr := mountpoint.Detach(ctx, p.Dir, true); derr != nil {
			o.Log.Error("a mount that does not answer is left behind", "dir", p.Dir, "err", derr)
		}
		return nil, fmt.Errorf("starting to serve: %s", strings.TrimSpace(err.Error()))
	}
	s := &Server{dir: p.Dir, log: o.Log, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		server.Serve()
	}()
	if err := server.WaitMount(); err != nil {
		return nil, fmt.Errorf("waiting for the mount to answer: %w",
			errors.Join(err, mountpoint.Detach(ctx, p.Dir, true)))
	}
	if s.mount, err = mountpoint.At(p.Dir); err != nil {
		o.Log.Warn("cannot tell this mount from others later", "dir", p.Dir, "err", err)
	}
	return s, nil
}

func mountOptions(o *Options) fuse.MountOptions {
	source := o.Source
	if source == "" {
		source = mountpoint.Type
	}
	m := fuse.MountOptions{
		Name: mountpoint.Type,
		// df takes a name with a colon for a remote filesystem, and the others separate or escape mount options.
		FsName:     strings.NewReplacer(":", "-", ",", "-", `\`, "-", " ", "-").Replace(source),
		AllowOther: o.AllowOther,
		MaxWrite:   maxRequest,
		// passthrough also where the spool lies on an overlay
		MaxStackDepth: 2,
		Logger:        slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug), // answers to killed programs, mostly
		PanicHandler: func(v any) fuse.Status {
			o.Log.Error("a file operation panicked", "panic", v, "stack", string(debug.Stack()))
			return fuse.EIO
		},
	}
	m.ExtraCapabilities |= inbox.KillPriv
	if o.AllowOther || os.Geteuid() != 0 {
		// The kernel checks modes and owners. It is of no use where only root gets in, and would cost a request for
		// each file that is made: the folder's attributes, which the last one changed.
		m.Options = append(m.Options, "default_permissions")
		m.EnableAcl = true // it checks those, too
	}
	if !o.Passthrough {
		m.DisabledCapabilities |= fuse.CAP_PASSTHROUGH
	}
	return m
}
