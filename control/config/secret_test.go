package config

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

const mark = "Hush"

func hidden(t *testing.T, what, got string) {
	t.Helper()
	if strings.Contains(got, mark) || strings.Contains(strings.ToLower(got), fmt.Sprintf("%x", mark)) {
		t.Errorf("%s shows the secret: %s", what, got)
	}
	if got == "" {
		t.Errorf("%s shows nothing at all", what)
	}
}

func TestSecretIsNotShown(t *testing.T) {
	t.Parallel()
	c := Default()
	for _, s := range []*Secret{&c.Credential.AccessKeyID, &c.Credential.AccessKeySecret, &c.Credential.SecurityToken} {
		if err := s.Set(mark); err != nil {
			t.Fatal(err)
		}
	}
	s := c.Credential.AccessKeySecret
	for what, v := range map[string]any{"secret": s, "pointer": &s, "config": c, "config pointer": &c,
		"credential":       c.Credential,
		"unexported field": struct{ s Secret }{s}, "unexported pointer": struct{ s *Secret }{&s}, "slice": []Secret{s},
		"any": []any{s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%6.2f"} {
			hidden(t, what+" as "+verb, fmt.Sprintf(verb, v))
		}
		j, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		hidden(t, what+" as JSON", string(j))
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
		hidden(t, what+" in slog", b.String())
	}
	for what, marshal := range map[string]func(any) ([]byte, error){"TOML": toml.Marshal, "XML": xml.Marshal} {
		b, err := marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		hidden(t, what, string(b))
	}
	c.Upload.Attributes = []string{"oss.acl=private",
		` oss.callback = {"callbackUrl":"https://a/?token=Hush","callbackBody":"x"}`, `oss.callback-var={"x:a":"Hush"}`}
	c.Credential.ExternalID, c.Credential.RolePolicy = mark, `{"Statement": "`+mark+`"}`
	var b bytes.Buffer
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	hidden(t, "Print", b.String())
	if !strings.Contains(b.String(),
		"\n# oss.callback is set and not shown\n# oss.callback-var is set and not shown\nattributes = [\n  "+
			"\"oss.acl=private\",\n]\n") {
		t.Errorf("Print does not say what is set:\n%s", &b)
	}
	for _, key := range []string{"access_key_secret", "external_id", "role_policy"} {
		if !strings.Contains(b.String(), "# "+key+" is set and not shown\n") {
			t.Errorf("Print does not say that %s is set:\n%s", key, &b)
		}
	}
	if s.Reveal() != mark || !s.Equal(c.Credential.AccessKeyID) || s.Equal(Secret{}) || (Secret{}).String() != "" {
		t.Error("the secret is not what was set")
	}
}

// No mistake around a secret makes an error show it.
func TestErrorsKeepSecrets(t *testing.T) {
	t.Parallel()
	for i, text := range []string{
		"[credential]\naccess_key_secret = Hush",
		"[credential]\naccess_key_secret = \"Hush",
		"[credential]\naccess_key_secret = \"Hu\\qsh Hush\"",
		"[credential]\naccess_key_secret = 'Hush' Hush",
		"[credential]\naccess_key_secret = \"Hush\"\naccess_key_secret = \"Hush\"",
		"[credential]\naccess_key_secret = [\"Hush\"]",
		"[credential]\naccess_key_secret = {Hush = 1}",
		"[credential.access_key_secret]\nx = \"Hush\"",
		"[credential]\naccess_key_secrt = \"Hush\"",
		"access_key_secret = \"Hush\"",
		"access_key_secret = Hush",
		"secret: Hush",
		"credential = \"Hush\"",
		"[credential]\nmode = \"sts\"\nsecurity_token = \"Hush\"",
		"[credential]\naccess_key_id = \"Hush\"",
		"[credential]\naccess_key_secret = \"Hush\"",
		"[oss]\nendpoint = \"https://user:Hush@host\"",
		"[oss]\nendpoint = \"https://user:Hush@ho st\"",
	} {
		path := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path, []string{"HOME=/home/u"}, nil)
		if err == nil {
			t.Errorf("%d: no error for\n%s", i, text)
			continue
		}
		hidden(t, fmt.Sprintf("the error of file %d", i), fmt.Sprintf("%v %+v %#v", err, err, err))
	}
	_, err := Load("", []string{"HOME=/home/u", "INBOXFS_CREDENTIAL_SECRET=Hush",
		"INBOXFS_CREDENTIAL_SECURITY_TOKEN=Hush"},
		map[string]string{"credential-access-key-secret": "Hush", "credential-access-key": "Hush"})
	if err == nil {
		t.Fatal("no error")
	}
	hidden(t, "the error", err.Error())
	for _, says := range []string{"credential.access_key_secret cannot be a flag",
		"set INBOXFS_CREDENTIAL_ACCESS_KEY_SECRET",
		"unknown environment variable INBOXFS_CREDENTIAL_SECRET", "unknown flag --credential-access-key"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("the error does not say %q:\n%v", says, err)
		}
	}
}

func TestSecretFileMode(t *testing.T) {
	t.Parallel()
	text := "[credential]\naccess_key_id = \"Hush\"\naccess_key_secret = \"Hush\"\n"
	for mode, ok := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o644: false, 0o604: false,
		0o620: false, 0o660: false} {
		path := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, []string{"HOME=/home/u"}, nil)
		switch {
		case ok && (err != nil || c.Credential.AccessKeySecret.Reveal() != mark):
			t.Errorf("mode %04o: %v", mode, err)
		case !ok && (err == nil || !strings.Contains(err.Error(), "chmod 600 "+path)):
			t.Errorf("mode %04o: error %v, want one that says chmod 600", mode, err)
		}
	}
}
