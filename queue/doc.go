// Package queue holds what is to be uploaded and how far it is. It knows no FUSE, no OSS and no TOML: the filesystem
// tells it what happens to names (Open, Close, Changed, Touched, Renamed, Exchanged, Linked, Symlinked, Removed),
// control what users want (Do, DoFile, Add, Clear, Wait), and it has an Uploader, a Journal and Events to work with.
//
// # States
//
//	receiving --settled, sealed--> ready --started--> uploading --verified--> success
//
//	from        to          when
//	receiving   ready       content, name and row are on stable storage
//	            held        a fault, a half file of a killed daemon, a sync that failed, a recording that is cut short, a
//	                        piece of an uploaded file (piece.go), a link that leads to nothing
//	            failure     a referenced file is gone; a name that no object can have
//	ready       uploading   its turn has come
//	uploading   success     the verified object is in the journal (also from ready and paused: too late to call it off)
//	            failure     an error that waiting does not mend, or too many tries
//	            paused      pause; credentials expired
//	            ready       stop; the daemon ends
//	paused      ready       resume, stop, new credentials
//	failure     ready       retry (by way of receiving, when the content must be sealed again)
//	canceled    ready       resumeFile (likewise)
//	held        ready       release (likewise)
//	any other   receiving   opened for writing, changed, renamed; back to what it was, if nothing was written; found to
//	                        be open for writing past us
//	any other   canceled    cancelFile; another file that was added later has its object
//
// The table in move.go has every move there is, and setLocked makes them all; delete is possible everywhere. From
// success no way leads on, so it is none of the "any other": who opens an uploaded file whose copy is still there gets
// a new entry. The table of the verbs is in verbs.go.
//
// Each entry stands in what its state asks for, and in nothing else:
//
//	receiving   has open writers, or a timer in settling, or a sealing, or is parked (waits for another name)
//	ready       in line for a place (ready; again, if its last run brought nothing), or in behind while a run or
//	            straggler of its key ends, or in mediums.back while it waits because of a playlist
//	uploading   has a run, or a timer in retrying, or is in line for a place again; in underWay
//	paused      in underWay
//	others      nowhere: they ended
//	arrived     an uploading, ready or paused entry whose success is on its way to the journal: in none of them
//
// # The life of a drop
//
//	Open      an entry is made, or withdrawn from where it was: its run is canceled, and reads no byte any more
//	Close     the last writer's: new content makes a new generation (gen), and abandons what was uploaded of the old one
//	settle    a timer; any touch of the content begins it anew. Temporary names, companions (.part) and faults end here;
//	          whose writer works on beside it waits for that (busy.go), and a placeholder for what takes its name
//	          (of a file with several names also as long as a handle is open under another one: Writing)
//	seal      the file and the folders that lead to it are synced and its content is checked (a released one is not),
//	          then the row goes to the journal: ready, OnFileAdded. All are sealed beside each other, and added in the
//	          order in which they settled (turns): one that takes too long does not keep the others for ever
//	run       one call of the Uploader for one generation, in order of addition, Files at once
//	success   the verified object goes to the journal; only then is it shown, and only then the spool copy goes
//
// The names of those whose copy went are known for two days, whether they are in the list or not (taken.go): who makes
// such a file anew to go on with it writes a piece.
//
// A sealing, a run and a success belong to one generation. Whatever happens to the drop meanwhile takes the entry off
// the sealing and makes the run stale, so what comes of them late is nothing. From the moment on at which an upload is
// verified it cannot be called off any more, although it is shown only once that is durable: to the filesystem and to
// the verbs the entry is uploaded already (standing).
//
// # Places
//
// Options.Files runs send at once. A run whose next step is to wait keeps its place only as long as nobody else wants
// it:
//
//	in line --place--> run --arrived--> success
//	   ^                |
//	   |                +--failed, others want the place--> retrying --backoff--> in line
//	   |                                                                             |
//	   +--- in order of addition, if something arrived in that run; else again: behind all others, one place for all
//
// Those that keep failing have their one place for a small share of the time while others wait, and freely otherwise.
// When their tries bring something they get more (fair.go).
//
// A run of a file whose address somebody has to give ends at once. The file is in retrying until the answer comes
// (grants.go).
//
// A run of which nothing moves for some seconds, while a request of it is under way, loses its place to others that
// want it, and goes on waiting for its answer without one, up to 64 at once (mute.go). When something moves again it
// counts again. Any byte that the other side acknowledges counts (Progress): a slow line keeps its places, and its
// order.
//
// # One object
//
// Several entries may go to one object (rival.go). One run at a time sends to a place, and what was added later wins.
// What a run that was called off, or a daemon that was killed, may have sent there is a straggler (straggler.go): other
// contents wait for its end. What was called off is asked for then, and told, and removed if it has a name that the
// file has no more (toolate.go).
//
// # One video
//
// With Options.HLS an HLS playlist and the files that it names are one video (medium.go). Those that wait for each
// other are kept back: ready, and not in line (medium_back.go). A playlist is read when it is sealed (medium_read.go),
// and what it names goes where its own address says (medium_send.go).
//
// # Sent ahead
//
// With Options.Stream a file is sent while it is being received: short runs (Job.Ahead) bring its whole parts to the
// server, one run after another, from the moment at which it is long enough until it is ready (stream.go). They tell
// nothing and complete nothing. The target that they make is marked (target.ahead), outlives new content, and goes to
// the run behind, which compares each part with what the file has then. Where the key does not stay (rename) or the
// file goes, it is aborted like any other.
//
// # Folders
//
// A folder that gets another name is one node of the tree, whatever is below it: all entries are called anew at once.
// What that means for each of them comes bit by bit where there are many (relocate.go), and at once for those that are
// being sent:
//
//	Renamed --row moves--> names --those that send--> ... --each entry: withdrawn, settles anew, row--> row moves goes
//
// Before an entry has followed it is neither sealed nor uploaded, so that all keep their order. At the start the rows
// that have old names get their new ones by the moves. Files that come out of a folder that is never uploaded are
// looked for likewise (adopt.go).
//
// # References
//
// A file that is added by reference stays where it is. Its entry has a source, the path without symbolic links; if it
// was added by a link in the inbox, it has the link's text, too, and the link takes the place of the spool copy: it is
// what is renamed, removed, found at the start. It is sealed apart from the drops, as it may lie on a disk that does
// not answer:
//
//	seal      a link is followed, as seen from the mount (Mounted); the file is looked at and synced; then size and
//	          source are known. What is no regular file elsewhere, or a link of another user: held (links), failure
//	          (addFile)
//	run       the source is opened without following any link, and compared before the first byte and after the last
//	retry     the file is sealed again, so that it is sent as it is now; of a link, what it leads to by then
//
// # Changes
//
// Whatever must be remembered is staged as a change, under the lock, and so in the order of the moves: rows, what
// becomes visible once they are durable, and the event that tells it. One committer takes what is staged in batches:
//
//	stage --> Journal.Commit (rows, event into the outbox) --> apply --> Events.Append --> outbox row dropped, by and by
//
// A commit that fails is tried again and again, in smaller batches, because a full disk may have room for one row;
// whoever waits for it is told, and nothing of it becomes visible. Events that the log cannot take wait, too. When the
// journal says that it must be opened anew, Broken is closed and no upload starts any more.
//
// # Crashes
//
// Files are in the spool under their own names at all times, so a kill can lose what is known of them, but not them. At
// the start the journal's rows are compared with what lies in the spool:
//
//	row                    file            then
//	-                      there           a new drop; held, if it was open, or if the journal is lost and the spool does
//	                                       not say more
//	any but success        has a label     what that says, if the content is still the one that it was put on
//	writing                there           held, if it was open and something was written; else what the closed file is,
//	                                       or what it was before it was opened
//	receiving, ready       the same        settles; ready, with its finished parts
//	receiving, ready       another         settles, its parts are abandoned; held, if it was open (a link never is: it is
//	                                       made at one stroke)
//	receiving              there           held, if the machine or the spool's file system went down (instance), not only
//	                                       inboxfs: it was not synced yet, and may have its size and times, and holes
//	                                       where its content was
//	any but success        another size    held, if nobody changed it before inboxfs ended or since: the disk lost some
//	                                       of it
//	success                the same        the copy goes, unless it is kept
//	success                another         a new drop
//	failure, canceled,     there           as it was; held, if it is another and was open
//	held
//	any but success        gone            the entry goes, OnFileDeleted
//
// "open" is what package opened remembers, in memory that outlives a kill: the journal is a moment behind. There stands
// also what the journal had yet to hear of a file that was closed: that it is not to be trusted, or that it is whole.
// Where that is not known, as after a loss of power, it is "changed about when we were killed", and what the journal
// says was open is held.
//
// Three things are known without the journal, which may be lost, damaged, an older one, or a moment behind:
//
//	label   what failed, was canceled or is held says so itself (label.go), under whatever name. It comes before the
//	        row, and so goes before it. Where it is gone and the row bars the file, that is barred: who wanted it was
//	        not told yet that it may be uploaded, or another file is in its place
//	known   the spool says which ids were given, whether all labels are there, and how often any was changed
//	        (known.go). Without that, what has no row is held: nobody knows what became of it
//	opened  see above
//
// "the same" is size and modification time, of a link its text. What a commit had told the outbox, but the kill kept
// from the event log, is told then. All this is in the journal before anything else happens (commit.Committer.First):
// its last change is what "about when we were killed" goes by, and a second kill must not make half a file look old.
//
// A multipart upload is in the journal before it is begun, as one that may be (orphan.go); with its id before its first
// part is sent; and as one to be aborted before it is forgotten. What a killed daemon may have sent whole, or a run
// that was called off, is looked for on the server before it is sent again (Job.Doubt), so that one generation makes
// one object. Bucket and key of a single put are in the row since the entry is ready (foresee), or since just before it
// is sent (Sending): the next daemon may have another configuration, or another day. All other keys are made anew by
// the configuration of the run.
//
// # Locks
//
// In the order in which they are taken, those of the filesystem first:
//
//	fs's tree lock   names in the mount stay what they are
//	Queue.sweeping   spool copies of uploaded files are being removed
//	labels.mu        the label of a file is being changed
//	Guard(names)     the file of a name, and what the queue knows of it, stay in step; the queue holds it to unlink and
//	                 to label
//	Queue.mu         all entries and all that leads to them
//	commit.Committer.mu, seal.Sealer.mu   the lists that are handed over
//
// Nothing waits for a disk or the network with Queue.mu held, and with a Guard only for one metadata operation on the
// local disk.
//
// # Goroutines
//
// New starts nine, or ten, and Shutdown waits for them, and for those they started: the clock (timers), the sealer
// (fsyncs), the sweeper (spool copies, emptied folders), who compares copies that look other than what was uploaded
// (runComparer), who asks what came of what was called off (runAsking), who has entries follow their folders
// (runRelocations), who labels what an older program left (runLabels), who removes from the server what no file uses
// (abort.Orders), who sends ahead (runStreams), and the committer, which is the last to end. Each run
// of the Uploader has one. Those that look at files outside the spool (looks) may hang, and are waited for no longer
// than the context of Shutdown says.
package queue
