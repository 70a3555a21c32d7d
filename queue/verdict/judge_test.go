package verdict

import (
	"testing"

	"inboxfs/queue"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	cases := []struct {
		code    string
		status  int
		message string
		token   bool
		want    queue.Kind
	}{
		{"SecurityTokenExpired", 403, "", true, queue.Renew},
		{"InvalidSecurityToken.Expired", 403, "", true, queue.Renew},
		{"InvalidSecurityToken", 403, "", true, queue.Renew},
		{"InvalidAccessKeyId", 403, "", true, queue.Renew},
		{"InvalidAccessKeyId", 403, "", false, queue.Final},
		{"AccessDenied", 403, "no right", true, queue.Final},
		{"AccessDenied", 403, "The security token you provided has expired.", true, queue.Renew},
		{"AccessDenied", 403, "The security token you provided has expired.", false, queue.Final},
		{"SignatureDoesNotMatch", 403, "", true, queue.Final},
		{"NoSuchBucket", 404, "", false, queue.Final},
		{"EntityTooLarge", 400, "", false, queue.Final},
		{"InvalidArgument", 400, "", false, queue.Final},
		{"SomethingNew", 400, "", false, queue.Final},
		{"SomethingNew", 500, "", false, queue.Resumable},
		{"InternalError", 500, "", false, queue.Resumable},
		{"ServiceUnavailable", 503, "", false, queue.Resumable},
		{"SlowDown", 503, "", false, queue.Resumable},
		{"UploadTrafficRateLimitExceeded", 503, "", false, queue.Resumable},
		{"TotalQpsLimitExceeded", 503, "", false, queue.Resumable},
		{"Throttling.User", 400, "", false, queue.Resumable},
		{"SomethingNew", 429, "", false, queue.Resumable},
		{"RequestTimeout", 400, "", false, queue.Resumable},
		{"RequestTimeTooSkewed", 403, "", false, queue.Resumable},
		{"NoSuchUpload", 404, "", false, queue.Resumable},
		{"NotImplemented", 501, "", false, queue.Final},
	}
	for _, c := range cases {
		if got := Judge(Answer{Code: c.code, Status: c.status, Message: c.message, Token: c.token}); got.Kind != c.want || got.Code != c.code {
			t.Errorf("%s %d %q token %v = %+v, want kind %d", c.code, c.status, c.message, c.token, got, c.want)
		}
	}
	for code, r := range table {
		if r.source == "" || r.kind == queue.Final && r.hint == "" {
			t.Errorf("%s: without a source or a hint", code)
		}
	}
}
