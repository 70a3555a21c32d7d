package daemon

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"inboxfs/control/config"
	"inboxfs/control/credential"
	"inboxfs/queue"
)

// Source says where credentials come from.
func Source(c config.Credential) credential.Source {
	s := named(c)
	if c.Mode == config.STS {
		return credential.Temporary(s)
	}
	return s
}

func named(c config.Credential) credential.Source {
	role := credential.Role{ARN: cmp.Or(c.RoleARN, os.Getenv("ALIBABA_CLOUD_ROLE_ARN")), Session: c.RoleSessionName,
		Lifetime: time.Duration(c.RoleLifetime), Policy: c.RolePolicy, External: c.ExternalID, Endpoint: c.STSEndpoint}
	switch c.Source {
	case config.Environment:
		return credential.Environment(os.LookupEnv)
	case config.Profile:
		return credential.Profile(cmp.Or(c.ProfileFile, os.Getenv("ALIBABA_CLOUD_CONFIG_FILE")), c.Profile,
			c.STSEndpoint)
	case config.ECSRole:
		return credential.ECSRole(c.RoleName)
	case config.RAMRole:
		if role.ARN == "" {
			return credential.Refuse("credential.role_arn is not set, but credential.source is ram_role_arn")
		}
		return credential.AssumedRole(role, auto(c))
	case config.OIDCRole:
		provider := cmp.Or(c.OIDCProviderARN, os.Getenv("ALIBABA_CLOUD_OIDC_PROVIDER_ARN"))
		file := cmp.Or(c.OIDCTokenFile, os.Getenv("ALIBABA_CLOUD_OIDC_TOKEN_FILE"))
		if role.ARN == "" || provider == "" || file == "" {
			return credential.Refuse("credential.source is oidc_role_arn, which needs credential.role_arn, " +
				"credential.oidc_provider_arn and credential.oidc_token_file")
		}
		return credential.OIDCRole(role, provider, file)
	case config.URI:
		uri := cmp.Or(c.URI, os.Getenv("ALIBABA_CLOUD_CREDENTIALS_URI"))
		if uri == "" {
			return credential.Refuse("credential.uri is not set, but credential.source is credentials_uri")
		}
		return credential.URI(uri)
	case config.Process:
		return credential.Process(c.Process)
	}
	return auto(c)
}

// auto is the credentials of the configuration if it has any, else those of the environment.
func auto(c config.Credential) credential.Source {
	return credential.First(
		credential.Static(credential.Credentials{AccessKeyID: c.AccessKeyID.Reveal(),
			AccessKeySecret: c.AccessKeySecret.Reveal(), SecurityToken: c.SecurityToken.Reveal()}),
		credential.Environment(os.LookupEnv))
}

// keyring is the ring of a daemon whose queue and bucket do not exist yet: they need it first.
type keyring struct {
	*credential.Ring
	queue  atomic.Pointer[queue.Queue]
	server atomic.Pointer[server]
}

func newKeyring(c config.Credential, log *slog.Logger) *keyring {
	k := &keyring{}
	k.Ring = credential.New(Source(c), credential.Options{Log: log,
		Server: func() (time.Time, bool) {
			if s := k.server.Load(); s != nil {
				return (*s).Time()
			}
			return time.Now(), false
		},
		Ask: func(ctx context.Context) error {
			if s := k.server.Load(); s != nil {
				return (*s).AskTime(ctx)
			}
			return nil
		},
		Renewed: func() {
			if q := k.queue.Load(); q != nil {
				q.Renewed()
			}
		}})
	return k
}

// server has a clock that counts more than ours.
type server interface {
	Time() (now time.Time, known bool)
	AskTime(ctx context.Context) error
}

// know says by whose clock credentials expire.
func (k *keyring) know(s server) { k.server.Store(&s) }

// serve tells the queue of new credentials from now on, and of those that came before.
func (k *keyring) serve(q *queue.Queue) {
	k.queue.Store(q)
	q.Renewed()
}
