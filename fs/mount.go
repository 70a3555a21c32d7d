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

	"inboxfs/fs/metrics"
	"inboxfs/fs/mountpoint"
)

const maxRequest = 1 << 20 // bytes of the largest READ and WRITE; the kernel's own limit

// Mount shows the tree at path and returns when it answers. ctx bounds the mounting, not the mount.
//
// A mount point that does not exist is made. It must be an empty directory, on which nothing is mounted but what a dead
// inboxfs left behind; that is cleared. Spool and mount point must not contain each other. Errors say what to do.
func Mount(ctx context.Context, path string, o Options) (*Server, error) {
	t := newTree(o)
	p, err := mountpoint.Find(ctx, path, []string{t.Inbox, t.Spool}, t.Log)
	if err != nil {
		return nil, fmt.Errorf("mounting %s: %w", path, err)
	}
	s, err := serve(ctx, p, t)
	if err != nil {
		p.GiveUp()
		return nil, fmt.Errorf("mounting %s: %w", path, err)
	}
	if err := p.Seal(); err != nil {
		t.Log.Warn("the mount point stays writable when nothing is mounted", "dir", p.Dir, "err", err)
	}
	return s, nil
}

// serve attaches the tree and serves it.
func serve(ctx context.Context, p *mountpoint.Point, t *tree) (*Server, error) {
	inbox, err := newInbox(t.Options)
	if err != nil {
		return nil, err
	}
	// No timeouts: nothing is cached by the kernel unless a node of inbox says so itself.
	o := &fusefs.Options{MountOptions: mountOptions(t), NullPermissions: true}
	m := metrics.New(metrics.Source{Totals: t.Queue.Totals, Events: t.Events.LastSeq, Inbox: t.Inbox, Version: t.Version})
	raw := measure(fusefs.NewNodeFS(newRoot(t, inbox, m, p.Dir), o), m)
	where, err := mountpoint.Attach(ctx, p.Dir, &o.MountOptions)
	if err != nil {
		return nil, err
	}
	server, err := fuse.NewServer(raw, where, &o.MountOptions)
	if err != nil {
		if derr := mountpoint.Detach(ctx, p.Dir, true); derr != nil {
			t.Log.Error("a mount that does not answer is left behind", "dir", p.Dir, "err", derr)
		}
		return nil, fmt.Errorf("starting to serve: %s", strings.TrimSpace(err.Error()))
	}
	s := &Server{dir: p.Dir, log: t.Log, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		server.Serve()
	}()
	if err := server.WaitMount(); err != nil {
		return nil, fmt.Errorf("waiting for the mount to answer: %w", errors.Join(err, mountpoint.Detach(ctx, p.Dir, true)))
	}
	if s.mount, err = mountpoint.At(p.Dir); err != nil {
		t.Log.Warn("cannot tell this mount from others later", "dir", p.Dir, "err", err)
	}
	return s, nil
}

func mountOptions(t *tree) fuse.MountOptions {
	source := t.Source
	if source == "" {
		source = mountpoint.Type
	}
	o := fuse.MountOptions{
		Name: mountpoint.Type,
		// df takes a name with a colon for a remote filesystem, and the others separate or escape mount options.
		FsName:        strings.NewReplacer(":", "-", ",", "-", `\`, "-", " ", "-").Replace(source),
		AllowOther:    t.AllowOther,
		MaxWrite:      maxRequest,
		MaxStackDepth: 2,                                                   // passthrough also where the spool lies on an overlay
		Logger:        slog.NewLogLogger(t.Log.Handler(), slog.LevelDebug), // answers to killed programs, mostly
		PanicHandler: func(v any) fuse.Status {
			t.Log.Error("a file operation panicked", "panic", v, "stack", string(debug.Stack()))
			return fuse.EIO
		},
	}
	o.ExtraCapabilities |= killPriv
	if t.AllowOther || os.Geteuid() != 0 {
		// The kernel checks modes and owners. It is of no use where only root gets in, and would cost a request for each
		// file that is made: the folder's attributes, which the last one changed.
		o.Options = append(o.Options, "default_permissions")
		o.EnableAcl = true // it checks those, too
	}
	if !t.Passthrough {
		o.DisabledCapabilities |= fuse.CAP_PASSTHROUGH
	}
	return o
}
