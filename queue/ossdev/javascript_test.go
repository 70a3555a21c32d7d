package ossdev

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// needAliOSS is the folder with node_modules/ali-oss in it. .ci/run fetches that from npm, which not every machine
// reaches.
func needAliOSS(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("ALI_OSS_DIR")
	if dir == "" {
		t.Skip("NOTHING TESTED: ALI_OSS_DIR does not say where ali-oss is, the SDK for JavaScript: " +
			".ci/run fetches it, or `npm install --prefix DIR ali-oss` does")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "ali-oss")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestJavaScript has Alibaba Cloud's SDK for JavaScript do all that uploads and their neighbourhood ask for: with each
// signature, and by a domain that is bound to the bucket.
func TestJavaScript(t *testing.T) {
	t.Parallel()
	dir := needAliOSS(t)
	for _, v4 := range []bool{true, false} {
		for _, domain := range []bool{false, true} {
			t.Run(fmt.Sprintf("v4 %v, domain %v", v4, domain), func(t *testing.T) {
				t.Parallel()
				s := start(t, Options{Domains: map[string]string{"media.example.com": testBucket}})
				back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, err := io.ReadAll(r.Body)
					if r.URL.Path != "/ok" || err != nil {
						w.WriteHeader(http.StatusBadGateway)
						return
					}
					fmt.Fprintf(w, "{%q:%q}", "said", body)
				}))
				t.Cleanup(back.Close)
				// the client finds any name here
				at := func(name string) string { return strings.Replace(s.URL, "127.0.0.1", name, 1) }
				client := map[string]any{"endpoint": at("oss-cn-hangzhou.aliyuncs.com"), "accessKeyId": testID,
					"accessKeySecret": testSecret, "bucket": testBucket, "region": "oss-" + testRegion,
					"authorizationV4": v4}
				if domain {
					client["endpoint"], client["cname"] = at("media.example.com"), true
				}
				options, err := json.Marshal(map[string]any{"client": client, "callback": back.URL})
				if err != nil {
					t.Fatal(err)
				}
				c := exec.CommandContext(t.Context(), "node", "testdata/client.js")
				c.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(dir, "node_modules"), "NODE_NO_WARNINGS=1")
				c.Stdin = strings.NewReader(string(options))
				var trouble strings.Builder
				c.Stderr = &trouble
				out, err := c.Output()
				if err != nil {
					t.Fatalf("%v\n%s\n%s", err, out, trouble.String())
				}
				if diff := cmp.Diff(javaScriptSays, string(out)); diff != "" {
					t.Errorf("%s\n%s", diff, trouble.String())
				}
				if left := s.Uploads(); len(left) != 0 {
					t.Errorf("left: %v", left)
				}
			})
		}
	}
}

const javaScriptSays = `put: AES256
head: 7 text/x-mine IA 1
get: content
objectMeta: 7
getACL: private
putACL: public-read
getTagging: {"a":"1"}
putTagging: {"b":"x y"}
deleteTagging: {}
copy: 7
append: one,two
appendWrong: 409 PositionNotEqualToLength
multipart: private true
resumed: true
abort: 1 0
list: large log
listV2: true
stat: 5
versioning: undefined
forbid: 409 FileAlreadyExists
slow: 400 InvalidArgument
callback: {"said":"object=told&mine=a"}
callbackFailed: 203 CallbackFailed
url: one,two
none: 404 NoSuchKey
deleteMulti: 3
delete: true
`
