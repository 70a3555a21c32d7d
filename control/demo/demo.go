package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"inboxfs/control/config"
	"inboxfs/control/daemon"
	"inboxfs/queue/list"
	"inboxfs/queue/ossdev"
)

const (
	bucket = "demo"
	region = "cn-hangzhou"
)

// Run serves the demo in dir until ctx ends, and tells the user on out what to do and where things are. A second run in
// the same dir goes on where the first one ended. c is what the user configured; where to upload to is the demo's own.
func Run(ctx context.Context, dir string, c config.Config, out io.Writer, log *slog.Logger) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	mnt, objects := filepath.Join(dir, "mnt"), filepath.Join(dir, "objects")
	if err := os.MkdirAll(objects, 0o755); err != nil {
		return fmt.Errorf("making the demo's folder: %w; write inboxfs demo DIR, with a folder in which you may write",
			err)
	}
	id, secret := "demo-"+rand.Text()[:12], rand.Text()
	endpoint, err := ossdev.Start("127.0.0.1:0", ossdev.Options{Dir: objects, Region: region})
	if err != nil {
		return fmt.Errorf("starting the development endpoint: %w", err)
	}
	endpoint.AddKey(id, secret, "", time.Time{})
	err = endpoint.CreateBucket(bucket)
	if err == nil {
		c.Spool, c.Start = filepath.Join(dir, "spool"), true
		c.OSS.Endpoint, c.OSS.Region, c.OSS.Bucket, c.OSS.Signature = endpoint.URL, region, bucket, config.V4
		c.Credential = config.Credential{Mode: config.AccessKey}
		err = errors.Join(c.Credential.AccessKeyID.Set(id), c.Credential.AccessKeySecret.Set(secret))
	}
	if err == nil {
		err = serve(ctx, c, mnt, filepath.Join(objects, bucket), out, log)
	}
	return errors.Join(err, endpoint.Close())
}

// serve runs the daemon against the endpoint.
func serve(ctx context.Context, c config.Config, mnt, objects string, out io.Writer, log *slog.Logger) error {
	d, err := daemon.Open(ctx, c, log)
	if err != nil {
		return err
	}
	ready := func() {
		shown := relative(mnt)
		say(out,
			"inboxfs demo: mounted at %s\nuploads go to a development endpoint in this process; "+
				"objects appear in %s\n\n"+
				"try, in another shell:\n  cp *.mp4 %s/inbox/\n  cat %s/list\n  tail -f %s/events\n\nCtrl-C ends the "+
				"demo\n",
			shown, relative(objects), shown, shown, shown)
	}
	left, err := d.Run(ctx, mnt, ready, func() { say(out, "\nending: unmounting %s\n", relative(mnt)) })
	if err != nil {
		return err
	}
	done := d.Queue.Summary()
	say(out, "unmounted; %d files were uploaded, and the objects are in %s\n", done.Counts[list.Success].Entries,
		relative(objects))
	if others := done.LeftOut(); others != "" {
		say(out, "not uploaded: %s\n", others)
	}
	if left.Entries > 0 {
		say(out, "%d files (%d bytes) are pending; the next demo in this folder goes on with them\n", left.Entries,
			left.Bytes)
	}
	return nil
}

// say talks to the user.
func say(out io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(out, format, args...) // that nobody is listening any more is no reason to stop
}

// relative is path as a person in the working folder would type it.
func relative(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}
