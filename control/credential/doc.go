// Package credential holds the key that requests are signed with, and knows where it comes from and when it expires.
//
//	configuration ──┐                           Set(token)  written to control
//	ALIBABA_CLOUD_* ├─ First ─ Source ─ Ring ◄──────────┘
//	OSS_*         ──┘                    │
//	                                     ├─ Get      the token if one was set, else what the source has
//	                                     └─ Changed  closed at the next Set, for a queue that waits as expired
//
// A token set through control wins over the source until the process ends, also once it has expired: the user chose it,
// and going back to another identity behind his back would write objects under the wrong account. Nothing here is
// stored; after a restart the source is asked again, and a token must be set again.
//
// A token is written in words or as the JSON object that STS AssumeRole returns:
//
//	ID SECRET TOKEN [EXPIRY]      EXPIRY: RFC 3339, Unix seconds, or seconds from now
//	{"AccessKeyId": "ID", "AccessKeySecret": "SECRET", "SecurityToken": "TOKEN", "Expiration": "RFC 3339"}
//	{"RequestId": ..., "Credentials": {"AccessKeyId": ...}}
//
// No error and no printed form of anything here contains a key, a secret or a token, not even one that was misspelt or
// put in the wrong place: errors say which word is wrong, never what it was.
package credential
