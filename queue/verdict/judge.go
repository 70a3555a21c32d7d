package verdict

import (
	"net/http"
	"strings"

	"inboxfs/queue/transfer"
)

// Verdict is what an error means: its code, what follows from it, what a user can do about it ("" when nothing), and
// whether there are too many requests.
type Verdict struct {
	Code string
	Kind transfer.Kind
	Hint string
	Slow bool
}

// Answer is what is known of an error answer.
type Answer struct {
	Code    string // the service's; "" when the answer had none
	Status  int    // HTTP
	Message string
	Token   bool   // the request was signed with a security token
	EC      string // OSS's finer code; "" when the answer had none
	Denied  Denied // which policy refused it; zero when the answer did not say
}

// Judge says what an error answer means.
func Judge(a Answer) Verdict {
	v := judge(a)
	if a.Code != "" {
		v.Code = Code(a.Code)
	}
	v.Slow = v.Kind == transfer.Resumable && (throttling(a.Code) || a.Status == http.StatusTooManyRequests)
	return v
}

func judge(a Answer) Verdict {
	if a.Token && (vanishing[a.Code] || a.Code == "AccessDenied" && expired(a.Message)) {
		return Verdict{Kind: transfer.Renew, Hint: RenewHint}
	}
	if hint := a.Denied.hint(); hint != "" && a.Code == "AccessDenied" {
		return Verdict{Kind: transfer.Final, Hint: hint}
	}
	if c := causeOf(a.EC, a.Message); c != nil && a.Status/100 == 4 {
		return Verdict{Kind: transfer.Final, Hint: c.hint}
	}
	if row, ok := table[a.Code]; ok {
		return Verdict{Kind: row.kind, Hint: row.hint}
	}
	// OSS has quotas of a bucket's size, and publishes no code for them.
	if strings.Contains(a.Code, "Quota") && a.Status/100 == 4 && a.Status != http.StatusTooManyRequests {
		return Verdict{Kind: transfer.Final, Hint: full}
	}
	if throttling(a.Code) {
		return Verdict{Kind: transfer.Resumable}
	}
	return Status(a.Status)
}

// throttling knows the many names of one thing: Throttling, Throttling.User, QpsLimitExceeded,
// UploadTrafficRateLimitExceeded, ActiveRequestLimitExceeded, ..., and S3's.
func throttling(code string) bool {
	return strings.HasPrefix(code, "Throttling") || strings.HasSuffix(code, "LimitExceeded") || code == "SlowDown"
}

// expired reports whether words about a token say that its time is over.
func expired(message string) bool {
	m := strings.ToLower(message)
	return strings.Contains(m, "token") && strings.Contains(m, "expired")
}

// Status says what an answer without a code means, and names it.
func Status(status int) Verdict {
	switch {
	case status == http.StatusNotFound:
		return Verdict{Code: "NotFound", Kind: transfer.Final, Hint: "check the endpoint"}
	case status == http.StatusForbidden:
		return Verdict{Code: "AccessDenied", Kind: transfer.Final,
			Hint: "check credentials and rights, and that nothing between here and the service refuses uploads"}
	case status == http.StatusRequestTimeout:
		return Verdict{Code: "RequestTimeout", Kind: transfer.Resumable}
	case status == http.StatusTooManyRequests:
		return Verdict{Code: "TooManyRequests", Kind: transfer.Resumable, Slow: true}
	case status == http.StatusServiceUnavailable:
		return Verdict{Code: "ServiceUnavailable", Kind: transfer.Resumable}
	case status == http.StatusNotImplemented:
		return Verdict{Code: "NotImplemented", Kind: transfer.Final,
			Hint: "the endpoint does not know this request: check that it is the right one"}
	case status == http.StatusRequestEntityTooLarge:
		return Verdict{Code: "EntityTooLarge", Kind: transfer.Final,
			Hint: "set a smaller part size, or lift the limit of the proxy that refused it"}
	case status >= 500:
		return Verdict{Code: "InternalError", Kind: transfer.Resumable}
	}
	return Verdict{Code: "BadRequest", Kind: transfer.Final}
}
