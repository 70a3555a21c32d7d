package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDefaultIsValid(t *testing.T) {
	t.Parallel()
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
	a, b := Default(), Default()
	a.Inbox.Ignore[0], a.Inbox.Wait[0] = "changed", "changed"
	if b.Inbox.Ignore[0] == "changed" || Default().Inbox.Wait[0] == "changed" {
		t.Error("two defaults share a list")
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	set := func(s *Secret) {
		if err := s.Set(mark); err != nil {
			t.Error(err)
		}
	}
	for _, c := range []struct {
		what   string
		change func(*Config)
		says   string // empty: valid
	}{
		{"parts 1", func(c *Config) { c.Upload.Parts = 1 }, ""},
		{"parts auto", func(c *Config) { c.Upload.Parts = AutoParts }, ""},
		{"parts 100", func(c *Config) { c.Upload.Parts = 100 }, ""},
		{"parts 0", func(c *Config) { c.Upload.Parts = 0 }, "upload.parts: 0 is out of range; use 1 to 100, or auto"},
		{"files 101", func(c *Config) { c.Upload.Files = 101 }, "upload.files: 101 is out of range; use 1 to 100"},
		{"part size 100KiB", func(c *Config) { c.Upload.PartSize = 100 << 10 }, ""},
		{"part size 5GiB", func(c *Config) { c.Upload.PartSize = 5 << 30 }, ""},
		{"part size small", func(c *Config) { c.Upload.PartSize = 100<<10 - 1 },
			"upload.part_size: 102399 is out of range; use 100KiB to 5GiB"},
		{"part size large", func(c *Config) { c.Upload.PartSize = 5<<30 + 1 },
			"upload.part_size: 5368709121 is out of range"},
		{"retries", func(c *Config) { c.Upload.MaxRetries = -1 },
			"upload.max_retries: -1 is out of range; use 0 or more"},
		{"settle", func(c *Config) { c.Inbox.Settle = -1 }, "inbox.settle"},
		{"reserve", func(c *Config) { c.Inbox.Reserve = -1 }, "inbox.reserve"},
		{"level", func(c *Config) { c.Log.Level = "loud" },
			`log.level: "loud" is not one of its words; use info, debug, warn or error`},
		{"word", func(c *Config) { c.Upload.Overwrite = "" },
			`upload.overwrite: "" is not one of its words; use replace or forbid`},
		{"pattern", func(c *Config) { c.Inbox.Wait = []string{"a/b"} }, "inbox.wait: wait pattern"},
		{"prefix", func(c *Config) { c.Upload.Prefix = "a/b/" }, ""},
		{"prefix slash", func(c *Config) { c.Upload.Prefix = `\a` }, "upload.prefix"},
		{"prefix bytes", func(c *Config) { c.Upload.Prefix = "a\xff" }, "upload.prefix: is not UTF-8"},
		{"prefix long", func(c *Config) { c.Upload.Prefix = strings.Repeat("a", 769) },
			"upload.prefix: is 769 bytes long"},
		{"attributes", func(c *Config) { c.Upload.Attributes = []string{"oss.storage-class=IA", "oss.meta.a=b=c"} },
			""},
		{"attribute unknown", func(c *Config) { c.Upload.Attributes = []string{"oss.storageclass=IA"} },
			"upload.attributes: oss.storageclass: there is no such attribute"},
		{"attribute value", func(c *Config) { c.Upload.Attributes = []string{"oss.acl"} },
			"upload.attributes: oss.acl: is not NAME=VALUE"},
		{"hook", func(c *Config) { c.Hooks.Command = []string{"true"}; c.Hooks.Events = nil }, ""},
		{"hook event", func(c *Config) { c.Hooks.Events = []string{"OnUploadDone"} },
			`hooks.events: "OnUploadDone" is no event; there are OnFileAdded, `},
		{"hooks two", func(c *Config) { c.Hooks.Command = []string{"true"}; set(&c.Hooks.URL) },
			"hooks.url: is set, and hooks.command, too"},
		{"hook url", func(c *Config) { set(&c.Hooks.URL) }, "hooks.url: is not a URL like"},
		{"bucket", func(c *Config) { c.OSS.Bucket = "my-bucket-1" }, ""},
		{"bucket short", func(c *Config) { c.OSS.Bucket = "ab" }, "oss.bucket"},
		{"bucket hyphen", func(c *Config) { c.OSS.Bucket = "abc-" }, "oss.bucket"},
		{"port", func(c *Config) { c.OSS.Endpoint = "media.example.com:99999" },
			"oss.endpoint: has a port that is none: 99999"},
		{"path of STS", func(c *Config) { c.Credential.STSEndpoint = "sts.aliyuncs.com/x" },
			"credential.sts_endpoint: has something after the host"},
		{"own domain", func(c *Config) { c.OSS.Endpoint, c.OSS.CNAME = "media.example.com", true }, ""},
		{"own domain at hand", func(c *Config) { c.OSS.Endpoint, c.OSS.CNAME = "http://media.localhost:9100", true },
			""},
		{"no domain", func(c *Config) { c.OSS.Endpoint, c.OSS.CNAME = "http://127.0.0.1:9100", true },
			"oss.cname: is true, but oss.endpoint is 127.0.0.1"},
		{"a common domain", func(c *Config) { c.OSS.Endpoint, c.OSS.CNAME = "oss-cn-hangzhou.aliyuncs.com", true },
			"oss.cname: is true, but oss-cn-hangzhou.aliyuncs.com is an endpoint of Alibaba Cloud's"},
		{"bucket inside", func(c *Config) { c.OSS.Endpoint = "my-bucket.oss-cn-hangzhou.aliyuncs.com" },
			`oss.endpoint: "my-bucket.oss-cn-hangzhou.aliyuncs.com" has a bucket in it; write oss.endpoint = "oss-cn-hangzhou.aliyuncs.com" and oss.bucket = "my-bucket"`},
		{"s3", func(c *Config) { c.OSS.Endpoint = "s3.oss-cn-hangzhou.aliyuncs.com" },
			"is for clients that speak S3; write oss-cn-hangzhou.aliyuncs.com"},
		{"s3 and a bucket", func(c *Config) { c.OSS.Endpoint = "https://my-bucket.s3.oss-cn-hangzhou.aliyuncs.com" },
			`speak S3, and has a bucket in it; write oss.endpoint = "oss-cn-hangzhou.aliyuncs.com" and oss.bucket = "my-bucket"`},
		{"more inside", func(c *Config) { c.OSS.Endpoint = "www.my-bucket.oss-cn-hangzhou.aliyuncs.com" },
			`"www.my-bucket" can be no bucket; write oss.endpoint = "oss-cn-hangzhou.aliyuncs.com"`},
		{"bucket inside, finance",
			func(c *Config) { c.OSS.Endpoint = "my-bucket.oss-cn-shenzhen-finance-1-pub.aliyuncs.com" },
			`write oss.endpoint = "oss-cn-shenzhen-finance-1-pub.aliyuncs.com" and oss.bucket = "my-bucket"`},
		{"half an endpoint", func(c *Config) { c.OSS.Endpoint = "oss-cn-hangzhou" },
			`oss.endpoint: "oss-cn-hangzhou" is the name of a region; write oss.endpoint = "oss-cn-hangzhou.aliyuncs.com"`},
		{"region as an endpoint", func(c *Config) { c.OSS.Endpoint = "cn-hangzhou" },
			`write oss.endpoint = "oss-cn-hangzhou.aliyuncs.com"`},
		{"region of an endpoint", func(c *Config) { c.OSS.Region = "oss-cn-hangzhou" }, "the region is cn-hangzhou"},
		{"region internal", func(c *Config) { c.OSS.Region = "cn-hangzhou-internal" },
			"the region is cn-hangzhou, also where oss.endpoint is the internal one"},
		{"region of an internal endpoint", func(c *Config) { c.OSS.Region = "oss-cn-hangzhou-internal" },
			"the region is cn-hangzhou, also"},
		{"key", func(c *Config) { set(&c.Credential.AccessKeyID); set(&c.Credential.AccessKeySecret) }, ""},
		{"half a key", func(c *Config) { set(&c.Credential.AccessKeyID) }, "credential.access_key_secret: is not set"},
		{"other half", func(c *Config) { set(&c.Credential.AccessKeySecret) }, "credential.access_key_id: is not set"},
		{"token alone", func(c *Config) { set(&c.Credential.SecurityToken); c.Credential.Mode = STS },
			"credential.access_key_id: is not set"},
		{"token with key", func(c *Config) {
			set(&c.Credential.AccessKeyID)
			set(&c.Credential.AccessKeySecret)
			set(&c.Credential.SecurityToken)
		}, "credential.mode: is access_key"},
		{"sts", func(c *Config) {
			set(&c.Credential.AccessKeyID)
			set(&c.Credential.AccessKeySecret)
			set(&c.Credential.SecurityToken)
			c.Credential.Mode = STS
		}, ""},
		{"sts without token", func(c *Config) {
			set(&c.Credential.AccessKeyID)
			set(&c.Credential.AccessKeySecret)
			c.Credential.Mode = STS
		}, "credential.security_token: is not set"},
		{"sts from elsewhere", func(c *Config) { c.Credential.Mode = STS }, ""},
	} {
		conf := Default()
		c.change(&conf)
		err := conf.Validate()
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", c.what, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) ||
			strings.Contains(err.Error(), "\n")):
			t.Errorf("%s: error %v, want one line that says %q", c.what, err, c.says)
		}
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		endpoint, region string // region as the endpoint tells it
		ok               bool
	}{
		{"", "", true},
		{"oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou", true}, {"https://oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou",
			true},
		{"http://OSS-CN-Shanghai-internal.aliyuncs.com:80/", "cn-shanghai", true},
		{"oss-ap-southeast-1.aliyuncs.com", "ap-southeast-1", true},
		{"oss-us-west-1-internal.aliyuncs.com", "us-west-1", true}, {"cn-hangzhou.oss.aliyuncs.com", "cn-hangzhou",
			true},
		{"oss-cn-hzfinance.aliyuncs.com", "cn-hzfinance", true},
		{"oss-accelerate.aliyuncs.com", "", true}, {"oss-accelerate-overseas.aliyuncs.com", "", true},
		{"oss-cn-shenzhen-finance-1-pub.aliyuncs.com", "", true}, {"oss-cn-hangzhou.oss.aliyuncs.com", "", true},
		{"cn-hangzhou.aliyuncs.com", "", true},
		{"files.example.com", "", true}, {"http://127.0.0.1:9000", "", true}, {"[::1]:9000", "", true},
		{"localhost:9000", "", true},
		{"ftp://host", "", false}, {"host/path", "", false}, {"https://u:p@host", "", false}, {"ho st", "", false},
		{"https://", "", false}, {"host?x", "", false},
		{"host:port", "", false}, {"-host", "", false},
	} {
		if err := checkEndpoint(c.endpoint); (err == nil) != c.ok {
			t.Errorf("%q: error %v, want ok %v", c.endpoint, err, c.ok)
		}
		if got := (OSS{Endpoint: c.endpoint}).RegionID(); c.ok && got != c.region {
			t.Errorf("%q is in %q, want %q", c.endpoint, got, c.region)
		}
	}
	if got := (OSS{Endpoint: "oss-cn-hangzhou.aliyuncs.com", Region: "cn-beijing"}).RegionID(); got != "cn-beijing" {
		t.Errorf("the region that was set is not used, but %q", got)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	lines := func(c Config) string {
		err := c.Missing()
		if err == nil {
			return ""
		}
		var keys []string
		for _, l := range strings.Split(err.Error(), "\n") {
			key, _, ok := strings.Cut(l, " is not set: put it into the configuration file, or set INBOXFS_OSS_")
			if !ok {
				t.Errorf("line %q", l)
			}
			keys = append(keys, key)
		}
		return strings.Join(keys, " ")
	}
	c := Default()
	if got := lines(c); got != "oss.endpoint oss.bucket" {
		t.Errorf("the default lacks %q", got)
	}
	c.OSS.Endpoint = "files.example.com"
	if got := lines(c); got != "oss.region oss.bucket" {
		t.Errorf("with an endpoint of one's own it lacks %q", got)
	}
	c.OSS.Bucket, c.OSS.Signature = "abc", V1
	if got := lines(c); got != "" {
		t.Errorf("signature v1 lacks %q", got)
	}
	c.OSS.Endpoint, c.OSS.Signature = "oss-cn-hangzhou.aliyuncs.com", V4
	if got := lines(c); got != "" {
		t.Errorf("an endpoint that tells the region lacks %q", got)
	}
}

