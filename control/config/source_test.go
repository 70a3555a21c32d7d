package config

import (
	"strings"
	"testing"
)

func TestCredentialSource(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		environ []string
		says    string // "" for nothing to say
	}{
		{[]string{"MODE=sts", "SOURCE=credentials_uri", "URI=http://127.0.0.1:8080/x?y"}, ""},
		{[]string{"MODE=sts", "SOURCE=ram_role_arn", "ACCESS_KEY_ID=i", "ACCESS_KEY_SECRET=s"}, ""},
		{[]string{"SOURCE=profile"}, ""},
		{[]string{"SOURCE=process", "PROCESS=true"}, ""},
		{[]string{"SOURCE=metadata"}, `"metadata" is not one of its words; use auto, environment,`},
		{[]string{"SOURCE=ecs_ram_role"}, "which gives temporary ones; use sts"},
		{[]string{"MODE=sts", "SOURCE=process", "PROCESS= "}, "credential.process"},
		{[]string{"MODE=sts", "SOURCE=credentials_uri", "URI=http://u:Hush@h/"}, "without a user name"},
		{[]string{"MODE=sts", "SOURCE=credentials_uri", "URI=ftp://Hush/"}, "is not a URL like"},
		{[]string{"MODE=sts", "SOURCE=profile", "ACCESS_KEY_ID=i", "ACCESS_KEY_SECRET=Hush"},
			"have no use with credential.source profile"},
		{[]string{"MODE=sts", "SOURCE=ram_role_arn", "ROLE_LIFETIME=1m"}, "use 15m to 12h"},
	} {
		environ := append([]string{}, home...)
		for _, v := range c.environ {
			environ = append(environ, "INBOXFS_CREDENTIAL_"+v)
		}
		_, err := Load("", environ, nil)
		if (err == nil) != (c.says == "") {
			t.Errorf("%v: %v", c.environ, err)
			continue
		}
		if err == nil {
			continue
		}
		hidden(t, "the error", err.Error())
		if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "credential.") {
			t.Errorf("%v: %v does not say %q", c.environ, err, c.says)
		}
	}
}
