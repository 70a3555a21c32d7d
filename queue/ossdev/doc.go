// Package ossdev is an OSS-compatible endpoint for development: for the demo, for tests, and for trying things out
// without an account. It is never a production back end: it has no replicas and no quotas, does not sync to
// stable storage, and by design fails when told to.
//
// What it accepts is meant to be what OSS accepts, and what it answers what OSS answers. Signatures V1 and V4, in
// headers and in URLs, are verified, as are the clock, the region, STS tokens and their expiry, names, sizes, the
// Content-MD5, the rules for parts, and public access. Where Alibaba Cloud publishes no finer error code (EC), none is
// sent. Requests that it does not know, such as versions and links, are refused with 501 NotImplemented. Its clients in
// tests are the SDKs for Go, of both versions, and for JavaScript.
//
//	bucket   PutBucket GetBucketInfo GetBucketLocation GetBucketAcl PutBucketAcl GetBucketLifecycle GetBucketStat
//	         HeadBucket DeleteBucket ListObjects ListObjectsV2 ListMultipartUploads DeleteMultipleObjects; ListBuckets
//	         Get-, Put- and DeleteBucketPublicAccessBlock, Get- and PutBucketVersioning (no versions are kept)
//	object   PutObject GetObject HeadObject GetObjectMeta DeleteObject CopyObject AppendObject
//	         Get- and PutObjectACL, Get-, Put- and DeleteObjectTagging
//	parts    InitiateMultipartUpload UploadPart UploadPartCopy CompleteMultipartUpload AbortMultipartUpload ListParts
//	of all   callbacks (not signed), x-oss-traffic-limit
//
//	VOD      CreateUploadVideo RefreshUploadVideo CreateUploadImage CreateUploadAttachedMedia DeleteMultipartUpload
//	         GetVideoInfo GetMezzanineInfo DeleteVideo DeleteImage DeleteAttachedMedia
//	STS      AssumeRole
//
// The bucket is the first label of a host such as bucket.oss-cn-hangzhou.aliyuncs.com or bucket.localhost, that to
// which a host of Options.Domains is bound, and otherwise the first segment of the path, which under OSS's own names is
// refused.
//
// # VOD and STS
//
// Both are RPC services at the root of the same address: a GET, or a POST of a form, with Action and Version, signed
// with HMAC-SHA1 (version 1.0, among the parameters) or ACS3-HMAC-SHA256 (in headers, what Alibaba's Go client sends).
// They answer JSON. The clock, the nonce and the token are checked, and what VOD checks of titles, tags, file names and
// the like. Nothing is transcoded.
//
//	                  key ──AssumeRole──▶ token        Options.TokenLifetime; IssueToken gives the same to a test
//	                                       │
//	key or token ──CreateUploadVideo──▶ upload credential + address         Options.AuthLifetime, 3000 s
//	                                       │ PutObject, or parts: of video/ID.mp4, or below video/ID/ (m3u8)
//	key or token ──RefreshUploadVideo─▶ another credential, same address
//
// A client that insists on TLS, as the AssumeRole of credentials-go does, gets it with Options.TLS.
//
// Media lists what was created, with its state. When a token's time is over, OSS answers Options.ExpiredCode, the RPC
// services InvalidSecurityToken.Expired. TokenCount counts.
//
// # Files
//
// Objects are plain files, to look at:
//
//	DIR/
//	├── BUCKET/KEY                 an object's bytes; folders for the slashes in KEY
//	└── .ossdev/
//	    ├── bucket/BUCKET          JSON: when the bucket was made
//	    ├── media/ID               JSON: a media that VOD gave a place
//	    ├── meta/BUCKET/AB/ABCD..  JSON record: ETag, CRC, headers, and which file has the bytes; named by the key's
//	                               digest
//	    ├── odd/BUCKET/NAME~ABCD   bytes of objects whose key cannot be a plain file name
//	    ├── uploads/ID/upload      JSON: an open multipart upload
//	    ├── uploads/ID/NUMBER-SIZE-CRC-ETAG   one part
//	    ├── pending/XXXX           records of objects that are just being put in place
//	    ├── tmp/XXXX               bodies that are just being received
//	    └── lock                   held by the server that has DIR
//
// Odd are keys with empty, dot or over-long segments (so also those that end in a slash), with NUL, those that need a
// folder where an object is or the other way round, and those in whose place there is a file that is not theirs.
//
// A file changed by hand is served as it is, with the checksum of what was uploaded; a file removed by hand is an
// object removed. What is put there by hand is not an object.
//
// # After a crash
//
// Everything survives the end of the process, however sudden, but not that of the machine: nothing is synced.
// A body is received into tmp. To become an object, first its record is written into pending, then the body gets its
// place, then the record. The next server looks at pending: where the body has left tmp, it gives the record its
// place; otherwise nothing had happened. A part's file name has all that is known of the part, so one rename makes it.
// An upload ends when its file called upload is removed.
//
// # Faults
//
// AddFault makes requests fail, of all services, see Fault. With Options.Admin the same is there over HTTP, without a
// signature, and so are tokens:
//
//	GET    /.ossdev/faults        the faults in force, with their hits
//	POST   /.ossdev/faults        adds one: {"Action":"UploadPart","Part":2,"Count":1,"Code":"InternalError"}; durations
//	                              as "5s"
//	DELETE /.ossdev/faults?id=N   removes one; without id all
//	GET    /.ossdev/requests      the request log
//	GET    /.ossdev/media         what VOD gave a place
//	GET    /.ossdev/tokens        the count of tokens
//	GET    /.ossdev/credentials   a new token, in the form that ALIBABA_CLOUD_CREDENTIALS_URI asks for; ?lifetime=3s
package ossdev
