package verdict

import (
	"net/http"
	"testing"
	"time"

	"inboxfs/queue/transfer"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	cases := []struct {
		code    string
		status  int
		message string
		token   bool
		want    transfer.Kind
	}{
		{"SecurityTokenExpired", 403, "", true, transfer.Renew},
		{"InvalidSecurityToken.Expired", 403, "", true, transfer.Renew},
		{"InvalidSecurityToken", 403, "", true, transfer.Renew},
		{"InvalidAccessKeyId", 403, "", true, transfer.Renew},
		{"InvalidAccessKeyId", 403, "", false, transfer.Final},
		{"AccessDenied", 403, "no right", true, transfer.Final},
		{"AccessDenied", 403, "The security token you provided has expired.", true, transfer.Renew},
		{"AccessDenied", 403, "The security token you provided has expired.", false, transfer.Final},
		{"SignatureDoesNotMatch", 403, "", true, transfer.Final},
		{"NoSuchBucket", 404, "", false, transfer.Final},
		{"EntityTooLarge", 400, "", false, transfer.Final},
		{"InvalidArgument", 400, "", false, transfer.Final},
		{"SomethingNew", 400, "", false, transfer.Final},
		{"SomethingNew", 500, "", false, transfer.Resumable},
		{"InternalError", 500, "", false, transfer.Resumable},
		{"ServiceUnavailable", 503, "", false, transfer.Resumable},
		{"SlowDown", 503, "", false, transfer.Resumable},
		{"UploadTrafficRateLimitExceeded", 503, "", false, transfer.Resumable},
		{"TotalQpsLimitExceeded", 503, "", false, transfer.Resumable},
		{"Throttling.User", 400, "", false, transfer.Resumable},
		{"SomethingNew", 429, "", false, transfer.Resumable},
		{"RequestTimeout", 400, "", false, transfer.Resumable},
		{"RequestTimeTooSkewed", 403, "", false, transfer.Resumable},
		{"NoSuchUpload", 404, "", false, transfer.Resumable},
		{"NotImplemented", 501, "", false, transfer.Final},
	}
	for _, c := range cases {
		if got := Judge(Answer{Code: c.code, Status: c.status, Message: c.message,
			Token: c.token}); got.Kind != c.want || got.Code != c.code {
			t.Errorf("%s %d %q token %v = %+v, want kind %d", c.code, c.status, c.message, c.token, got, c.want)
		}
	}
	for code, r := range table {
		if r.source == "" || r.kind == transfer.Final && r.hint == "" {
			t.Errorf("%s: without a source or a hint", code)
		}
	}
}

func TestAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		text, date string
		want       time.Duration
	}{
		{"", "", 0}, {"7", "", 7 * time.Second}, {"0", "", 0}, {"-5", "", 0}, {"soon", "", 0},
		{"99999999999999999999", "", 0},
		{"86400", "", mostAfter},
		{now.Add(time.Minute).Format(http.TimeFormat), "", time.Minute},
		{now.Add(-time.Minute).Format(http.TimeFormat), "", 0},
		// its clock is ahead
		{now.Add(time.Hour + time.Minute).Format(http.TimeFormat), now.Add(time.Hour).Format(http.TimeFormat),
			time.Minute},
	} {
		h := http.Header{"Retry-After": {c.text}, "Date": {c.date}}
		if got := After(h, now); got != c.want {
			t.Errorf("%q at %q: %v, want %v", c.text, c.date, got, c.want)
		}
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for code, want := range map[string]bool{"QpsLimitExceeded": true, "UploadTrafficRateLimitExceeded": true,
		"Throttling.User":        true,
		"SomethingLimitExceeded": true, "SlowDown": true, "ServiceUnavailable": false, "InternalError": false,
		"AccessDenied": false} {
		if got := Judge(Answer{Code: code, Status: 503}); got.Slow != want {
			t.Errorf("%s: slow %v", code, got.Slow)
		}
	}
	if !Judge(Answer{Code: "SomethingNew", Status: 429}).Slow || !Status(429).Slow {
		t.Error("429 is no reason to slow down")
	}
}
