package verdict

import (
	"strings"
	"testing"

	"inboxfs/queue/transfer"
)

func TestCause(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a           Answer
		hint, right string
	}{
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "no"}, hint: "grant oss:PutObject", right: "missing"},
		{a: Answer{Code: "Forbidden.RAM", Status: 403}, hint: "grant vod:CreateUploadVideo", right: "missing"},
		{a: Answer{Code: "AccessDenied", Status: 403, EC: "0002-00000080"}, hint: "set oss.signature to v4"},
		{a: Answer{Code: "InvalidArgument", Status: 400, EC: "0002-00000226"}, hint: "set oss.region"},
		{a: Answer{Code: "InvalidArgument", Status: 400, Message: "Invalid signing region in Authorization header."},
			hint: "set oss.region"},
		{a: Answer{Code: "AccessDenied", Status: 403,
			Message: "The bucket must be addressed using the specified endpoint. Please"},
			hint: "the bucket is in another region"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "Put public object acl is not allowed",
			EC: "0016-00000901"}, hint: "the bucket blocks public access"},
		{a: Answer{Code: "PublicEndpointForbidden", Status: 400, EC: "0048-00000401"},
			hint: "accounts opened since 2025-03-20"},
		{a: Answer{Code: "BucketStorageQuotaLimitExceeded", Status: 403}, hint: "the bucket is as full"},
		{a: Answer{Code: "FileImmutable", Status: 409}, hint: "the bucket's retention policy"},
		{a: Answer{Code: "InvalidObjectState", Status: 403}, hint: "restore the archived object"},
		{a: Answer{Code: "SignatureDoesNotMatch", Status: 403}, hint: "check the access key secret"},
		{a: Answer{Code: "UbsmsInvalidBid", Status: 403}, hint: "enable and pay for KMS"},
		{a: Answer{Code: "BucketNotBelongTo", Status: 403}, hint: "correct the bucket's name"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "The bucket you access does not belong to you."},
			hint: "correct the bucket's name"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "This request is forbidden by kms."},
			hint: "the bucket or the file is encrypted with a key of KMS"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "You are denied by bucket referer policy.",
			EC: "0003-00000501"}, hint: "the bucket's hotlink protection"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "Access denied by VPC endpoint policy."},
			hint: "the policy of the VPC endpoint"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "Anonymous user has no right to access this bucket."},
			hint: "the request arrived without its signature"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "Anonymous access is forbidden for this operation."},
			hint: "the request arrived without its signature"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "Access denied by bucket policy."},
			hint: "a policy refuses it: have the owner", right: "missing"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "Access denied by authorizer's policy."},
			hint: "the policies of this access key do not allow it", right: "missing"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "Access denied by bucket policy.",
			Denied: Denied{"AccountLevelIdentityBasedPolicy", "ExplicitDeny", "oss:PutObject"}},
			hint: "a RAM policy of this access key's user or role has a Deny for oss:PutObject", right: "missing"},
		{a: Answer{Code: "AccessDenied", Status: 403, Denied: Denied{"ResourceBasedPolicy", "ExplicitDeny",
			"oss:PutObject"}}, hint: "the bucket policy has a Deny for oss:PutObject", right: "missing"},
		{a: Answer{Code: "AccessDenied", Status: 403, Denied: Denied{"ControlPolicy", "ExplicitDeny", ""}},
			hint: "a control policy of the resource directory has a Deny for this", right: "missing"},
		{a: Answer{Code: "AccessDenied", Status: 403, Denied: Denied{"AccountLevelIdentityBasedPolicy", "ImplicitDeny",
			"oss:PutObjectTagging"}}, hint: "grant oss:PutObjectTagging to", right: "missing"},
		{a: Answer{Code: "AccessDenied", Status: 403, Denied: Denied{"SessionPolicy", "ImplicitDeny", "oss:PutObject"}},
			hint:  "the policy with which the token was made (Policy of AssumeRole) does not allow oss:PutObject",
			right: "missing"},
		{a: Answer{Code: "AccessDenied", Status: 403, Denied: Denied{"<b>", "ExplicitDeny", "rm -rf /"}},
			hint: "a policy has a Deny for this", right: "missing"},
		{a: Answer{Code: "AccessDenied", Status: 403, Denied: Denied{"SomeNewPolicy", "ImplicitDeny", ""}},
			hint: "grant oss:PutObject, ", right: "missing"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "The security token has expired.", Token: true},
			hint: "give new credentials"},
	} {
		v := Judge(c.a)
		e := &transfer.Error{Kind: v.Kind, Code: v.Code, Message: c.a.Message, EC: c.a.EC}
		if !strings.HasPrefix(v.Hint, c.hint) || MissingRight(e) != (c.right != "") {
			t.Errorf("%+v: %q, missing right %v", c.a, v.Hint, MissingRight(e))
		}
	}
	if v := Judge(Answer{Code: "InternalError", Status: 500, EC: "0002-00000080"}); v.Kind != transfer.Resumable {
		t.Error("a server that is in trouble counts as a refusal")
	}
}
