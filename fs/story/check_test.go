package story

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

var cleaning = []ossdev.LifecycleRule{{ID: "parts", Status: "Enabled", Days: 7}}

func TestCheckWhenAllIsWell(t *testing.T) {
	t.Parallel()
	s := prepareAt(t, ossdev.Options{Lifecycle: cleaning}, "INBOXFS_UPLOAD_PREFIX=in/{date}/")
	e := s.check()
	for _, name := range []string{"config", "queue", "files", "endpoint", "clock", "bucket", "rights", "lifecycle"} {
		e.has(name, "ok")
	}
	e.has("credentials", "warn", "long-term access key st… from ALIBABA_CLOUD_ACCESS_KEY_ID", "for testing")
	e.has("bucket", "ok", "story is there", "v4 for cn-hangzhou")
	if !strings.Contains(e.config, "prefix = \"in/{date}/\"") || strings.Contains(e.config, "relay_settle") {
		t.Errorf("the configuration in effect is not shown:\n%s", e.config)
	}
	for _, r := range s.server.Requests() {
		if r.Key != "" && !strings.HasPrefix(r.Key, "in/.inboxfs-check-") {
			t.Errorf("%s of %s", r.Action, r.Key)
		}
	}
	s.traceless()
	if _, err := s.try("test ! -e spool"); err != nil {
		t.Error("it made the spool")
	}
}

