// Package check is the doctor behind inboxfs check: it looks at everything that a mount and its uploads need, one line
// each, and says in words what is wrong and what to do. It changes nothing on this machine and leaves nothing in the
// bucket.
//
//	config       what was read
//	spool        the folder: owner, kind of disk, free space        spool.go
//	queue        its journal, or the daemon that uses it            spool.go
//	files        descriptors that a process may have                machine.go
//	fuse         /dev/fuse, fusermount3, user_allow_other           machine.go
//	mountpoint   if one was named                                   machine.go
//	passthrough  whether the kernel can write for itself            machine.go
//	updatedb     whether locate will search the mount               machine.go
//	credentials  where they come from, and how long they are good   credentials.go
//	proxy        what is asked through which                        proxy.go
//	endpoint     name, connection, TLS, and that OSS answers        endpoint.go
//	clock        against the endpoint's                             endpoint.go
//	bucket       key, signature, region, and that the bucket is there    bucket.go
//	rights       each request that an upload makes                  rights.go
//	overwrite    whether "forbid" is kept, where that is asked for  promises.go
//	acl          whether a public one is taken, likewise            promises.go
//	lifecycle    a rule that removes parts nobody will need         bucket.go
//	vod          the same of the VOD API, in the mode vod           vod.go
//	auth         auth_process, in the mode vod-auth                 vod.go
//
// What a right is needed for is tried without making an object: a multipart upload of one byte is begun, listed and
// aborted. What errors mean and what to do about them is the same as in the queue: queue/verdict.
package check
