// Package oss makes requests to Alibaba Cloud OSS: it implements upload.Remote. It is the only package that knows the
// OSS SDK, which signs, spells the requests and parses the answers. This package adds what the SDK leaves out:
//
//   - credentials are asked for before each request and with its context, so that new ones count at once; a request
//     that met their expiry is made again with those that came in their place, if there are any (remote.go, error.go);
//   - a request fails when no byte of it moved for Options.ReadTimeout, and only then: a slow line is not cut, not even
//     while megabytes wait in the kernel (queue/line). The SDK's own connection gives up on an answer a fixed time
//     after the last write, and its transport after the last byte went into the kernel;
//   - a request that is given up takes back what the kernel still holds of it: it would arrive when the line is back,
//     and replace what was uploaded meanwhile under the same name (queue/line);
//   - proxies are those of the environment, and Options.ConnectTimeout is for all of the way through them (queue/line);
//   - answers are bounded in length and in time, redirects are not followed, and an answer without OSS's request id is
//     taken for that of a proxy or a login page, whatever its status (exchange.go, queue/line, error.go);
//   - what answers name is looked at before it is kept: ids and ETags must be words, listings must come to an end, and
//     messages are cut and cleaned (multipart.go, object.go, queue/verdict);
//   - when OSS finds the request's time too far off, the clock used for signing is corrected by the server's; and every
//     answer tells the server's time, by which expiries are judged (queue/upload/skew);
//   - an empty file is sent with its length rather than chunked (object.go).
//
// # Errors
//
// Every error is a *transfer.Error or the context's. What each code means stands in one table, queue/verdict:
//
//	Renew       SecurityTokenExpired, InvalidSecurityToken, InvalidAccessKeyId with a token
//	Resumable   no answer, an answer cut short or not from OSS, 5xx, 429, throttling, RequestTimeTooSkewed, NoSuchUpload
//	Final       any other 4xx
//
// A 4xx whose document does not arrive whole says nothing: without its code it may be any of the three.
//
// Of an error answer only code, message and request id are kept. The rest of it repeats the string that was signed and
// the access key id.
package oss