// TestCheckNamesTheFault has one fault each, and looks for the line that tells it and for what to do.
func TestCheckNamesTheFault(t *testing.T) {
	t.Parallel()
	closed := "http://127.0.0.1:1"
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<html><title>Hotel Wi-Fi</title>Please sign in</html>")
	}))
	t.Cleanup(page.Close)
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(tls.Close)
	own := ossdev.Options{NewAccount: true, Domains: map[string]string{"media.example.com": bucket},
		Lifecycle: cleaning}
	proxied := func(s *story) { s.env = append(s.env, "HTTP_PROXY="+s.server.URL) } // so that any name leads to it
	set := func(to ossdev.Settings) func(*story) {
		return func(s *story) {
			if err := s.server.Set(bucket, to); err != nil {
				s.t.Error(err)
			}
		}
	}
	forbid := []string{"INBOXFS_UPLOAD_OVERWRITE=forbid"}
	public := []string{"INBOXFS_UPLOAD_ATTRIBUTES=oss.acl=public-read"}
	over := time.Now().Add(-time.Minute)
	token := []string{"INBOXFS_CREDENTIAL_MODE=sts", "ALIBABA_CLOUD_ACCESS_KEY_ID=STS.story-temporary",
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + secret,
		"ALIBABA_CLOUD_SECURITY_TOKEN=story-token-1"}
	none := []string{"ALIBABA_CLOUD_ACCESS_KEY_ID=", "ALIBABA_CLOUD_ACCESS_KEY_SECRET="}
	for name, c := range map[string]struct {
		o     ossdev.Options
		env   []string
		fault *ossdev.Fault
		with  func(s *story)

		check, level string
		says         []string
		others       map[string]string // further checks, and what they are
	}{
		"key": {env: []string{"ALIBABA_CLOUD_ACCESS_KEY_ID=LTAI5tWrongWrongWrong99"}, check: "bucket", level: "fail",
			says: []string{"InvalidAccessKeyId", "-> check the access key"}, others: map[string]string{"rights": "skip",
				"lifecycle": "skip"}},
		"secret": {env: []string{"ALIBABA_CLOUD_ACCESS_KEY_SECRET=wrong"}, check: "bucket", level: "fail",
			says: []string{"SignatureDoesNotMatch", "-> check the access key secret"}},
		"region": {env: []string{"INBOXFS_OSS_REGION=cn-beijing"}, check: "bucket", level: "fail",
			says: []string{"signing region", "-> set oss.region to the region of the bucket"}},
		"bucket": {env: []string{"INBOXFS_OSS_BUCKET=nobodys-bucket"}, check: "bucket", level: "fail",
			says: []string{"NoSuchBucket", "-> create the bucket or correct its name"}},
		"other endpoint": {fault: &ossdev.Fault{Code: "AccessDenied",
			Message: "The bucket you are attempting to access must be addressed using the specified endpoint.",
			Action:  "ListMultipartUploads"},
			check: "bucket", level: "fail", says: []string{"-> the bucket is in another region: set oss.endpoint"}},
		"V1": {o: ossdev.Options{V4Only: true}, env: []string{"INBOXFS_OSS_SIGNATURE=v1"}, check: "bucket",
			level: "fail", says: []string{"Signature version 1", "-> set oss.signature to v4"}},
		"V1 fine": {env: []string{"INBOXFS_OSS_SIGNATURE=v1"}, check: "bucket", level: "warn",
			says: []string{"v1 is accepted, for now", "-> set oss.signature to v4"}},

		"own domain": {o: own, env: []string{"INBOXFS_OSS_ENDPOINT=http://media.example.com", "INBOXFS_OSS_CNAME=true"},
			with: proxied, check: "bucket", level: "ok",
			others: map[string]string{"clock": "ok", "rights": "ok", "lifecycle": "ok"}},
		"own domain, v1": {o: own, env: []string{"INBOXFS_OSS_ENDPOINT=http://media.example.com",
			"INBOXFS_OSS_CNAME=true",
			"INBOXFS_OSS_SIGNATURE=v1"}, with: proxied,
			check: "bucket", level: "warn", says: []string{"v1 is accepted"}, others: map[string]string{"rights": "ok",
				"lifecycle": "ok"}},
		"own domain, not said so": {o: own, env: []string{"INBOXFS_OSS_ENDPOINT=http://media.example.com"},
			with:  proxied,
			check: "endpoint", level: "warn",
			says: []string{"no endpoint of Alibaba Cloud's",
				"-> if media.example.com is a domain of your own that is bound to the bucket, set oss.cname = true"}},
		"new account": {o: own, env: []string{"INBOXFS_OSS_ENDPOINT=http://oss-cn-hangzhou.aliyuncs.com"},
			with:  proxied,
			check: "bucket", level: "fail",
			says: []string{"PublicEndpointForbidden", "-> accounts opened since 2025-03-20", "oss.cname = true"}},
		"accelerated": {o: own, env: []string{"INBOXFS_OSS_ENDPOINT=http://oss-accelerate.aliyuncs.com"}, with: proxied,
			check: "rights", level: "ok"},
		"dual stack": {env: []string{"INBOXFS_OSS_ENDPOINT=http://cn-hangzhou.oss.aliyuncs.com"}, with: proxied,
			check: "rights", level: "ok"},

		"port": {env: []string{"INBOXFS_OSS_ENDPOINT=" + closed}, check: "endpoint", level: "fail",
			says: []string{closed, "connection refused", "-> check host and port"},
			others: map[string]string{"clock": "skip",
				"bucket": "skip", "rights": "skip", "lifecycle": "skip"}},
		"name": {env: []string{"INBOXFS_OSS_ENDPOINT=oss.no-such-name.invalid"}, check: "endpoint", level: "fail",
			says: []string{"https://story.oss.no-such-name.invalid", "set oss.cname", "check the spelling"}},
		"silence": {with: func(s *story) { s.env = append(s.env, "INBOXFS_OSS_ENDPOINT="+silent(s.t)) },
			check: "endpoint", level: "fail", says: []string{"no answer within 1s",
				"-> check the endpoint, the proxy and firewalls"}},
		"login page": {env: []string{"INBOXFS_OSS_ENDPOINT=" + page.URL}, check: "endpoint", level: "fail",
			says: []string{"HTTP 200 OK from something that is not OSS", "whether the network wants a login"}},
		"TLS": {env: []string{"INBOXFS_OSS_ENDPOINT=" + tls.URL}, check: "endpoint", level: "fail",
			says: []string{"certificate", "-> install the package ca-certificates"}},
		"no TLS": {env: []string{"INBOXFS_OSS_ENDPOINT=" + strings.Replace(page.URL, "http:", "https:", 1)},
			check: "endpoint", level: "fail",
			says: []string{"speaks no TLS", "-> check the port of the endpoint: no TLS"}},
		"proxy": {env: []string{"INBOXFS_OSS_ENDPOINT=http://oss-cn-hangzhou.aliyuncs.com", "HTTP_PROXY=" + closed},
			check: "endpoint", level: "fail", says: []string{"through the proxy", "127.0.0.1:1 does not answer",
				"-> check host and port in HTTP_PROXY"}},

		"clock": {fault: &ossdev.Fault{Skew: 2 * time.Hour}, check: "clock", level: "warn",
			says: []string{"2h0m behind the endpoint's", "-> set the clock"}, others: map[string]string{"bucket": "ok",
				"rights": "ok"}},
		"wrong clock": {fault: &ossdev.Fault{Skew: -1000 * time.Hour}, check: "clock", level: "fail",
			says: []string{"ahead of the endpoint's", "-> set the clock"}, others: map[string]string{"bucket": "fail"}},

		"no key": {env: none, check: "credentials", level: "fail", says: []string{"there are none",
			"-> set ALIBABA_CLOUD_ACCESS_KEY_ID"}, others: map[string]string{"endpoint": "ok", "bucket": "skip"}},
		"no token": {env: append([]string{"INBOXFS_CREDENTIAL_MODE=sts"}, none...), check: "credentials", level: "warn",
			says: []string{"none yet", "resumeUploadWithToken"}, others: map[string]string{"bucket": "skip"}},
		"long-term": {env: []string{"INBOXFS_CREDENTIAL_MODE=sts"}, check: "credentials", level: "fail",
			says: []string{"long-term access key without a security token"}},
		"token": {env: token, with: func(s *story) {
			s.server.AddKey("STS.story-temporary", secret, "story-token-1", time.Now().Add(time.Hour))
		},
			check: "credentials", level: "ok", says: []string{"temporary access key STS.…rary"},
			others: map[string]string{"rights": "ok"}},
		"expired": {env: token, with: func(s *story) {
			s.server.AddKey("STS.story-temporary", secret, "story-token-1",
				over)
		},
			check: "bucket", level: "fail", says: []string{"SecurityTokenExpired", "-> give new credentials"}},
		"expired by itself": {env: []string{"INBOXFS_CREDENTIAL_MODE=sts", "INBOXFS_CREDENTIAL_SOURCE=process",
			fmt.Sprintf(
				`INBOXFS_CREDENTIAL_PROCESS=echo '{"AccessKeyId":"STS.story-temporary","AccessKeySecret":"%s","SecurityToken":"story-token-1","Expiration":"%s"}'`, secret, over.UTC().Format(time.RFC3339))},
			check: "credentials", level: "fail", says: []string{"expired", "-> get new ones"}},
		"expired, but not by this clock": {env: []string{"INBOXFS_CREDENTIAL_MODE=sts",
			"INBOXFS_CREDENTIAL_SOURCE=process",
			fmt.Sprintf(
				`INBOXFS_CREDENTIAL_PROCESS=echo '{"AccessKeyId":"STS.story-temporary","AccessKeySecret":"%s","SecurityToken":"story-token-1","Expiration":"%s"}'`, secret, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))},
			fault: &ossdev.Fault{Skew: 2 * time.Hour}, check: "credentials", level: "fail",
			says: []string{"expired, by the endpoint's clock", "-> get new ones"}},
		"source": {env: []string{"INBOXFS_CREDENTIAL_MODE=sts", "INBOXFS_CREDENTIAL_SOURCE=credentials_uri",
			"INBOXFS_CREDENTIAL_URI=" + closed},
			check: "credentials", level: "fail", says: []string{"127.0.0.1:1 cannot be reached"}},

		"no rule": {check: "lifecycle", level: "warn", says: []string{"no rule", "-> add a lifecycle rule"}},
		"other rules": {o: ossdev.Options{Lifecycle: []ossdev.LifecycleRule{{Prefix: "else/", Status: "Enabled",
			Days: 1},
			{Status: "Disabled", Days: 1}}}, check: "lifecycle", level: "warn", says: []string{"no rule"}},
		"rule": {o: ossdev.Options{Lifecycle: []ossdev.LifecycleRule{{Prefix: "in/", Status: "Enabled", Days: 1}}},
			env:   []string{"INBOXFS_UPLOAD_PREFIX=in/put/"},
			check: "lifecycle", level: "ok"},
		"odd answer": {fault: &ossdev.Fault{Action: "GetBucketLifecycle", Code: "InvalidArgument"}, check: "lifecycle",
			level: "warn", says: []string{"InvalidArgument", "-> ask the owner"}},
		"no answer": {fault: &ossdev.Fault{Action: "GetBucketLifecycle", Code: "InternalError"}, check: "lifecycle",
			level: "warn", says: []string{"InternalError"}},

		"forbid": {env: forbid, check: "overwrite", level: "ok"},
		"forbid with versions": {env: forbid, with: set(ossdev.Settings{Versioning: "Enabled"}), check: "overwrite",
			level: "warn", says: []string{"has or had versions", "-> let nobody else"}},
		"forbid, suspended": {env: forbid, with: set(ossdev.Settings{Versioning: "Suspended"}), check: "overwrite",
			level: "warn"},
		"forbid, not told": {env: forbid, fault: &ossdev.Fault{Action: "GetBucketVersioning", Code: "AccessDenied"},
			check: "overwrite", level: "warn",
			says: []string{"the right oss:GetBucketVersioning is missing"}},
		"public": {env: public, check: "acl", level: "ok"},
		"public, blocked": {env: public, with: set(ossdev.Settings{BlockPublicAccess: true}), check: "acl",
			level:  "fail",
			says:   []string{"blocks public access", "-> set oss.acl=private"},
			others: map[string]string{"rights": "ok"}},
		"public, v1": {env: append(public, "INBOXFS_OSS_SIGNATURE=v1"),
			with:  set(ossdev.Settings{BlockPublicAccess: true}),
			check: "acl", level: "fail"},
		"public, not told": {env: public, fault: &ossdev.Fault{Action: "GetBucketInfo", Code: "AccessDenied"},
			check: "acl",
			level: "warn",
			says:  []string{"the right oss:GetBucketInfo is missing"}},

		"kms": {fault: &ossdev.Fault{Action: "InitiateMultipartUpload", Code: "AccessDenied",
			Message: "This request is forbidden by kms."}, check: "rights", level: "fail",
			says: []string{"forbidden by kms", "-> the bucket or the file is encrypted with a key of KMS"}},
		"referer": {fault: &ossdev.Fault{Code: "AccessDenied", Message: "You are denied by bucket referer policy."},
			check: "bucket", level: "fail",
			says: []string{"denied by bucket referer policy", "-> the bucket's hotlink protection"}},
		"disabled": {fault: &ossdev.Fault{Code: "UserDisable"}, check: "bucket", level: "fail",
			says: []string{"UserDisable", "not paid for"}},
		"lost begin": {fault: &ossdev.Fault{Action: "InitiateMultipartUpload", ResetAfter: true}, check: "rights",
			level: "fail", says: []string{"InitiateMultipartUpload"}},
		"lost part": {fault: &ossdev.Fault{Action: "UploadPart", Hang: true}, check: "rights", level: "fail",
			says: []string{"UploadPart: no answer within 1s"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := prepareAt(t, c.o, c.env...)
			if c.with != nil {
				c.with(s)
			}
			if c.fault != nil {
				s.server.AddFault(*c.fault)
			}
			var args []string
			if strings.Contains(strings.Join(c.says, " "), "within 1s") {
				args = []string{"--timeout", "1s"}
			}
			e := s.check(args...)
			e.has(c.check, c.level, c.says...)
			for check, level := range c.others {
				if got := strings.Join(e.by[check], "\n"); !strings.HasPrefix(got, level+" ") {
					t.Errorf("%s is not %s:\n%s", check, level, e.all)
				}
			}
			if fails := strings.Contains(e.all, "\nfail "); fails != (e.code == 1) {
				t.Errorf("it ends with %d:\n%s", e.code, e.all)
			}
			s.traceless()
		})
	}
}

