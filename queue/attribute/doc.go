// Package attribute knows which attributes of a file say something about its object, what they may be, and what the
// server is told for them. It knows no file system, no network and no SDK.
//
// A file carries them as extended attributes, a configuration as a list of defaults:
//
//	setfattr -n user.oss.storage-class -v IA a.mp4          upload.attributes = ["oss.storage-class=IA"]
//	         └─┬─┘└───────┬─────────┘                                             └───────┬───────┘
//	        prefix      name                                                            name
//
//	extended attributes ── Name, Read ──┐
//	                                    ├── Set ── Over ── Headers   of PutObject and InitiateMultipartUpload
//	list of defaults ──── Parse ────────┘                 └ Video    parameters of the VOD API
//
// The names are one table, table.go: what begins with "oss." becomes a header of the object, what begins with "vod." a
// parameter of the video. Other attributes are none of this package's business; a name that begins so and is not in the
// table is an error, because a typing mistake must not turn into an object without its storage class.
//
// A Set holds checked values in the form in which they are sent. What a value alone can break is found when it enters
// one; what only several together can break (too much metadata, a key for an encryption without keys) by Check.
//
// ContentType tells the type of a file from its name, by a table that is the same on every machine.
package attribute
