package credential

import (
	"context"
	"fmt"
	"time"

	"github.com/aliyun/credentials-go/credentials/providers"
)

// URI is a source that answers GET with the JSON that STS gives, or with {"Code": "Success", "AccessKeyId": ...}: what
// ALIBABA_CLOUD_CREDENTIALS_URI means to the SDKs.
func URI(uri string) Renewer {
	return newLibrary("the credentials URI at "+host(uri), func(context.Context) (providers.CredentialsProvider, error) {
		return built(providers.NewURLCredentialsProviderBuilder().WithUrl(uri).Build())
	})
}

// ECSRole is the RAM role of the ECS instance this runs on, from its metadata service (version 2 of it, and 1 where that
// does not answer). An empty name: whichever it has.
func ECSRole(name string) Renewer {
	return newLibrary("the RAM role of this ECS instance", func(context.Context) (providers.CredentialsProvider, error) {
		return built(providers.NewECSRAMRoleCredentialsProviderBuilder().WithRoleName(name).Build())
	})
}

// Role is a RAM role to be assumed.
type Role struct {
	ARN      string
	Session  string        // how it is called in audit logs
	Lifetime time.Duration // from 15 minutes to what the role allows
	Policy   string        // JSON that narrows the role's rights, or empty
	External string        // the role's external id, or empty
	Endpoint string        // of STS; empty: sts.aliyuncs.com
}

// AssumedRole is a source that assumes a role with the credentials of another, once per lifetime.
func AssumedRole(role Role, with Source) Renewer {
	return newLibrary("assuming the RAM role", func(ctx context.Context) (providers.CredentialsProvider, error) {
		c, err := with.Get(ctx)
		if err != nil {
			return nil, fmt.Errorf("the key that assumes the RAM role: %w", err)
		}
		return built(providers.NewRAMRoleARNCredentialsProviderBuilder().WithCredentialsProvider(key(c)).WithRoleArn(role.ARN).
			WithRoleSessionName(role.Session).WithDurationSeconds(int(role.Lifetime / time.Second)).WithPolicy(role.Policy).
			WithExternalId(role.External).WithStsEndpoint(role.Endpoint).Build())
	})
}

// key is a provider that has what it gives.
type key Credentials

func (k key) GetCredentials() (*providers.Credentials, error) {
	return &providers.Credentials{AccessKeyId: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret, SecurityToken: k.SecurityToken,
		ProviderName: k.GetProviderName()}, nil
}

func (k key) GetProviderName() string {
	if k.SecurityToken == "" {
		return "static_ak"
	}
	return "static_sts"
}

// OIDCRole is a source that assumes a role with the token in a file, as a service account of Kubernetes has one. The
// file is read each time. The role's External is not used.
func OIDCRole(role Role, provider, tokenFile string) Renewer {
	return newLibrary("assuming the RAM role with an OIDC token", func(context.Context) (providers.CredentialsProvider, error) {
		return built(providers.NewOIDCCredentialsProviderBuilder().WithOIDCProviderARN(provider).WithOIDCTokenFilePath(tokenFile).
			WithRoleArn(role.ARN).WithRoleSessionName(role.Session).WithDurationSeconds(int(role.Lifetime / time.Second)).
			WithPolicy(role.Policy).WithSTSEndpoint(role.Endpoint).Build())
	})
}

// built hides the words of a builder's error, and a nil provider in an interface.
func built[P providers.CredentialsProvider](p P, err error) (providers.CredentialsProvider, error) {
	if err != nil {
		return nil, invalid("%s", reason(err))
	}
	return p, nil
}