// silent is an endpoint that takes connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return "http://" + l.Addr().String() // the kernel takes them
}

// TestCheckNamesTheRight takes away one right each.
func TestCheckNamesTheRight(t *testing.T) {
	t.Parallel()
	for action, right := range map[string]string{
		"InitiateMultipartUpload": "oss:PutObject", "UploadPart": "oss:PutObject", "ListParts": "oss:ListParts",
		"HeadObject":           "oss:GetObject",
		"ListMultipartUploads": "oss:ListMultipartUploads", "AbortMultipartUpload": "oss:AbortMultipartUpload",
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			s := prepareAt(t, ossdev.Options{Lifecycle: cleaning}, "INBOXFS_UPLOAD_PREFIX=in/")
			s.server.AddFault(ossdev.Fault{Action: action, Code: "AccessDenied"})
			e := s.check()
			e.has("rights", "fail", "fail missing: "+right+"; OSS says: ", "-> grant "+right+" on acs:oss:*:*:"+bucket)
			if e.code != 1 {
				t.Errorf("it ends with %d", e.code)
			}
			if action == "AbortMultipartUpload" {
				e.has("rights", "fail", "warn the multipart upload of one byte", s.server.Uploads()[0].Key,
					s.server.Uploads()[0].ID)
				return
			}
			s.traceless()
		})
	}
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		s := prepareAt(t, ossdev.Options{})
		s.server.AddFault(ossdev.Fault{Action: "", Code: "AccessDenied"})
		e := s.check()
		e.has("bucket", "ok")
		for _, right := range []string{"oss:PutObject", "oss:ListParts", "oss:GetObject", "oss:ListMultipartUploads",
			"oss:AbortMultipartUpload"} {
			e.has("rights", "fail", right)
		}
		s.traceless()
	})
	for name, c := range map[string]struct {
		env   []string
		fault ossdev.Fault
		says  []string
	}{
		"words": {nil, ossdev.Fault{Code: "AccessDenied", Message: "You have no right to access this object."},
			[]string{"OSS says: You have no right to access this object. (request ",
				"-> grant oss:ListMultipartUploads on acs:oss"}},
		"authorizer": {nil, ossdev.Fault{Code: "AccessDenied", Message: "Access denied by authorizer's policy."},
			[]string{"missing: oss:ListMultipartUploads, oss:PutObject",
				"OSS says: Access denied by authorizer's policy."}},
		"explicit": {nil, ossdev.Fault{Action: "InitiateMultipartUpload", Code: "AccessDenied",
			Message: "Access denied by bucket policy.",
			Denied:  [3]string{"ResourceBasedPolicy", "ExplicitDeny", "oss:PutObject"}},
			[]string{"missing: oss:PutObject; OSS says: Access denied by bucket policy.",
				"-> the bucket policy has a Deny for oss:PutObject"}},
		"tags": {[]string{"INBOXFS_UPLOAD_ATTRIBUTES=oss.tagging=a=1"}, ossdev.Fault{Action: "InitiateMultipartUpload",
			Count: 1, Code: "AccessDenied"},
			[]string{"missing: oss:PutObjectTagging;", "-> grant oss:PutObjectTagging on acs:oss"}},
		"tags, or all": {[]string{"INBOXFS_UPLOAD_ATTRIBUTES=oss.tagging=a=1"},
			ossdev.Fault{Action: "InitiateMultipartUpload", Code: "AccessDenied"},
			[]string{"missing: oss:PutObject, oss:PutObjectTagging;"}},
	} {
		t.Run("says "+name, func(t *testing.T) {
			t.Parallel()
			s := prepareAt(t, ossdev.Options{Lifecycle: cleaning}, c.env...)
			s.server.AddFault(c.fault)
			s.check().has("rights", "fail", c.says...)
			s.traceless()
		})
	}
	for name, fault := range map[string]ossdev.Fault{
		"is lost":     {Action: "AbortMultipartUpload", Count: 1, ResetAfter: true},
		"was not":     {Action: "AbortMultipartUpload", Count: 1, Reset: true},
		"is late":     {Action: "AbortMultipartUpload", Count: 1, Late: 3 * time.Second},
		"was trouble": {Action: "AbortMultipartUpload", Count: 1, Code: "InternalError"},
	} {
		t.Run("the end "+name, func(t *testing.T) {
			t.Parallel()
			s := prepareAt(t, ossdev.Options{}, "")
			s.server.AddFault(fault)
			s.check("--timeout", "1s").has("rights", "ok", "aborted again")
			s.traceless()
		})
	}
	t.Run("nobody heard the beginning, nor of it", func(t *testing.T) {
		t.Parallel()
		s := prepareAt(t, ossdev.Options{}, "")
		s.server.AddFault(ossdev.Fault{Action: "InitiateMultipartUpload", ResetAfter: true})
		s.server.AddFault(ossdev.Fault{Action: "ListMultipartUploads", Code: "AccessDenied"})
		s.check().has("rights", "fail", "InitiateMultipartUpload", "may be in the bucket: .inboxfs-check-")
		if n := len(s.server.Uploads()); n == 0 {
			t.Error("it was found all the same")
		}
	})
	t.Run("tags, and no answer without them", func(t *testing.T) {
		t.Parallel()
		s := prepareAt(t, ossdev.Options{}, "INBOXFS_UPLOAD_ATTRIBUTES=oss.tagging=a=1")
		s.server.AddFault(ossdev.Fault{Action: "InitiateMultipartUpload", Count: 1, Code: "AccessDenied"})
		s.server.AddFault(ossdev.Fault{Action: "InitiateMultipartUpload", ResetAfter: true})
		s.check().has("rights", "fail", "missing: oss:PutObject, oss:PutObjectTagging;")
		s.traceless()
	})
	t.Run("GetBucketLifecycle", func(t *testing.T) {
		t.Parallel()
		s := prepareAt(t, ossdev.Options{})
		s.server.AddFault(ossdev.Fault{Action: "GetBucketLifecycle", Code: "AccessDenied"})
		e := s.check()
		e.has("rights", "ok")
		e.has("lifecycle", "warn", "oss:GetBucketLifecycle")
		if strings.Contains(e.all, "\nfail  lifecycle") {
			t.Errorf("that is no failure:\n%s", e.all)
		}
	})
}

