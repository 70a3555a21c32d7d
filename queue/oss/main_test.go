package oss

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"inboxfs/queue/atonce"
	"inboxfs/queue/ossdev/authority"
)

// Trusted is the authority that this process trusts, as a user would have it do.
var Trusted *authority.Authority

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "oss")
	if err == nil {
		defer os.RemoveAll(dir)
		Trusted, err = authority.New("tests")
	}
	if err == nil {
		file := filepath.Join(dir, "authority.pem")
		err = errors.Join(os.WriteFile(file, Trusted.PEM(), 0o600), os.Setenv("SSL_CERT_FILE", file))
	}
	if err == nil {
		err = atonce.Tests(atonce.Waiting)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
