package oss

import (
	"net/http"
	"strings"

	"inboxfs/queue"
)

const renewHint = "give new credentials: token ID SECRET TOKEN into control"

// rule is what an error code means.
type rule struct {
	code string
	kind queue.Kind
	hint string
}

type ruleTable []rule

// rules has every code whose meaning does not follow from its HTTP status, and every one about which a user can do
// something. Source: the error codes of the OSS API reference, and its pages on HTTP 403, 404, 409 and 503.
var rules = ruleTable{
	// Credentials that must be renewed. InvalidAccessKeyId is one of them only with a token: see judge.
	{"SecurityTokenExpired", queue.Renew, renewHint},
	{"InvalidSecurityToken.Expired", queue.Renew, renewHint},
	{"InvalidSecurityToken", queue.Renew, renewHint},
	{"InvalidAccessKeyId", queue.Final, "check the access key: it does not exist or is disabled"},

	// 4xx that pass.
	{"RequestTimeout", queue.Resumable, ""},
	{"RequestTimeTooSkewed", queue.Resumable, ""},
	{"NoSuchUpload", queue.Resumable, ""}, // started over
	{"InvalidDigest", queue.Resumable, ""},
	{"BadDigest", queue.Resumable, ""},
	{"IncompleteBody", queue.Resumable, ""},
	{"OperationAborted", queue.Resumable, ""},
	{"SlowDown", queue.Resumable, ""},
	{"TooManyRequests", queue.Resumable, ""},

	// 5xx that do not.
	{"NotImplemented", queue.Final, "the endpoint does not know this request: check that it is OSS's"},

	// What the user can mend.
	{"AccessDenied", queue.Final, "grant oss:PutObject, oss:AbortMultipartUpload, oss:ListParts, oss:ListMultipartUploads and oss:GetObject on the bucket, and check bucket, region and endpoint"},
	{"SignatureDoesNotMatch", queue.Final, "check the access key secret, the region and the signature version"},
	{"NoSuchBucket", queue.Final, "create the bucket or correct its name"},
	{"InvalidBucketName", queue.Final, "correct the bucket's name"},
	{"InvalidObjectName", queue.Final, "rename the file"},
	{"FileAlreadyExists", queue.Final, "rename the file, remove the object, or set overwrite = \"replace\""},
	{"FileImmutable", queue.Final, "the bucket's retention policy protects this object: use another name"},
	{"ObjectNotAppendable", queue.Final, "rename the file or remove the object"},
	{"EntityTooLarge", queue.Final, "split the file"},
	{"EntityTooSmall", queue.Final, "set a part size of at least 100 KiB"},
	{"UserDisable", queue.Final, "the account is disabled or in arrears: see the Alibaba Cloud console"},
	{"KmsServiceNotEnabled", queue.Final, "enable KMS or change the bucket's encryption"},
	{"InvalidStorageClass", queue.Final, "correct the storage class"},
	{"InvalidTag", queue.Final, "correct the attribute oss.tagging of the file or the configuration"},
	{"InvalidEncryptionAlgorithmError", queue.Final, "correct the attribute oss.server-side-encryption of the file or the configuration"},
}

// judge says what an error answer means. token: the request was signed with a token.
func (t ruleTable) judge(code string, status int, message string, token bool) rule {
	if token && (code == "InvalidAccessKeyId" || code == "AccessDenied" && expired(message)) {
		return rule{code, queue.Renew, renewHint}
	}
	for _, r := range t {
		if r.code == code {
			return r
		}
	}
	// Throttling, Throttling.User, QpsLimitExceeded, UploadTrafficRateLimitExceeded, ActiveRequestLimitExceeded, ...
	if strings.HasPrefix(code, "Throttling") || strings.HasSuffix(code, "LimitExceeded") {
		return rule{code, queue.Resumable, ""}
	}
	r := t.status(status)
	r.code = code
	return r
}

// status says what an answer means that has no code of OSS's, and names it.
func (t ruleTable) status(status int) rule {
	switch {
	case status == http.StatusNotFound:
		return rule{"NotFound", queue.Final, "check the endpoint"}
	case status == http.StatusForbidden:
		return rule{"AccessDenied", queue.Final, "check credentials and rights, and that nothing between here and OSS refuses uploads"}
	case status == http.StatusRequestTimeout:
		return rule{"RequestTimeout", queue.Resumable, ""}
	case status == http.StatusTooManyRequests:
		return rule{"TooManyRequests", queue.Resumable, ""}
	case status == http.StatusServiceUnavailable:
		return rule{"ServiceUnavailable", queue.Resumable, ""}
	case status == http.StatusNotImplemented:
		return rule{"NotImplemented", queue.Final, "the endpoint does not know this request: check that it is OSS's"}
	case status == http.StatusRequestEntityTooLarge:
		return rule{"EntityTooLarge", queue.Final, "set a smaller part size, or lift the limit of the proxy that refused it"}
	case status >= 500:
		return rule{"InternalError", queue.Resumable, ""}
	}
	return rule{"BadRequest", queue.Final, ""}
}

// expired says whether words about a token say that its time is over.
func expired(message string) bool {
	m := strings.ToLower(message)
	return strings.Contains(m, "token") && strings.Contains(m, "expired")
}
