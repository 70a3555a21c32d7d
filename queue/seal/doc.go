// Package seal takes settled drops to stable storage: the content of each, and the folders that lead to it. It knows
// nothing of entries, states or the journal: its owner (package queue) says what is wanted, and gets what came of it.
//
//	Add ──▶ due ─┬─ small      batches, in the order in which they settled: one disk wait serves many
//	             ├─ large      LargeSize and more: a few beside the batches
//	             └─ foreign    outside the spool, on a disk that may not even answer: beside all others
//	                    │
//	                    ▼
//	   content synced and looked at ──▶ folders synced ──▶ Options.Ended ──▶ Turns ──▶ the journal (package queue)
//
// # Order
//
// All are synced beside each other, and added in the order in which they settled, whatever their syncs take. Turns
// holds that order. A drop that takes too long keeps the others no longer:
//
//	foreign    5 s from when it settled
//	small      30 s from when its sync began
//	large      30 s, and a second more for each 16 MiB, at most 5 min
//
// # Changes meanwhile
//
// A drop that was changed, renamed or removed is no longer Wanted. The Sealer drops it wherever it meets it. Its owner
// makes a new one when the drop has settled again.
//
// # Locks
//
// Sealer.mu guards the lists, and is taken after the owner's lock (Options.Visible). Turns has no lock: its owner's
// guards it. Nothing waits for a disk under either.
//
// # Crashes
//
// Nothing here is remembered. After a kill all that was not in the journal settles anew.
package seal
