// Package commit makes a change of the queue durable, then visible, then told. It is the only one that writes the
// journal and the event log.
//
//	Stage ──▶ staged ─┬─ Options.Before     labels of files, ahead of the rows that say the same
//	                  ├─ Journal.Commit     one transaction for all that came meanwhile; events go to its outbox
//	                  ├─ Change.Apply       under Options.Visible; false: overtaken, so that its event never came true
//	                  ├─ Events.Append      what the log cannot take comes before the next events
//	                  └─ Change.Told, and those who Wait
//
// Changes keep the order in which they were staged. Who stages them holds Options.Visible, so this is the order of the
// moves in memory, too. Nothing waits for a disk under that lock.
//
// # Failures
//
// While the journal cannot be written all that is staged stays staged, and is tried again each second; Wait hears of
// it. Rows that promise nothing are squeezed meanwhile, so that a full disk does not fill the memory. While only the
// event log cannot be written nothing stops: events wait in memory, and in the outbox on disk.
//
// # Crashes
//
//	before the transaction    nothing happened, in memory and on disk
//	behind it, before Append  Recover finds the events in the outbox and logs them
//	behind Append             Recover finds the events in the outbox and in the log, and logs none twice
//
// Outbox rows go once the log that has their events is synced: with a later transaction, or with Last.
package commit
