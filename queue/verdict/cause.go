package verdict

import (
	"strings"

	"inboxfs/queue/transfer"
)

// cause is why an error was answered, where its code alone does not tell: OSS has a finer code (EC), or only words.
type cause struct {
	ec, words string // either fits
	hint      string
	right     bool // whoever keeps a policy can give the right
}

// causes come before the table. Source: the EC pages of the OSS documentation, and its page on status 403.
var causes = []cause{
	{ec: "0002-00000080", words: "Signature version 1 is not supported",
		hint: "set oss.signature to v4: OSS takes v1 from older accounts only"},
	{ec: "0016-00000901", words: "public object acl is not allowed",
		hint: "the bucket blocks public access, as new buckets do, and " +
			"the file asks for a public ACL (user.oss.acl or upload.attributes): make that private or default, " +
			"or turn Block Public Access off in the OSS console"},
	{ec: "0002-00000226", words: "Invalid signing region",
		hint: "set oss.region to the region of the bucket, such as cn-hangzhou; for VOD that is vod.region"},
	{words: "must be addressed using the specified endpoint",
		hint: "the bucket is in another region: set oss.endpoint to the endpoint of its region"},
	{words: "forbidden by kms",
		hint: "the bucket or the file is encrypted with a key of KMS that this access key may not use: " +
			"grant kms:GenerateDataKey and kms:Decrypt on that key, or change the encryption"},
	{ec: "0003-00000501", words: "denied by bucket referer policy",
		hint: "the bucket's hotlink protection refuses requests without a " +
			"Referer, as all of inboxfs are: allow an empty Referer there, in the OSS console"},
	{words: "denied by VPC endpoint policy",
		hint: "the policy of the VPC endpoint (gateway or PrivateLink) on the way does not let requests to " +
			"this bucket through: allow the bucket there, in the VPC console, or use another endpoint"},
	{words: "Anonymous user has no right", hint: unsigned},
	{words: "Anonymous access is forbidden", hint: unsigned},
	{words: "does not belong to you", hint: notYours},
	{words: "denied by bucket policy", right: true,
		hint: "a policy refuses it: have the owner of the bucket look for a Deny, or for a missing Allow, " +
			"in the bucket policy (OSS console) and in the RAM policies of this access key"},
	{words: "denied by authorizer's policy", right: true, hint: "the policies of this access key do not allow it: " +
		Rights +
		"; a token has only what both the role's policy and the one that it was made with (Policy of AssumeRole) " +
		"allow"},
}

const unsigned = "the request arrived without its signature: check the proxy and the endpoint, " +
	"something between here and OSS removes headers"

// causeOf is the cause that an answer tells, or nil.
func causeOf(ec, message string) *cause {
	for i, c := range causes {
		if c.ec != "" && c.ec == ec || strings.Contains(message, c.words) {
			return &causes[i]
		}
	}
	return nil
}

// MissingRight reports whether a request was refused because whoever made it has no right to.
func MissingRight(e *transfer.Error) bool {
	switch e.Code {
	case "AccessDenied", "Forbidden", "Forbidden.RAM", "NoPermission":
		c := causeOf(e.EC, e.Message)
		return e.Kind == transfer.Final && (c == nil || c.right)
	}
	return false
}
