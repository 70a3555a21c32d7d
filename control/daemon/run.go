package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"inboxfs/fs"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
)

const (
	unmountGrace = 10 * time.Second // for programs to close their files
	flightGrace  = 10 * time.Second // for requests in flight, from the same moment on
)

// Run serves the tree at mountpoint until ctx ends or somebody unmounts it, and then ends the daemon. ready is called
// when the mount answers, ending when the end begins. left is what is pending: it goes on at the next mount.
func (d *Daemon) Run(ctx context.Context, mountpoint string, ready, ending func()) (left list.Count, err error) {
	server, err := d.Mount(ctx, mountpoint)
	if err != nil {
		_, closing := d.Close(ctx)
		return left, errors.Join(err, closing)
	}
	defer outliveReaders()()
	defer d.serveProfiles(profiling)()
	ready()
	d.thrifty()
	unmounted := make(chan struct{})
	go func() {
		server.Wait()
		close(unmounted)
	}()
	var broken error
	select {
	case <-ctx.Done():
	case <-unmounted:
	case <-d.Queue.Broken():
		broken = errors.New("the disk of the journal failed, and what it holds is only known after a restart: " +
			"start inboxfs again")
	}
	ending()
	if err := hold(d.config.Spool, ""); err != nil {
		d.log.Warn("whoever waits for this spool is not told that it will be free", "error", err)
	}
	d.Queue.Drain()
	killpoint.At("end: draining")
	flight, cancelFlight := context.WithTimeout(context.WithoutCancel(ctx), flightGrace)
	defer cancelFlight()
	unmounting, cancel := context.WithTimeout(context.WithoutCancel(ctx), unmountGrace)
	defer cancel()
	err = server.Unmount(unmounting)
	killpoint.At("end: unmounted")
	if errors.Is(err, fs.ErrDetached) {
		d.log.Warn("programs still had files open in the mount; what they had not closed is held at the next start",
			"error", err)
		err = nil
	}
	left, closing := d.Close(flight)
	if err = errors.Join(broken, err, closing); err != nil {
		return left, fmt.Errorf("ending: %w", err)
	}
	return left, nil
}

// outliveReaders has a write to a standard output or error that nobody reads any more fail, which is no reason to end
// and leave a dead mount; Go ends a program for it. It is not ignored, as the programs that we start would inherit
// that.
func outliveReaders() (end func()) {
	closed := make(chan os.Signal, 1)
	signal.Notify(closed, syscall.SIGPIPE)
	return func() { signal.Stop(closed) }
}
