package credential

import (
	"errors"
	"io/fs"
	"net"
	"net/url"
	"regexp"
	"strings"

	"inboxfs/queue/line"
	"inboxfs/queue/verdict"
)

// modes are those of profiles.
const modes = "AK, StsToken, RamRoleArn, EcsRamRole, OIDC, ChainableRamRoleArn, CloudSSO, OAuth or External"

var errMalformed = errors.New("malformed")

// errorCode is how the APIs of Alibaba Cloud name an error, in JSON.
var errorCode = regexp.MustCompile(`"Code"\s*:\s*"([A-Za-z]{3,40}(?:\.[A-Za-z]{2,40}){0,3})"`)

// reasons is what credentials-go's errors begin with, and what we say instead. The first that fits counts.
var reasons = []struct{ begins, says string }{
	{"get role name failed", "the metadata service does not name a role: is this an ECS instance with a RAM role?"},
	{"get metadata token failed", "the metadata service does not answer: is this an ECS instance?"},
	{"refresh Ecs sts token err", "the metadata service gives no credentials: has this ECS instance that RAM role?"},
	{"refresh session token failed", "STS refuses"},
	{"get session token failed", "STS refuses"},
	{"refresh RoleArn sts token err", "STS answers with something else than credentials"},
	{"get oidc sts token err", "STS answers with something else than credentials"},
	{"get credentials from", "the answer holds no credentials"},
	{"refresh credentials from", "the answer lacks AccessKeyId, AccessKeySecret, SecurityToken or Expiration"},
	{"parsing time", "the answer has an Expiration that is not a time like 2006-01-02T15:04:05Z"},
	{"session duration", "a role lasts 15 minutes at least"},
	{"the Assume Role session duration", "a role lasts 15 minutes at least"},
	{"IMDS credentials is disabled", "ALIBABA_CLOUD_ECS_METADATA_DISABLED is set"},
	{"the CLI profile is disabled", "ALIBABA_CLOUD_CLI_PROFILE_DISABLED is set"},
	{"unsupported profile mode", "the profile's mode is none that is known here: " + modes},
	{"CloudSSO", "sign in again with aliyun configure"},
	{"failed to refresh token", "sign in again with aliyun configure"},
	{"get session token from OAuth failed", "the sign-in service refuses: sign in again with aliyun configure"},
	{"get refresh token from OAuth failed", "the sign-in service refuses: sign in again with aliyun configure"},
	{"the access token", "sign in again with aliyun configure"},
	{"get session token from sso failed", "the sign-in service refuses: sign in again with aliyun configure"},
	{"the security token is empty", "the profile has no sts_token"},
	{"the access key", "the profile lacks access_key_id or access_key_secret"},
	{"the RoleArn is empty", "the profile has no ram_role_arn"},
	{"the OIDC", "the profile lacks oidc_provider_arn or oidc_token_file"},
	{"malformed", "the answer is malformed"},
}

// reason says what an error of credentials-go means. It is made of our own words, of a system call's, and of an API's
// name for an error; never of what the library says, which can be a whole answer.
func reason(err error) string {
	var u *url.Error
	var n net.Error
	var p *fs.PathError
	switch {
	case errors.As(err, &p):
		return p.Error() // a file's name and why
	case errors.As(err, &n) && n.Timeout():
		return "no answer in time"
	case errors.As(err, &u):
		return host(u.URL) + " cannot be reached: " + cause(host(u.URL), u.Err)
	}
	text := err.Error()
	for _, r := range reasons {
		if strings.HasPrefix(text, r.begins) {
			if m := errorCode.FindStringSubmatch(text); m != nil {
				return r.says + " (" + m[1] + ")"
			}
			return r.says
		}
	}
	return "it fails for a reason that is not shown, because it may hold secrets"
}

// cause is why a connection was not made. Anything else could quote what was sent or received.
func cause(host string, err error) string {
	var op *net.OpError
	if says, _ := verdict.Unanswered(&line.Failure{Stage: line.Asking, Host: host, Err: err}); says != "" {
		return verdict.Message(says)
	}
	if errors.As(err, &op) {
		return op.Error() // dial tcp ADDRESS: connection refused
	}
	return "the connection failed"
}

// host is a URL without what may be secret in it.
func host(text string) string {
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		return u.Host
	}
	return "the server"
}
