package verdict

import (
	"strings"
	"testing"

	"inboxfs/queue"
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
		{a: Answer{Code: "InvalidArgument", Status: 400, Message: "Invalid signing region in Authorization header."}, hint: "set oss.region"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "The bucket must be addressed using the specified endpoint. Please"}, hint: "the bucket is in another region"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "Put public object acl is not allowed", EC: "0016-00000901"}, hint: "the bucket blocks public access"},
		{a: Answer{Code: "PublicEndpointForbidden", Status: 400, EC: "0048-00000401"}, hint: "accounts opened since 2025-03-20"},
		{a: Answer{Code: "BucketStorageQuotaLimitExceeded", Status: 403}, hint: "the bucket is as full"},
		{a: Answer{Code: "FileImmutable", Status: 409}, hint: "the bucket's retention policy"},
		{a: Answer{Code: "InvalidObjectState", Status: 403}, hint: "restore the archived object"},
		{a: Answer{Code: "SignatureDoesNotMatch", Status: 403}, hint: "check the access key secret"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "The security token has expired.", Token: true}, hint: "give new credentials"},
	} {
		v := Judge(c.a)
		e := &queue.Error{Kind: v.Kind, Code: v.Code, Message: c.a.Message, EC: c.a.EC}
		if !strings.HasPrefix(v.Hint, c.hint) || MissingRight(e) != (c.right != "") {
			t.Errorf("%+v: %q, missing right %v", c.a, v.Hint, MissingRight(e))
		}
	}
	if v := Judge(Answer{Code: "InternalError", Status: 500, EC: "0002-00000080"}); v.Kind != queue.Resumable {
		t.Error("a server that is in trouble counts as a refusal")
	}
}
