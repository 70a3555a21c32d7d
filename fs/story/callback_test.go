package story

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// TestCallback has OSS tell an application of two files. It fails for one, which is uploaded all the same, and said to
// be; a hook tells it again until the application takes it, and after a restart the list says still what happened.
func TestCallback(t *testing.T) {
	t.Parallel()
	needPrograms(t, "setfattr")
	var mu sync.Mutex // guards the next two
	var heard []string
	refusals := 0
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		switch {
		case r.URL.Path == "/stored" && !strings.Contains(string(body), "bad"):
			fmt.Fprint(w, `{"Status":"OK"}`)
		case r.URL.Path == "/again" && refusals > 0:
		default:
			refusals++
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		heard = append(heard, r.URL.Path+" "+string(body))
	}))
	t.Cleanup(app.Close)
	said := func(words ...string) bool {
		mu.Lock()
		defer mu.Unlock()
		for _, line := range heard {
			all := true
			for _, word := range words {
				all = all && strings.Contains(line, word)
			}
			if all {
				return true
			}
		}
		return false
	}
	s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=100KiB", "INBOXFS_HOOKS_EVENTS=OnUploadSucceed", "INBOXFS_HOOKS_URL="+
		app.URL+"/again")
	fmt.Fprintln(&s.secrets, "callback-token")
	s.sh(`cd $MNT/inbox; for f in good bad; do head -c 150000 /dev/urandom > $HOME/$f
		setfattr -n user.oss.callback -v '{"callbackUrl":"` + app.URL + `/stored?token=callback-token","callbackBody":"key=${object}&who=${x:who}"}' $HOME/$f
		setfattr -n user.oss.callback-var -v '{"x:who":"me"}' $HOME/$f; cp --preserve=xattr $HOME/$f .; done; echo wait > $MNT/control`)
	for _, key := range []string{"good", "bad"} {
		s.arrived(key, s.dir+"/"+key)
	}
	if !said("/stored", "key=good&who=me") || !said("/stored", "key=bad&who=me") {
		t.Errorf("heard %q", heard)
	}
	status := func() {
		t.Helper()
		if got := s.sh("grep -E '^(state|error|message) ' $MNT/status/bad"); got !=
			"state success\nerror CallbackFailed\nmessage stored, but the callback failed: Error status : 503." {
			t.Errorf("status of bad: %q", got)
		}
		if got := s.sh("grep -E '^(state|error|message) ' $MNT/status/good"); got != "state success" {
			t.Errorf("status of good: %q", got)
		}
	}
	status()
	if got := s.sh("grep OnUploadSucceed $MNT/events | grep -c 'file=bad .*code=CallbackFailed message=\"stored, " +
		"but the callback failed'"); got != "1" {
		t.Errorf("%s such events", got)
	}
	s.until("the hook told it again", func() bool { return said("/again", `"file":"bad"`, `"code":"CallbackFailed"`) })
	s.kill()
	s.mount()
	status()
	s.seen()
	s.hidden()
}
