package credential

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"inboxfs/queue/acs"
	"inboxfs/queue/transfer"
	"inboxfs/queue/verdict"
)

// Role is a RAM role to be assumed.
type Role struct {
	ARN      string
	Session  string        // how it is called in audit logs
	Lifetime time.Duration // from 15 minutes to what the role allows
	Policy   string        // JSON that narrows the role's rights, or empty
	External string        // the role's external id, or empty
	Endpoint string        // of STS; empty: sts.aliyuncs.com
}

// shortest is how long a role lasts at least.
const shortest = 15 * time.Minute

// AssumedRole is a source that assumes a role with the credentials of another, once per lifetime. STS is asked by
// package acs: credentials-go signs that request by version 1.0 of signatures, and by this machine's clock whatever
// that shows.
func AssumedRole(role Role, with Source) Renewer {
	client, err := acs.New(acs.Options{Name: "STS", Version: "2015-04-01", Endpoint: role.endpoint()})
	return &assumed{role: role, with: with, client: client, wrong: err}
}

type assumed struct {
	role   Role
	with   Source
	client *acs.Client
	wrong  error // why there is no client
}

// Recheck is never: STS says when the credentials expire.
func (a *assumed) Recheck() time.Duration { return 0 }

// Format keeps a printed source from showing what it holds.
func (a *assumed) Format(f fmt.State, _ rune) { fmt.Fprint(f, "an assumed RAM role") }

func (a *assumed) Renew(ctx context.Context) (Credentials, error) { return a.Get(ctx) }

func (a *assumed) Get(ctx context.Context) (Credentials, error) {
	const what = "assuming the RAM role"
	switch {
	case a.wrong != nil:
		return Credentials{}, invalid("%v", a.wrong)
	case a.role.Lifetime < shortest:
		return Credentials{}, invalid("%s: a role lasts 15 minutes at least", what)
	}
	c, err := a.with.Get(ctx)
	if err != nil {
		return Credentials{}, fmt.Errorf("the key that assumes the RAM role: %w", err)
	}
	asks := a.role.params()
	asks["ExternalId"] = a.role.External
	body, err := a.client.Call(ctx, acs.Key{AccessKeyID: c.AccessKeyID, AccessKeySecret: c.AccessKeySecret,
		SecurityToken: c.SecurityToken},
		"AssumeRole", asks)
	return answered(what, a.role, a.client, body, err)
}

// params is what STS is asked for.
func (r Role) params() map[string]string {
	return map[string]string{"RoleArn": r.ARN, "RoleSessionName": r.Session, "Policy": r.Policy,
		"DurationSeconds": strconv.Itoa(int(r.Lifetime / time.Second))}
}

// answered is the credentials in an answer of STS.
func answered(what string, role Role, client *acs.Client, body []byte, err error) (Credentials, error) {
	if err != nil {
		return Credentials{}, role.refused(what, err)
	}
	f, err := parseFields(string(body))
	if err != nil {
		return Credentials{}, fmt.Errorf("%s: %s", what, reason(errMalformed))
	}
	now, _ := client.Time()
	got, err := f.credentials(now, withTokenOnly)
	if err != nil || got.Expires.IsZero() {
		return Credentials{}, fmt.Errorf("%s: STS answers with something else than credentials", what)
	}
	return got, nil
}

// refused says why there is no answer, and what to do about it. That can be mended without a word to us: it is asked
// again. Of the words of STS only its name for the error is shown: they may repeat secrets, of which we need not know
// all.
func (r Role) refused(what string, err error) error {
	var e *transfer.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %w", what, err)
	}
	says := *e
	switch {
	case e.RequestID != "" || e.Kind != transfer.Resumable:
		code := verdict.Code(e.Code)
		says = transfer.Error{Kind: transfer.Resumable, Code: "CredentialsError", Hint: cmp.Or(roleHints[code], e.Hint),
			Message: fmt.Sprintf("%s: STS refuses (%s)", what, code)}
		if e.RequestID != "" { // of a request to STS, not of one of OSS
			says.Message += " (request " + e.RequestID + ")"
		}
	case e.Code == "RequestTimeout":
		says.Message = fmt.Sprintf("%s: %s does not answer", what, r.endpoint())
		says.Hint = cmp.Or(e.Hint,
			"check credential.sts_endpoint, the proxy and firewalls: something on the way swallows the requests")
	default:
		says.Message = fmt.Sprintf("%s: %s: %s", what, r.endpoint(), e.Message)
	}
	return &says
}