func TestCheckVOD(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env   []string
		fault ossdev.Fault
		level string
		says  []string
	}{
		"fine": {level: "ok", says: []string{"vod:CreateUploadVideo is not tried"}},
		"right": {fault: ossdev.Fault{Action: "RefreshUploadVideo", Code: "Forbidden.RAM"}, level: "fail",
			says: []string{"missing: vod:RefreshUploadVideo\n", "-> grant vod:RefreshUploadVideo"}},
		"abort": {fault: ossdev.Fault{Action: "DeleteMultipartUpload", Code: "Forbidden.RAM"}, level: "fail",
			says: []string{"missing: vod:DeleteMultipartUpload\n"}},
		"closed": {fault: ossdev.Fault{Action: "RefreshUploadVideo", Code: "OperationDenied"}, level: "fail",
			says: []string{"OperationDenied", "-> open VOD in the Alibaba Cloud console"}},
		"key": {env: []string{"ALIBABA_CLOUD_ACCESS_KEY_ID=LTAI5tWrongWrongWrong99"}, level: "fail",
			says: []string{"InvalidAccessKeyId.NotFound", "-> check the access key"}},
		"secret": {env: []string{"ALIBABA_CLOUD_ACCESS_KEY_SECRET=wrong"}, level: "fail",
			says: []string{"SignatureDoesNotMatch", "-> check the access key secret"}},
		"clock": {fault: ossdev.Fault{Action: "RefreshUploadVideo", Skew: 2 * time.Hour}, level: "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := prepareAt(t, ossdev.Options{},
				append([]string{"INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL"},
					c.env...)...)
			if c.fault.Action != "" {
				s.server.AddFault(c.fault)
			}
			e := s.check()
			e.has("endpoint", "ok")
			e.has("vod", c.level, c.says...)
			s.traceless()
		})
	}
	t.Run("auth_process", func(t *testing.T) {
		t.Parallel()
		s := prepareAt(t, ossdev.Options{}, "INBOXFS_CREDENTIAL_MODE=vod-auth")
		s.check().has("auth", "ok", "setUploadAuthAndAddress")
		s.env = append(s.env, "INBOXFS_VOD_AUTH_PROCESS=/usr/bin/env,touch,"+s.dir+"/ran")
		s.check().has("auth", "ok", "/usr/bin/env can be run")
		s.env = append(s.env, "INBOXFS_VOD_AUTH_PROCESS="+s.dir+"/nothing")
		s.check().has("auth", "fail", "-> correct vod.auth_process")
		if _, err := s.try("test ! -e ran"); err != nil {
			t.Error("auth_process was run")
		}
	})
}

