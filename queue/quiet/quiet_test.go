package quiet_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/aliyun/credentials-go/credentials/providers"

	_ "inboxfs/queue/quiet"
)

const secret = "quiet-secret"

// The package is another one than quiet, which must not import what this does.

// TestNothingIsPrinted makes requests with every library in a process whose environment asks for all that can be had.
func TestNothingIsPrinted(t *testing.T) {
	if os.Getenv("QUIET_CHILD") != "" {
		requests(t)
		return
	}
	t.Parallel()
	child := exec.Command(os.Args[0], "-test.run=^TestNothingIsPrinted$", "-test.v")
	child.Env = append(os.Environ(), "QUIET_CHILD=yes", "DEBUG=tea,dara,credential,sdk",
		"GODEBUG=http2debug=2,panicnil=1")
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "PASS: TestNothingIsPrinted") {
		t.Fatalf("%v\n%s", err, out)
	}
	if strings.Contains(string(out), secret) {
		t.Errorf("it prints\n%s", out)
	}
	if !strings.Contains(string(out), "GODEBUG is panicnil=1\n") {
		t.Errorf("what else GODEBUG asks for is gone:\n%s", out)
	}
}

func requests(t *testing.T) {
	t.Log("GODEBUG is " + os.Getenv("GODEBUG"))
	seen := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Secret") == secret || r.URL.Query().Get("token") == secret {
			seen++
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	req, err := http.NewRequest(http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Secret", secret)
	resp, err := server.Client().Do(req)
	if err != nil || resp.ProtoMajor != 2 {
		t.Fatalf("%v, %v", resp, err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}

	plain := httptest.NewServer(server.Config.Handler)
	defer plain.Close()
	host := strings.TrimPrefix(plain.URL, "http://")
	headers := map[string]*string{"host": &host, "x-secret": tea.String(secret)}
	if _, err := tea.DoRequest(&tea.Request{Headers: headers}, nil); err != nil {
		t.Error(err)
	}
	headers = map[string]*string{"host": &host, "x-secret": tea.String(secret)}
	if _, err := dara.DoRequest(&dara.Request{Headers: headers}, nil); err != nil {
		t.Error(err)
	}
	p, err := providers.NewURLCredentialsProviderBuilder().WithUrl(plain.URL + "/?token=" + secret).Build()
	if err != nil {
		t.Fatal(err)
	}
	if c, err := p.GetCredentials(); err == nil {
		t.Errorf("credentials out of nothing: %v", c)
	}
	if seen != 4 {
		t.Errorf("%d requests carried the secret", seen)
	}
}
