// Package vod says where the files go that are for ApsaraVideo VOD: it implements upload.Places. VOD gives each file a
// bucket, a key and temporary credentials of its own; what is sent there is sent as to any bucket.
//
//	Places ── Create, Refresh ──► Authority     who gives leave to upload
//	  │                            ├─ API        CreateUploadVideo, RefreshUploadVideo, ... with the account's key
//	  │                            ├─ Process    a program of the user's (auth_process), which asks a back end
//	  │                            └─ Desk       the user: OnUploadStarted asks, setUploadAuthAndAddress answers
//	  └─ Dial(Grant, Session)
//	                   └─ Session   the file's credentials while it is sent
//	                       ├─ renewing     asks the Authority for others ahead of their end, or when they are refused
//	                       └─ deskSession  has none when they end: the queue is expired until resumeUploadWithAuth
//
// # Life of a file
//
//	first run    Create; the video id goes to the journal before the first byte; OnUploadStarted
//	later runs   Refresh of that video id: the same address, so the parts that are there count. InvalidVideo.NotFound:
//	             Create
//	given up     DeleteMultipartUpload by the API; with other authorities AbortMultipartUpload with what credentials
//	             there are
//	unused       DeleteVideo, DeleteImage, DeleteAttachedMedia by the API; with other authorities it is said, as they
//	             made it (OnMediaUnused), and at a later start the API removes what nothing was uploaded of
//
// A video has a name of ours (ReferenceId), which is in the journal before VOD is asked: it finds what an answer that
// was lost made.
//
// A playlist (.m3u8) and what it names are one media (piece.go): its address has a prefix for the others, and they are
// sent with its credentials, renewed once for all of them.
//
// Images and attached media cannot be refreshed: their grant serves the next run while it lasts, then they are made
// anew. Credentials are never written down: after a restart the Authority is asked again. The ending of a file's name
// says which it is (kind.go).
//
// The API is called by package acs. Nothing of what it says is passed on but code, message and request id.
package vod