// roleHints is what to do about the codes of STS. Source: its API reference of AssumeRole, and OSS's page on its
// errors.
var roleHints = map[string]string{
	"NoPermission": "have sts:AssumeRole (AliyunSTSAssumeRoleAccess) granted to the RAM user of this access key, " +
		"and that user or its account " +
		"named in the trust policy of the role; the key of an account itself assumes no role",
	"EntityNotExist.Role": "check credential.role_arn: there is no such role",
	"InvalidParameter.RoleArn": "correct credential.role_arn, as the RAM console shows it: " +
		"acs:ram::ACCOUNT:role/NAME",
	"InvalidParameter.RoleSessionName": "correct credential.role_session_name: 2 to 64 letters, " +
		"digits and . @ - _",
	"InvalidParameter.DurationSeconds": "shorten credential.role_lifetime, " +
		"or lengthen the role's longest session in the RAM console",
	"InvalidParameter.PolicyGrammar": "correct credential.role_policy: JSON, as a policy of RAM",
	"InvalidParameter.PolicySize":    "shorten credential.role_policy",
	"SignatureDoesNotMatch":          "check the secret of the access key that assumes the role",
	"IncompleteSignature":            "check the secret of the access key that assumes the role",
	"InvalidAccessKeyId.NotFound": "check the id of the access key that assumes the role: " +
		"it does not exist",
	"InvalidAccessKeyId.Inactive":                "enable the access key that assumes the role, or use another",
	"InvalidSecurityToken.Expired":               "get a new token for the access key that assumes the role",
	"InvalidSecurityToken.Malformed":             "correct the token of the access key that assumes the role",
	"InvalidSecurityToken.MismatchWithAccessKey": "use the token that came with the access key that assumes the role",
	"AuthenticationFail.NoPermission": "register the OIDC provider in RAM, check credential.oidc_provider_arn, " +
		"and name it in the trust " +
		"policy of the role with the issuer, audience and subject that the token has",
	"AuthenticationFail.OIDCToken.AudienceNotMatch": "have the token made for an audience (client id) that the OIDC " +
		"provider in RAM lists",
	"AuthenticationFail.OIDCToken.Expired": "have the file of credential.oidc_token_file renewed: " +
		"its token has expired",
	"AuthenticationFail.OIDCToken.Invalid": "check credential.oidc_token_file: " +
		"what is in it is no OIDC token, or of another issuer",
	"AuthenticationFail.OIDCToken.InvalidSignature": "check that the token is of the issuer of the OIDC provider in " +
		"RAM, whose keys may be others by now",
	"AuthenticationFail.OIDCToken.HttpsUrlInvalid": "mend the certificate of the OIDC issuer, " +
		"or its fingerprint in the OIDC provider in RAM: " +
		"STS cannot fetch its keys",
	"MissingSecurityToken": "the access key that assumes the role is a temporary one: give its token, too",
}

// endpoint is where STS is asked, as Alibaba Cloud's SDKs choose it.
func (r Role) endpoint() string {
	if r.Endpoint != "" {
		return r.Endpoint
	}
	name := "sts"
	if strings.EqualFold(os.Getenv("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"), "true") {
		name = "sts-vpc"
	}
	if region := os.Getenv("ALIBABA_CLOUD_STS_REGION"); region != "" {
		name += "." + region
	}
	return name + ".aliyuncs.com"
}
