package credential

import (
	"context"

	"github.com/aliyun/credentials-go/credentials/providers"
)

// URI is a source that answers GET with the JSON that STS gives, or with {"Code": "Success", "AccessKeyId": ...}: what
// ALIBABA_CLOUD_CREDENTIALS_URI means to the SDKs.
func URI(uri string) Renewer {
	return newLibrary("the credentials URI at "+host(uri), func(context.Context) (providers.CredentialsProvider,
		error) {
		return built(providers.NewURLCredentialsProviderBuilder().WithUrl(uri).Build())
	})
}

// ECSRole is the RAM role of the ECS instance this runs on, from its metadata service (version 2 of it, and 1 where
// that does not answer). An empty name: whichever it has.
func ECSRole(name string) Renewer {
	return newLibrary("the RAM role of this ECS instance", func(context.Context) (providers.CredentialsProvider,
		error) {
		return built(providers.NewECSRAMRoleCredentialsProviderBuilder().WithRoleName(name).Build())
	})
}

// built hides the words of a builder's error, and a nil provider in an interface.
func built[P providers.CredentialsProvider](p P, err error) (providers.CredentialsProvider, error) {
	if err != nil {
		return nil, invalid("%s", reason(err))
	}
	return p, nil
}