// FuzzLoad looks for a file that makes Load panic, and for an error that shows a secret.
func FuzzLoad(f *testing.F) {
	example, err := os.ReadFile(exampleFile)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	for _, s := range []string{"[credential]\naccess_key_secret = ", "a.b.c = 1", "[[x]]\n[x.y]\n", "\"\" = 1",
		"upload = {files = 4, x.y = 2}",
		"[inbox]\nignore = [[1], {a=1}]", "'''\n", "\ufeff[oss]\nbucket=\"\"\"\nx\"\"\"", "start = 1979-05-27"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "c")
		text = strings.ReplaceAll(text, mark, "")
		text += "\n[credential]\naccess_key_secret = \"" + mark + "\"\n"
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path, home, nil)
		if err == nil {
			t.Fatal("half a key in a readable file was taken")
		}
		hidden(t, "the error", err.Error())
	})
}

// FuzzSet gives one key a value, as a variable and as a flag. A secret is not told, whatever is wrong with it.
func FuzzSet(f *testing.F) {
	keys := Keys()
	for i := range keys {
		for _, value := range []string{"", "true", "8MiB", "-1", "1e400MiB/s", "2s", "[\"a\", 'b']", "a,\"b\"\"",
			"\x00", "9223372036854775808", "-2562047h47m16.854775808s"} {
			f.Add(uint16(i), value)
		}
	}
	f.Fuzz(func(t *testing.T, i uint16, value string) {
		k := keys[int(i)%len(keys)]
		value = strings.ReplaceAll(value, mark, "")
		if k.Flag == "" {
			value = mark + value + mark
		}
		_, err := Load("", append(home[:len(home):len(home)], k.Env+"="+value), nil)
		if err != nil {
			hidden(t, "the error", err.Error())
		}
		if k.Flag != "" {
			if c, again := Load("", home, map[string]string{k.Flag: value}); value != "" && k.Name != "spool" &&
				(again == nil) != (err == nil) {
				t.Errorf("%s=%q: as a variable %v, as a flag %v (%+v)", k.Name, value, err, again, c)
			}
		}
	})
}