// TestCheckIsInterrupted presses Ctrl-C in the middle of the upload that is tried.
func TestCheckIsInterrupted(t *testing.T) {
	t.Parallel()
	s := prepareAt(t, ossdev.Options{})
	hit := s.server.AddFault(ossdev.Fault{Action: "UploadPart", Hang: true})
	var said syncBuffer
	c := exec.Command(program, "check", "--timeout", "10m")
	c.Env, c.Stdout, c.Stderr = s.env, &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	s.until("a part hangs", func() bool { return hit.Hits() > 0 })
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); c.ProcessState.ExitCode() != 1 || !strings.HasSuffix(said.String(),
		"inboxfs: interrupted before all was checked\n") ||
		strings.Contains(said.String(), "\nfail ") {
		t.Errorf("it ends with %v: %s", err, said.String())
	}
	s.traceless()
}

// TestCheckBeforeThereIsABucket: who has only begun sees what is missing, and what this machine and the keys are like.
func TestCheckBeforeThereIsABucket(t *testing.T) {
	t.Parallel()
	s := prepareAt(t, ossdev.Options{}, "INBOXFS_OSS_ENDPOINT=", "INBOXFS_OSS_BUCKET=")
	e := s.check()
	e.has("config", "fail", "oss.endpoint is not set", "oss.bucket is not set", "--oss-bucket")
	e.has("files", "ok")
	e.has("credentials", "warn", "from ALIBABA_CLOUD_ACCESS_KEY_ID")
	e.has("endpoint", "skip", "the configuration is not complete")
	if n := len(s.server.Requests()); n != 0 || e.code != 1 || e.by["fuse"] == nil || e.by["spool"] == nil {
		t.Errorf("%d requests, it ends with %d:\n%s", n, e.code, e.all)
	}
}

