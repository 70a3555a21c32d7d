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
// # What readers see
//
// Bytes have places, which go on over rotations. Who opens the log gets a window: from the beginning of the file before
// the current one on, without an end. So what has just happened is there, whenever the log was rotated; and who goes on
// reading, as tail -f does, never sees a rotation, at whatever rate he looks:
//
//	files     events.2    events.1    events
//	places                [from ... ) [ ...     End) ... lines to come
//	window                [..............................................
//
// What is behind the window's first file may be gone for a reader who is slower than the log by a whole file. He goes
// on where there is something (ReadFrom). So that this happens to nobody who looks once per Grace, a log that has just
// been rotated rests for that long, and exceeds MaxSize instead.
//
// # Others
//
// Somebody may empty the file (copytruncate), move it away (logrotate), remove it, edit it, or add a remark. Each
// Append looks at it first (others.go), and the file is opened to append: no line goes to a file without a name, none
// lies behind a hole, and the numbers go on. Who reads on sees the new lines after those that he has read.
package eventlog
