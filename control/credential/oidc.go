package credential

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"inboxfs/queue/acs"
)

// longestOIDC is more bytes than STS takes for a token.
const longestOIDC = 64 << 10

// OIDCRole is a source that assumes a role with the token in a file, as a service account of Kubernetes has one. The
// file is read each time. The role's External is not used. STS is asked by package acs: of the refusals credentials-go
// keeps nothing but a text with the whole answer in it.
func OIDCRole(role Role, provider, tokenFile string) Renewer {
	client, err := acs.New(acs.Options{Name: "STS", Version: "2015-04-01", Endpoint: role.endpoint()})
	return &oidc{assumed: assumed{role: role, client: client, wrong: err}, provider: provider, file: tokenFile}
}

type oidc struct {
	assumed
	provider, file string
}

func (o *oidc) Renew(ctx context.Context) (Credentials, error) { return o.Get(ctx) }

func (o *oidc) Get(ctx context.Context) (Credentials, error) {
	const what = "assuming the RAM role with an OIDC token"
	switch {
	case o.wrong != nil:
		return Credentials{}, invalid("%v", o.wrong)
	case o.role.Lifetime < shortest:
		return Credentials{}, invalid("%s: a role lasts 15 minutes at least", what)
	}
	token, err := o.token()
	if err != nil {
		return Credentials{}, fmt.Errorf("%s: %w", what, err)
	}
	asks := o.role.params()
	asks["OIDCProviderArn"], asks["OIDCToken"] = o.provider, token
	body, err := o.client.CallUnsigned(ctx, "AssumeRoleWithOIDC", asks)
	return answered(what, o.role, o.client, body, err)
}

// token reads the file anew: whoever renews the token writes it there.
func (o *oidc) token() (string, error) {
	f, err := os.Open(o.file)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, longestOIDC))
	text = bytes.TrimSpace(text)
	switch {
	case err != nil:
		return "", err
	case len(text) == 0:
		return "", &fs.PathError{Op: "read", Path: o.file, Err: errors.New("the file is empty")}
	}
	return string(text), nil
}
