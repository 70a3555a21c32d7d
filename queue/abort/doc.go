// Package abort removes from the server what no file uses any more: multipart uploads, what a lost answer may have
// left, and what VOD made. It knows no entries: its owner (package queue) says what is still of use.
//
//	              ┌─ a multipart upload   aborted by its id
//	Add ──▶ order ┼─ what VOD made        removed by the id of the video: IsMedia
//	              └─ a lost Initiate      looked for, as nobody heard of its id: IsLost
//	                      │
//	                      ▼
//	   asked of the server ─┬─ done, or it is of use again (ErrNeeded) ──▶ the row goes
//	                        ├─ an error that passes ─────────────────────▶ tried again, the rest meanwhile
//	                        ├─ ErrStays ─────────────────────────────────▶ the row stays, for another day
//	                        ├─ transfer.ErrElsewhere ────────────────────▶ likewise, told once (OnUploadLeft)
//	                        └─ not ours to remove (kept.go) ─────────────▶ told once (OnMediaUnused), remembered
//
// # Crashes
//
// An order is a row of the journal from before its file forgets what it is about until the server has done it. So a
// kill at any moment repeats an order at most. The server takes a second one for done.
//
// # Locks
//
// Orders is guarded by its owner's lock (Options.Visible), which Add and all but Run expect to be held. Run takes that
// lock for moments, and asks the server without it.
package abort
