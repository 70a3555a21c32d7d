// Package daemon puts the parts together: a spool, the queue over it, the uploader behind it, the mount before it.
//
//	SPOOL/              0700
//	├── lock            flock: one daemon per spool; holds its pid and its mount point, a line each
//	├── journal.db      queue/journal: entries, finished parts, uploads to abort
//	├── known           queue/spool: which ids may have been given, and what is known without the journal
//	├── opened          queue/opened: which drops are open, mapped, for a start after a kill
//	├── hooks.seq       queue/hook: how far the hooks were told; only with hooks
//	├── events.log      queue/eventlog, with events.log.1 and so on behind it
//	├── profile-TIME/   what SIGUSR1 asked for (profile.go)
//	└── inbox/          the drops, plain files under their own names
//
// Order of life: lock, journal, events, queue, mount. Order of death: no new uploads and no new lines, unmount (so no
// new drops), requests in flight get their grace, journal and events are synced, lock. A kill at any moment is
// survived: what counts is in the journal, the inbox and the memory behind opened.
package daemon