// TestCheckOfAMistake has settings that cannot be right, which shows before anything is asked.
func TestCheckOfAMistake(t *testing.T) {
	t.Parallel()
	for env, says := range map[string]string{
		"INBOXFS_OSS_ENDPOINT=" + bucket +
			".oss-cn-hangzhou.aliyuncs.com": `has a bucket in it; write oss.endpoint = "oss-cn-hangzhou.aliyuncs.com" and oss.bucket = "` + bucket + `"`,
		"INBOXFS_OSS_ENDPOINT=s3.oss-cn-hangzhou.aliyuncs.com": "is for clients that speak S3",
		"INBOXFS_OSS_REGION=cn-hangzhou-internal": "the region is cn-hangzhou, " +
			"also where oss.endpoint is the internal one",
		"INBOXFS_OSS_CNAME=true INBOXFS_OSS_ENDPOINT=oss-cn-hangzhou.aliyuncs.com": "oss.cname from " +
			"INBOXFS_OSS_CNAME: is true, but oss-cn-hangzhou.aliyuncs.com is an endpoint of Alibaba Cloud's",
		"INBOXFS_OSS_CNAME=true INBOXFS_OSS_ENDPOINT=media.example.com": "oss.region is not set",
		"INBOXFS_OSS_CNAME=true INBOXFS_OSS_ENDPOINT=http://127.0.0.1:1": "a domain that is bound to a " +
			"bucket has a name",
	} {
		s := prepareAt(t, ossdev.Options{}, append(strings.Fields(env), "INBOXFS_OSS_REGION=")...)
		if strings.Contains(env, "REGION") {
			s.env = append(s.env, env)
		}
		e := s.check()
		if text := e.config + e.all; !strings.Contains(text, says) || e.code == 0 {
			t.Errorf("%s ends with %d:\n%s", env, e.code, text)
		}
		if n := len(s.server.Requests()); n != 0 {
			t.Errorf("%s: %d requests", env, n)
		}
	}
}
