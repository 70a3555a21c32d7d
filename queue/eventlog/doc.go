// Package eventlog is the events file: an append-only log with one line per event, for people with tail -f and for
// scripts.
//
// # Lines
//
// A line has time (RFC 3339, UTC, milliseconds), seq, event, then id and file if the event is about one file, then the
// event's own fields in their order. log/slog's handlers render it:
//
//	text  time=2026-03-01T12:00:00.000Z seq=17 event=OnFileAdded id=3 file="a b.mp4" size=1048576
//	json  {"time":"2026-03-01T12:00:00.000Z","seq":17,"event":"OnFileAdded","id":3,"file":"a b.mp4","size":1048576}
//
// Whatever a file is called, its event is one line, and nothing in it reaches a terminal as a control sequence. In text
// such names are quoted as by Go's %q; in json they are escaped. JSON has no way to hold bytes that are not UTF-8: each
// of them becomes U+FFFD there, and id says which file it is.
//
// seq counts from 1, has no gaps, and goes on after a restart from the last line that is found.
//
// # Files
//
//	events      the current file, mode 0600
//	events.1    the one before, complete; events.2 is older, and so on up to Options.Keep
//	events.new  exists only inside a rotation
//
// A batch of events is one write at the end of the file. If it fails or is short, the file is cut back to where it was
// and the numbers are given to the next events: no half line, no gap. The same cut is made by Open, where a crash left
// half a line. A file is rotated before the batch that would take it above Options.MaxSize, so a batch is never split.
//
// # Rotation as readers see it
//
// tail -f on a network or FUSE file looks at its size once a second. It reads on from where it was, and starts from 0
// if the size has become smaller. So that it prints every line once, the readers' view (Size, ModTime, ReadAt) differs
// from the file during a rotation:
//
//	following --rotation--> lingering --Grace--> arriving --Grace--> following
//
//	following  the current file, up to the last complete write
//	lingering  the previous file, in full and unchanged: whoever looks at least once per Grace has read its end
//	arriving   the current file, but never as much of it as the previous file had: so its size is seen to shrink,
//	           however fast it grows
//
// The next rotation waits until readers follow again. A log that grows by more than MaxSize in two Graces therefore
// exceeds MaxSize instead of losing lines for its readers. No goroutine drives this: each call looks at the clock.
package eventlog
