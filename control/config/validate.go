package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"inboxfs/queue/attribute"
	"inboxfs/queue/names"
)

// Validate says what is wrong with the values of c: those out of range, unknown words, malformed names, and keys that
// do not go together. Load has done so already. It does not look at the machine or the network.
func (c Config) Validate() error {
	var p problems
	for _, w := range c.wrong() {
		p.add(0, "%s: %s", w.key, w.text)
	}
	return p.err()
}

// Missing says what a mount needs and c does not have, one key to a line, and how to set it. Credentials are not among
// it: they can come later, through control.
func (c Config) Missing() error {
	var p problems
	if c.Credential.Mode == ModeVOD || c.Credential.Mode == ModeVODAuth {
		return nil // VOD says where files go
	}
	for _, f := range walk(&c) {
		switch {
		case f.Name == "oss.endpoint" && c.OSS.Endpoint == "",
			f.Name == "oss.bucket" && c.OSS.Bucket == "",
			f.Name == "oss.region" && c.OSS.Endpoint != "" && c.OSS.Signature == V4 && c.OSS.RegionID() == "":
			p.add(0, "%s is not set: put it into the configuration file, or set %s or --%s (%s)", f.Name, f.Env, f.Flag,
				f.Help)
		}
	}
	return p.err()
}

// wrong is what is wrong with the value of one key.
type wrong struct{ key, text string }

func (c Config) wrong() []wrong {
	var all []wrong
	say := func(key string, err error) {
		if err != nil {
			all = append(all, wrong{key, strings.ReplaceAll(err.Error(), "\n", "; ")}) // a line is one problem
		}
	}
	for _, f := range walk(&c) {
		say(f.Name, f.check())
	}
	_, err := names.Compile(c.Inbox.Ignore, nil)
	say("inbox.ignore", err)
	_, err = names.Compile(nil, c.Inbox.Wait)
	say("inbox.wait", err)
	for _, text := range c.Inbox.Excuse {
		_, _, err := ParseExcuse(text)
		say("inbox.excuse", err)
	}
	if slices.ContainsFunc(c.Inbox.Relays, func(name string) bool { return strings.TrimSpace(name) == "" }) {
		say("inbox.relays", fmt.Errorf("has an empty name, which every program begins with"))
	}
	_, err = ParseMode(c.Inbox.Mode, 0o700, 0o7777)
	say("inbox.mode", err)
	_, err = ParseMode(c.Control.Mode, 0o600, 0o666)
	say("control.mode", err)
	_, err = attribute.Parse(c.Upload.Attributes)
	say("upload.attributes", err)
	say("upload.prefix", checkPrefix(c.Upload.Prefix))
	if c.Upload.Stream && (c.Credential.Mode == ModeVOD || c.Credential.Mode == ModeVODAuth) {
		say("upload.stream",
			fmt.Errorf("VOD must know a file's size and title before its first byte: "+
				"set it to false with credential.mode = %q", c.Credential.Mode))
	}
	key, err := c.OSS.check()
	say(key, err)
	say("oss.region", checkRegion(c.OSS.Region))
	say("oss.bucket", checkBucket(c.OSS.Bucket))
	say("vod.endpoint", checkEndpoint(c.VOD.Endpoint))
	say("credential.sts_endpoint", checkEndpoint(c.Credential.STSEndpoint))
	say("vod.region", checkRegion(c.VOD.Region))
	if c.Log.To != "" && c.Log.To != Syslog && !filepath.IsAbs(c.Log.To) {
		say("log.to", fmt.Errorf("%q is neither %s nor a path that begins with /", c.Log.To, Syslog))
	}
	key, err = c.Hooks.check()
	say(key, err)
	key, err = c.Credential.check()
	say(key, err)
	return all
}

// check returns the key that does not go with the others.
func (c Credential) check() (string, error) {
	if key, err := c.checkSource(); err != nil {
		return key, err
	}
	id, secret, token := c.AccessKeyID.Reveal() != "", c.AccessKeySecret.Reveal() != "", c.SecurityToken.Reveal() != ""
	switch {
	case id && !secret:
		return "credential.access_key_secret", fmt.Errorf("is not set, but credential.access_key_id is")
	case secret && !id:
		return "credential.access_key_id", fmt.Errorf("is not set, but credential.access_key_secret is")
	case token && !id:
		return "credential.access_key_id", fmt.Errorf("is not set, but credential.security_token is")
	case token && c.Mode == AccessKey:
		return "credential.mode",
			fmt.Errorf("is %s, which has no security token, but credential.security_token is set; use %s", AccessKey,
				STS)
	case id && !token && c.Mode == STS && c.Source != RAMRole:
		return "credential.security_token", fmt.Errorf("is not set, but credential.mode is %s", STS)
	}
	return "", nil
}

// checkSource returns the key that credential.source needs, or does not go with. What the environment can say instead
// is looked for when the source is made.
func (c Credential) checkSource() (string, error) {
	switch c.Source {
	case ECSRole, RAMRole, OIDCRole, URI:
		if c.Mode == AccessKey {
			return "credential.mode",
				fmt.Errorf("is %s, but credential.source is %s, which gives temporary ones; use %s", AccessKey,
					c.Source, STS)
		}
	}
	set := c.AccessKeyID.Reveal() != "" || c.AccessKeySecret.Reveal() != ""
	switch {
	case set && c.Source != Auto && c.Source != RAMRole:
		return "credential.access_key_id",
			fmt.Errorf("and credential.access_key_secret have no use with credential.source %s; "+
				"use %s or leave them out", c.Source, Auto)
	case c.Source == Process && strings.TrimSpace(c.Process) == "":
		return "credential.process", fmt.Errorf("is not set, but credential.source is %s", Process)
	case c.URI != "":
		if u, err := url.Parse(c.URI); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" ||
			u.User != nil {
			// quoting it could show a secret
			return "credential.uri",
				fmt.Errorf("is not a URL like http://127.0.0.1:8080/credentials, without a user name")
		}
	}
	return "", nil
}

// longestPrefix leaves room in the 1023 bytes of an object key for a name of 255.
const longestPrefix = 1023 - 255

func checkPrefix(prefix string) error {
	switch {
	case strings.HasPrefix(prefix, "/") || strings.HasPrefix(prefix, `\`):
		return fmt.Errorf("an object key cannot begin with %q; leave it out", prefix[:1])
	case !utf8.ValidString(prefix):
		return fmt.Errorf("is not UTF-8, which object keys are")
	case len(prefix) > longestPrefix:
		return fmt.Errorf("is %d bytes long; at most %d leave room for names in the 1023 bytes of an object key",
			len(prefix), longestPrefix)
	}
	return nil
}
