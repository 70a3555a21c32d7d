package credential

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/aliyun/credentials-go/credentials/providers"
)

// longestProfiles is more bytes than a file of profiles has.
const longestProfiles = 1 << 20

// Profile is a source that uses a profile of Alibaba Cloud's command line client, as `aliyun configure` makes them in
// ~/.aliyun/config.json. An empty name is the current profile, an empty file that one. The file is read anew when what
// it gave is refused. sts is the endpoint of STS for profiles that assume a role; empty: as they say.
func Profile(file, name, sts string) Renewer {
	if file == "" {
		if home, err := os.UserHomeDir(); err == nil {
			file = filepath.Join(home, ".aliyun", "config.json")
		}
	}
	p := &profile{file: file, name: name, sts: sts}
	p.library = newLibrary("the profile in "+file, p.build)
	return p
}

type profile struct {
	file, name, sts string
	library         Renewer
}

func (p *profile) Recheck() time.Duration { return recheck }

func (p *profile) Get(ctx context.Context) (Credentials, error) { return p.get(ctx, Renewer.Get) }

func (p *profile) Renew(ctx context.Context) (Credentials, error) { return p.get(ctx, Renewer.Renew) }

// get leaves it to the library, but for three kinds of profiles: for one that runs a command the library prints to
// standard output what it does not understand of the command's, secrets and all, and writes what it does understand
// into the file; one that assumes a role it asks for by version 1.0 of signatures; and what one with a key lacks it
// takes from the environment, which may be of somebody else.
func (p *profile) get(ctx context.Context, how func(Renewer, context.Context) (Credentials, error)) (Credentials,
	error) {
	profiles, err := readProfiles(p.file)
	if err != nil {
		return Credentials{}, err
	}
	named, err := profiles.find(p.file, p.name)
	if err != nil {
		return Credentials{}, err
	}
	switch named.Mode {
	case byKey, byToken:
		return named.key(p.file)
	case external:
		return Process(named.Command).Get(ctx)
	case roleByKey, roleBySource:
		source, err := p.assumes(profiles, named, 0)
		if err != nil {
			return Credentials{}, err
		}
		return source.Get(ctx)
	}
	return how(p.library, ctx)
}

// assumes is the source of a profile that assumes a role; depth is of how many others it is the source.
func (p *profile) assumes(all *profiles, one oneProfile, depth int) (Source, error) {
	if one.ARN == "" {
		return nil, invalid("a profile in %s has no ram_role_arn", p.file)
	}
	if _, err := one.key(p.file); one.Mode == roleByKey && err != nil {
		return nil, err
	}
	with := Static(Credentials{AccessKeyID: one.ID, AccessKeySecret: one.Secret})
	if one.Mode == roleBySource {
		if depth == len(all.Profiles) {
			return nil, invalid("the profiles in %s name each other as source_profile in a circle", p.file)
		}
		source, err := all.named(p.file, one.Source)
		switch {
		case err != nil:
			return nil, err
		case source.Mode == byKey, source.Mode == byToken:
			key, err := source.key(p.file)
			if err != nil {
				return nil, err
			}
			with = Static(key)
		case source.Mode == external:
			with = Process(source.Command)
		case source.Mode == roleByKey, source.Mode == roleBySource:
			if with, err = p.assumes(all, source, depth+1); err != nil {
				return nil, err
			}
		default:
			with = newLibrary("the profile in "+p.file, (&profile{file: p.file, name: source.Name}).build)
		}
	}
	return AssumedRole(one.role(p.sts), with), nil
}

func (p *profile) build(context.Context) (providers.CredentialsProvider, error) {
	return built(providers.NewCLIProfileCredentialsProviderBuilder().WithProfileFile(p.file).WithProfileName(
		p.name).Build())
}

// The modes of profiles that the library is not asked for.
const (
	byKey        = "AK"
	byToken      = "StsToken"
	external     = "External"
	roleByKey    = "RamRoleArn"
	roleBySource = "ChainableRamRoleArn"
)

// profiles is what is read of a file of profiles.
type profiles struct {
	Current  string
	Profiles []oneProfile
}

// oneProfile is one of them.
type oneProfile struct {
	Name    string
	Mode    string
	Source  string `json:"source_profile"`
	Command string `json:"process_command"`
	ID      string `json:"access_key_id"`
	Secret  string `json:"access_key_secret"`
	Token   string `json:"sts_token"`

	ARN      string `json:"ram_role_arn"`
	Session  string `json:"ram_session_name"`
	Seconds  int    `json:"expired_seconds"`
	Policy   string `json:"policy"`
	External string `json:"external_id"`
	Region   string `json:"sts_region"`
	VPC      bool   `json:"enable_vpc"`
}

// Format keeps a printed profile from showing what it holds.
func (o oneProfile) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "the profile %q", o.Name) }

// key is what a profile has itself, whole; a token counts only in the mode that has one.
func (o oneProfile) key(file string) (Credentials, error) {
	c := Credentials{AccessKeyID: o.ID, AccessKeySecret: o.Secret}
	if o.Mode == byToken {
		c.SecurityToken = o.Token
	}
	switch {
	case c.AccessKeyID == "", c.AccessKeySecret == "":
		return Credentials{}, invalid("the profile %q in %s lacks access_key_id or access_key_secret", o.Name, file)
	case o.Mode == byToken && c.SecurityToken == "":
		return Credentials{}, invalid("the profile %q in %s has no sts_token", o.Name, file)
	}
	if field := unprintable(c); field != "" {
		return Credentials{}, invalid("the %s of the profile %q in %s holds a character that no credential has", field,
			o.Name, file)
	}
	return c, nil
}

// role is what a profile assumes, with what the command line client takes where it says nothing. endpoint is of STS;
// empty: as the profile says.
func (o oneProfile) role(endpoint string) Role {
	r := Role{ARN: o.ARN, Session: cmp.Or(o.Session, "inboxfs"),
		Lifetime: time.Duration(cmp.Or(o.Seconds, 3600)) * time.Second,
		Policy:   o.Policy, External: o.External, Endpoint: endpoint}
	switch {
	case r.Endpoint != "":
	case o.Region != "" && o.VPC:
		r.Endpoint = "sts-vpc." + o.Region + ".aliyuncs.com"
	case o.Region != "":
		r.Endpoint = "sts." + o.Region + ".aliyuncs.com"
	}
	return r
}

func readProfiles(file string) (*profiles, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("profiles of the command line client: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, longestProfiles))
	if err != nil {
		return nil, fmt.Errorf("profiles of the command line client: %w", err)
	}
	p := new(profiles)
	if json.Unmarshal(text, p) != nil { // what it says can quote the file
		return nil, invalid("%s is not the JSON that aliyun configure writes", file)
	}
	return p, nil
}

// find is the profile called name, or the current one. The environment has its say as it does for the client.
func (p *profiles) find(file, name string) (oneProfile, error) {
	if name == "" {
		name = os.Getenv("ALIBABA_CLOUD_PROFILE")
	}
	if name == "" {
		name = p.Current
	}
	return p.named(file, name)
}

func (p *profiles) named(file, name string) (oneProfile, error) {
	for _, one := range p.Profiles {
		if one.Name == name {
			return one, nil
		}
	}
	return oneProfile{}, invalid("%s has no profile %q", file, name)
}
