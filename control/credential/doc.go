// Package credential holds the key that requests are signed with, and knows where it comes from and when it expires.
//
//	configuration ──┐
//	ALIBABA_CLOUD_* ├─ First ────┐              Set(token)  written to control
//	OSS_*         ──┘            │                  │
//	URI         ─┐               ├─ Source ─ Ring ◄─┘
//	ECSRole      │               │            │
//	AssumedRole  ├─ one Renewer ─┘            ├─ Get       the token if one was set, else what the source gave last
//	OIDCRole     │                            ├─ Rejected  the server refused these: are there others?
//	Profile      │                            ├─ Retry     ask now
//	Process     ─┘                            └─ Renewed   called when there are some again
//
// A token set through control wins over the source until the process ends, also once it has expired: the user chose it,
// and going back to another identity behind his back would write objects under the wrong account. Nothing here is
// stored; after a restart the source is asked again, and a token must be set again.
//
// The ring asks its source one question at a time, for all who need the answer. It asks before the credentials expire
// (5 minutes, or a fifth of their lifetime if that is less), when the server refuses them, and, once it had to tell
// somebody that there are none, by and by until there are. While they are good they are used, whatever becomes of a
// question.
//
// Whether credentials are over is judged by the server's clock once that is known, and by the server before. A clock of
// ours that is hours ahead keeps nothing from being uploaded.
//
// A token is written in words or as the JSON object that STS AssumeRole returns, as it is or in Credentials:
//
//	ID SECRET TOKEN [EXPIRY]      EXPIRY: RFC 3339, Unix seconds, or seconds from now
//	{"AccessKeyId": "ID", "AccessKeySecret": "SECRET", "SecurityToken": "TOKEN", "Expiration": "RFC 3339"}
//	{"RequestId": ..., "Credentials": {"AccessKeyId": ...}}
//	{"Code": "Success", "AccessKeyId": ...}
//
// No error and no printed form of anything here contains a key, a secret or a token, not even one that was misspelt or
// put in the wrong place: errors say which word is wrong, never what it was. That holds for what credentials-go says as
// well: see reason.
package credential
