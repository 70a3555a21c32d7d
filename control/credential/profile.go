package credential

import (
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
// it gave is refused.
func Profile(file, name string) Renewer {
	if file == "" {
		if home, err := os.UserHomeDir(); err == nil {
			file = filepath.Join(home, ".aliyun", "config.json")
		}
	}
	p := &profile{file: file, name: name}
	p.library = newLibrary("the profile in "+file, p.build)
	return p
}

type profile struct {
	file, name string
	library    Renewer
}

func (p *profile) Recheck() time.Duration { return recheck }

func (p *profile) Get(ctx context.Context) (Credentials, error) { return p.get(ctx, Renewer.Get) }

func (p *profile) Renew(ctx context.Context) (Credentials, error) { return p.get(ctx, Renewer.Renew) }

// get leaves it to the library, but for a profile that runs a command: the library prints to standard output what it
// does not understand of the command's, secrets and all, and writes what it does understand into the file.
func (p *profile) get(ctx context.Context, how func(Renewer, context.Context) (Credentials, error)) (Credentials, error) {
	profiles, err := readProfiles(p.file)
	if err != nil {
		return Credentials{}, err
	}
	named, err := profiles.find(p.file, p.name)
	if err != nil {
		return Credentials{}, err
	}
	if named.Mode == external {
		return Process(named.Command).Get(ctx)
	}
	for seen := 0; named.Source != ""; seen++ {
		if named, err = profiles.find(p.file, named.Source); err != nil {
			return Credentials{}, err
		}
		if seen == len(profiles.Profiles) {
			return Credentials{}, invalid("the profiles in %s name each other as source_profile in a circle", p.file)
		}
		if named.Mode == external {
			return Credentials{}, invalid("the profile in %s has a source_profile of mode %s: use that as credential.process, and ram_role_arn as credential.source",
				p.file, external)
		}
	}
	return how(p.library, ctx)
}

func (p *profile) build(context.Context) (providers.CredentialsProvider, error) {
	return built(providers.NewCLIProfileCredentialsProviderBuilder().WithProfileFile(p.file).WithProfileName(p.name).Build())
}

const external = "External"

// profiles is what is read of a file of profiles: nothing that is secret.
type profiles struct {
	Current  string
	Profiles []struct {
		Name    string
		Mode    string
		Source  string `json:"source_profile"`
		Command string `json:"process_command"`
	}
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
func (p *profiles) find(file, name string) (struct{ Name, Mode, Source, Command string }, error) {
	if name == "" {
		name = os.Getenv("ALIBABA_CLOUD_PROFILE")
	}
	if name == "" {
		name = p.Current
	}
	for _, one := range p.Profiles {
		if one.Name == name {
			return struct{ Name, Mode, Source, Command string }(one), nil
		}
	}
	return struct{ Name, Mode, Source, Command string }{}, invalid("%s has no profile %q", file, name)
}
