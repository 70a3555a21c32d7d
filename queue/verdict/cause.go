package verdict

import (
	"strings"

	"inboxfs/queue"
)

// cause is why an error was answered, where its code alone does not tell: OSS has a finer code (EC), or only words.
type cause struct {
	ec, words string // either fits
	hint      string
}

// causes come before the table. Source: the EC pages of the OSS documentation, and its page on status 403.
var causes = []cause{
	{"0002-00000080", "Signature version 1 is not supported", "set oss.signature to v4: OSS takes v1 from older accounts only"},
	{"0016-00000901", "public object acl is not allowed", "the bucket blocks public access, as new buckets do, and " +
		"the file asks for a public ACL (user.oss.acl or upload.attributes): make that private or default, or turn Block Public Access off in the OSS console"},
	{"0002-00000226", "Invalid signing region", "set oss.region to the region of the bucket, such as cn-hangzhou; for VOD that is vod.region"},
	{"", "must be addressed using the specified endpoint", "the bucket is in another region: set oss.endpoint to the endpoint of its region"},
}

// causeOf is the cause that an answer tells, or nil.
func causeOf(ec, message string) *cause {
	for i, c := range causes {
		if c.ec != "" && c.ec == ec || strings.Contains(message, c.words) {
			return &causes[i]
		}
	}
	return nil
}

// MissingRight says whether a request was refused because whoever made it has no right to.
func MissingRight(e *queue.Error) bool {
	switch e.Code {
	case "AccessDenied", "Forbidden", "Forbidden.RAM", "NoPermission":
		return e.Kind == queue.Final && causeOf(e.EC, e.Message) == nil
	}
	return false
}
