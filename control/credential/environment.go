package credential

import "context"

// families are the environment variables of the Alibaba Cloud SDKs and of the OSS tools. The first family of which
// anything is set is used whole; a token of one never joins a key of the other.
var families = [...]struct{ id, secret, token string }{
	{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"},
	{"OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN"},
}

// Environment is a source that reads environment variables through lookup, normally os.LookupEnv. A variable that is
// empty counts as not set. Nothing set is ErrNone; half a key is an error that names the variable that is missing.
func Environment(lookup func(string) (string, bool)) Source { return environment(lookup) }

type environment func(string) (string, bool)

func (e environment) Get(context.Context) (Credentials, error) {
	value := func(name string) string {
		v, _ := e(name) // not set is empty
		return v
	}
	for _, f := range families {
		c := Credentials{AccessKeyID: value(f.id), AccessKeySecret: value(f.secret), SecurityToken: value(f.token)}
		switch {
		case c.AccessKeyID != "" && c.AccessKeySecret != "":
			if field := unprintable(c); field != "" {
				return Credentials{},
					invalid("the %s in %s holds a blank, a line break or another character that no credential has",
						field, f.id+", "+f.secret+" or "+f.token)
			}
			return c, nil
		case c.AccessKeyID != "":
			return Credentials{}, invalid("%s is set but %s is not", f.id, f.secret)
		case c.AccessKeySecret != "":
			return Credentials{}, invalid("%s is set but %s is not", f.secret, f.id)
		case c.SecurityToken != "":
			return Credentials{}, invalid("%s is set but %s and %s are not", f.token, f.id, f.secret)
		}
	}
	return Credentials{}, ErrNone
}
