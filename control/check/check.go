package check

import (
	"context"
	"fmt"
	"slices"
	"time"

	"inboxfs/control/config"
)

// Level is how bad it is.
type Level string

// The levels, from good to bad. Skip is for what cannot be known while something before it fails.
const (
	OK   Level = "ok"
	Skip Level = "skip"
	Warn Level = "warn"
	Fail Level = "fail"
)

// Finding is the result of one check: what was found, and what to do if that is not well.
type Finding struct {
	Level Level
	Check string // a word, such as bucket
	Says  string
	Do    string // empty when there is nothing to do

	Effective string // the configuration in effect, of the check config
}

// Options says what is checked. Config must be one that a mount would take, but for what Missing names.
type Options struct {
	Config     config.Config
	Missing    error         // what a mount needs and Config does not have, a line for each; or nil
	File       string        // that the configuration was read from, or empty
	MountPoint string        // or empty
	Limit      time.Duration // for each thing that somebody else has to answer
}

// Run checks one thing after the other and tells each to say as soon as it is known.
func Run(ctx context.Context, o Options, say func(Finding)) {
	c := &cloud{Options: o}
	defer c.close()
	remote := []step{{"credentials", c.credentials}, {"proxy", c.proxy}, {"endpoint", c.endpoint}, {"clock", c.clock},
		{"bucket", c.bucket},
		{"rights", c.rights}, {"overwrite", c.overwrite}, {"acl", c.acl}, {"lifecycle", c.lifecycle}}
	switch o.Config.Credential.Mode {
	case config.ModeVOD:
		remote = []step{{"credentials", c.credentials}, {"proxy", c.proxy}, {"endpoint", c.endpoint},
			{"clock", c.clock}, {"vod", c.vod}}
	case config.ModeVODAuth:
		remote = []step{{"proxy", c.proxy}, {"auth", c.auth}}
	}
	if o.Missing != nil {
		remote = []step{{"credentials", c.credentials}, {"endpoint", c.incomplete}}
	}
	for _, s := range thisMachine(o).steps() {
		tell(s, s.within(ctx, o.Limit), say)
	}
	for _, s := range remote {
		found := s.do(ctx)
		if ctx.Err() != nil { // then it did not fail; but what it had to leave behind is said
			tell(s, slices.DeleteFunc(found, func(f Finding) bool { return f.Level == Fail }), say)
			return
		}
		tell(s, found, say)
	}
}

// incomplete stands for all that is asked of somebody else.
func (c *cloud) incomplete(context.Context) []Finding {
	return skip("the configuration is not complete")
}

// step is one check. What it finds bears its name.
type step struct {
	name string
	do   func(context.Context) []Finding
}

func tell(s step, found []Finding, say func(Finding)) {
	for _, f := range found {
		f.Check = s.name
		say(f)
	}
}

// within does a step that waits for nobody but this machine's file systems, and gives up on it when one does not
// answer.
func (s step) within(ctx context.Context, limit time.Duration) []Finding {
	found := make(chan []Finding, 1)
	go func() { found <- s.do(ctx) }() // if it hangs in the kernel it ends with the process
	select {
	case all := <-found:
		return all
	case <-time.After(limit):
		return one(Fail, fmt.Sprintf("a file system does not answer within %v", limit),
			"check the disks and the network mounts of this machine")
	}
}

// one is what most checks find.
func one(level Level, says, do string) []Finding {
	return []Finding{{Level: level, Says: says, Do: do}}
}

func ok(format string, args ...any) []Finding { return one(OK, fmt.Sprintf(format, args...), "") }

func skip(why string) []Finding { return one(Skip, "not checked: "+why, "") }
