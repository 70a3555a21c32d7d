package daemon

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"
)

// profiling is how long processors are watched for a profile.
const profiling = 10 * time.Second

// serveProfiles writes a profile into the spool each time that the process gets SIGUSR1, which only its user and root
// can send, until end is called. A signal during a profile is for the next one.
func (d *Daemon) serveProfiles(during time.Duration) (end func()) {
	asked, ended := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(asked, syscall.SIGUSR1)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			select {
			case <-asked:
			case <-ended:
				return
			}
			dir := filepath.Join(d.config.Spool, "profile-"+time.Now().UTC().Format("20060102T150405.000Z"))
			if err := profile(dir, during, ended); err != nil {
				d.log.Warn("no profile", "error", err)
			} else {
				d.log.Info("a profile was written; it holds names of functions, and no data", "folder", dir)
			}
		}
	})
	return func() {
		signal.Stop(asked)
		close(ended)
		serving.Wait()
	}
}

// profile writes what the program does with processors, memory and goroutines, as go tool pprof reads it.
func profile(dir string, during time.Duration, ended <-chan struct{}) (err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	write := func(name string, fill func(*os.File) error) {
		f, opening := os.OpenFile(filepath.Join(dir, name+".pprof"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if opening == nil {
			opening = errors.Join(fill(f), f.Close())
		}
		err = errors.Join(err, opening)
	}
	write("cpu", func(f *os.File) error {
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		select {
		case <-time.After(during):
		case <-ended:
		}
		pprof.StopCPUProfile()
		return nil
	})
	for _, name := range []string{"heap", "goroutine"} {
		write(name, func(f *os.File) error { return pprof.Lookup(name).WriteTo(f, 0) })
	}
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return nil
}
