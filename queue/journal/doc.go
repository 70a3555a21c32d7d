// Package journal keeps what must survive kill -9 and power loss: the queue's entries, their acknowledged parts, the
// multipart uploads still to be aborted, and events that are not yet in the events file. It is the only importer of
// bbolt.
//
// # File
//
// One bbolt file, mode 0600, with five buckets, and up to five more. Numbers in keys are big-endian, so that key order
// is number order.
//
//	meta      "format"           1 byte, the layout drawn here (1; more while needed: 2 for moves, 3 and 4 for needs)
//	          "next-id"          8 bytes, the next entry's id
//	          "next-order"       8 bytes, the next entry's place in the order of addition
//	          "next-move"        8 bytes, the number of the next move of a folder
//	          "queue-state"      text
//	          "clean"            1 byte, 1 if the last Close was orderly
//	          "boot"             text, which boot of the machine the last Commit was in
//	          "doubt"            8 bytes, the last place in the order of which a kill may have hidden that it was
//	                             uploaded
//	          "busy-since"       8 bytes, when uploads began that have not all ended, unix ms; 0 when all have
//	          "seq"              8 bytes, the last number that an event of the log may have
//	entries   id                 -> Record
//	parts     id | number        -> Part        8 + 4 bytes: an entry's parts lie side by side
//	aborts    n                  -> Abort     to be made; or, without an upload id, to be looked for
//	outbox    n                  -> a rendered event, as it was given
//	moves     n                  -> Move      of a folder, until the row of each entry below it has its new name
//	needs     layout | id        -> nothing   1 + 8 bytes: what a program must know to act on that entry's Record
//	taken     hash of a name     -> Taken     of a file that was uploaded, removed and taken off the list
//	given     hash of a video id, -> Taken     of a file that was uploaded and taken off the list
//	          or bucket and key
//	late      place              -> Late      a request that may still make an object there
//
// A Record, Part, Abort, Move, Taken or Late is stored as
//
//	+---------+-------+-------+-----+-------+-----------+
//	| version | field | field | ... | field | CRC-32C   |
//	| 1 byte  |       |       |     |       | 4 bytes   |
//	+---------+-------+-------+-----+-------+-----------+
//	field:    uvarint(tag<<1|0) uvarint(number)
//	          uvarint(tag<<1|1) uvarint(length) bytes
//
// Zero values are left out, a reader skips tags it does not know, and a tag is never given a second meaning: so an
// older inboxfs reads what a newer one wrote. Where a record means something else without such a tag, needs says so,
// and an older inboxfs refuses the file as long as it has one. Strings are bytes, because a file name may be any. The
// CRC covers the key as well: bbolt has no checksum on its data pages, and a record under a wrong key is as bad as a
// flipped bit.
//
// # Crashes
//
// A Commit is one bbolt transaction: the changed pages go to unused places and are synced, then a checksummed meta
// page is written and synced. A crash before the meta page leaves the state before the Commit, a crash after it the
// state after it; there is nothing to replay. The first Commit after Open takes the clean mark away and Close sets it
// again, both inside transactions that happen anyway, so a clean mark means that nothing was committed since.
//
//	Open ----> clean=1 --first Commit--> clean=0 --Close--> clean=1
//	                                        \--kill, power loss--> clean=0
//
// # A full disk
//
// The file owns a few MiB of the disk beyond what it uses, so that on a disk that others filled the queue goes on: an
// uploaded file is only removed once that it arrived is committed. Where the filesystem cannot do this, or the room is
// used up, a Commit fails, nothing changed, and the next one may succeed.
//
// # Damage
//
// Damage of the file as a whole (ErrDamaged) is met by SetAside and a new journal; the files in the inbox are still
// there to be added again. Damage of single records is reported by Load as *BadRecords and costs only those; they stay
// in the file. bbolt answers damage by panics and by reads beyond the mapped file as well as by errors; all of them
// arrive as ErrDamaged.
//
// # Caveats
//
// A commit whose sync failed may be on disk or not, and what the kernel then keeps in memory proves nothing. The
// journal refuses every further Commit (ErrBroken) until it was opened again.
package journal
