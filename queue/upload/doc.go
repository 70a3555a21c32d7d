// Package upload sends one file to an object store: in one request or in parts, several parts at once, each checked,
// failed ones again. It implements transfer.Uploader on a Remote, which makes single requests and knows the network.
//
//	Upload ── small ──────────────────────────────── Put ─┐
//	   └── large ─┬─ new ──── Initiate ─ Initiated ─┐     ├─ verify ─ Result
//	              └─ resumed ─ ListParts ───────────┴─ UploadPart × n ─ Same? ─ Complete ─┘
//	                             │                          │                      │
//	                             └──── NoSuchUpload ────────┴── Reset, once anew ──┘
//
// # What is never sent
//
// A body reads the file piece by piece and looks at the run's context after each piece was read and before it is handed
// out. Who may change the file once that context ended can therefore do so at once: no request whose body holds bytes
// of both contents is ever complete. The file is compared with its state at the start before the object comes into
// being, that is before the last byte of a Put and before Complete.
//
// # A file that is still being written
//
//	Job.Ahead ─┬─ new ──── Initiate ─ Initiated ─┐
//	           └─ resumed ──────────────────────┴─ UploadPart × the whole parts that are missing ─ an empty Result
//
// Its parts are longer, since nobody knows how many there will be; of more than 10,000 the rest waits, and all goes
// again in parts of the right size. When the file is complete the usual run resumes the upload: it reads the file and
// sends those parts again whose CRC64 is another by now (ahead.go).
//
// # What counts as arrived
//
// A part counts when the server's CRC64 of it is that of the bytes that left. An object counts when the server's CRC64
// of it is the one that the parts' combine to; where an answer has none, Head must tell it, together with the size.
// When the answer to a Put or a Complete is lost, Head settles whether it was done before it is done again.
// Who may not read objects gets no answer from Head; then the request is made again, and a multipart upload whose
// Complete was done is sent again, to the same key.
//
// # What is left behind
//
// Nothing. A multipart upload that is given up is aborted. What an Initiate made whose answer was lost, the queue
// remembers (Watch.Lost). One that reached the server twice, or late, nobody notices: so once the object is there its
// key is asked for multipart uploads (orphans.go). OSS does not say whose one is, and another client may send to the
// same key: so none goes whose id was never heard, until it has had no part for an hour (Sweep).
//
// # What the object is like
//
// Its headers are read from the file's extended attributes when a run begins, over those of Options.Attributes, and
// sent with Put, or with Initiate and Complete, each with the request that OSS takes it from. What is set later changes
// nothing of this run, and begins none. A later run, after a pause or when a file that was sent ahead is complete,
// reads them anew: where what went with Initiate is another by now, it begins another multipart upload
// (Multipart.Header).
//
// # When the process dies
//
// That a multipart upload is about to be begun is on stable storage before it is (Watch.Initiating), and its id before
// the first part is sent (Watch.Initiated). One that a kill caught in between is looked for by its key and the time
// (Sweep). As OSS does not say whose it is, it goes only when it has had no part for an hour.
//
// The next run gets what the journal knows as Job.Resume and compares it with ListParts: parts on
// which both agree are kept; parts that only the server knows are compared with the file by MD5 and kept when they
// match; all others are sent. If the server does not know the upload id, Complete may have been made and not heard of:
// then Head finds the object. Where a file without an upload id may have been sent (Job.Doubt), Head is asked first,
// too, under the key of then, which Watch.Sending had written down. An object counts as this file if size and CRC64 are
// equal and it is not older than the drop. A multipart upload stays under its key as long as its bucket is still the
// one that files go to.
//
// # Retrying
//
// A request that fails with a Resumable error is made again after an exponentially growing wait, up to
// Options.MaxTries times in a row without any part of the file being acknowledged meanwhile. Then no further part
// begins, those in flight get Options.Grace to arrive, and the run ends with that error; so does it at once with a
// Renew error. A Final error ends it without grace and aborts the multipart upload. A request that met the end of
// credentials in whose place there are others by now (ErrRenewed) is made again at once and told to nobody. So is, the
// first time, one whose connection had served before and was reset; that is told.
//
// When other files want the place of the run (Job.Wanted) and all that it could do is wait for its next try, it ends at
// once: the queue waits for it, and what it had lies in the journal and on the server (rests).
//
// A line may end each connection before a part is through. A run that met nothing else begins anew in shorter parts, as
// does a file that went in one request (reach.go).
//
// Where the server says that there are too many requests, all of them slow down together (pace), unless it says so of
// one file while others get through. That holds for what Places asks, too, for itself.
//
// A multipart upload that the server forgot starts over, and a part that it lost goes again, once each in a run: who
// loses it twice would lose it for ever, and the run ends with a Final error.
//
// # How many at once
//
// Of one file, Options.Parts; or, with Options.Auto, of all files together as many as queue/upload/level finds to bring
// the most. Then parts wait for their turn in the order in which they asked for it, so that the next file's take the
// places that the last ones of a file leave. A small file is one request and waits for nobody: the queue says how many
// there are.
//
// # Memory
//
// A body holds no bytes: it reads into the buffer of the connection that asks. What a run holds per part is one
// queue.Part of some 60 bytes, at most 10,000 of them.
package upload
