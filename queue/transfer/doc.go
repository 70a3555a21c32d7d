// Package transfer is what the queue and who uploads say to each other. It holds no behaviour but words, and imports
// nothing of the project, so that either side can be understood, and tested, without the other.
//
//	queue ── Job ──────────────> Uploader.Upload ──> Result, or *Error
//	  ^                               │
//	  └── Watch: Created, Initiating, Initiated, Acked, Sending, ... during the run
//
//	Job        one file to send: where its bytes are, how it is known again, what an earlier run left (Multipart, Part)
//	Watch      what happens meanwhile; four of its calls return once that is on stable storage
//	Result     a verified object
//	Error      why there is none: a Kind (the file fails, is tried again, waits for credentials), OSS's code, a hint
//	Sent Found what may be there of an upload that was called off
//	Lost       an Initiate that nobody heard the answer of
//	Granted    where VOD says that a file goes; its VideoID may be a name of ours, or another's (PieceOf)
//	Progress   whether requests of a run move
//
// refusal.go has what a verb, or a configuration, can be refused for. Package upload is the Uploader; oss and vod are
// what it sends with; verdict makes an Error of what a server or a system said.
package transfer
