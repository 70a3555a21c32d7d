package verdict

import (
	"cmp"
	"regexp"
)

// Denied is what OSS says of the policy that refused a request: its element AccessDeniedDetail. It says so of RAM users
// and roles only.
type Denied struct {
	Policy string `xml:"PolicyType"`       // AccountLevelIdentityBasedPolicy, ...
	Type   string `xml:"NoPermissionType"` // ExplicitDeny, ImplicitDeny
	Action string `xml:"AuthAction"`       // oss:PutObject, ...
}

// policies are the kinds of them, as RAM calls them, and where they are kept.
var policies = map[string]string{
	"AccountLevelIdentityBasedPolicy":       "a RAM policy of this access key's user or role",
	"ResourceGroupLevelIdentityBasedPolicy": "a RAM policy of this access key's user or role, for a resource group",
	"IdentityBasedPolicy":                   "a RAM policy of this access key's user or role",
	"SessionPolicy":                         "the policy with which the token was made (Policy of AssumeRole)",
	"ResourceBasedPolicy":                   "the bucket policy",
	"AssumeRolePolicy":                      "the trust policy of the role",
	"ControlPolicy":                         "a control policy of the resource directory",
	"VpcEndpointPolicy":                     "the policy of the VPC endpoint",
}

var action = regexp.MustCompile(`^[a-z]{2,16}:[A-Za-z]{3,40}$`)

// Right is the right that was missing, or "".
func (d Denied) Right() string {
	if action.MatchString(d.Action) {
		return d.Action
	}
	return ""
}

// hint says what to do; "" where nothing is known. Nothing of it is the server's but words that are known here, and
// the name of a right.
func (d Denied) hint() string {
	right := cmp.Or(d.Right(), "this")
	policy := cmp.Or(policies[d.Policy], "a policy")
	switch {
	case d.Type == "ExplicitDeny":
		return policy + " has a Deny for " + right +
			": have it taken away there; granting the right elsewhere does not help"
	case d.Type == "ImplicitDeny" && d.Policy == "SessionPolicy":
		return policy + " does not allow " + right + ": have it allowed there"
	case d.Type == "ImplicitDeny" && d.Right() != "":
		return "grant " + right + " to the RAM user or role of this access key"
	}
	return ""
}
