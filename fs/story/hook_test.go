package story

import (
	"slices"
	"strings"
	"testing"
)

// TestHook has a script told what became of the files, also after a kill, while the uploads do not wait for it.
func TestHook(t *testing.T) {
	t.Parallel()
	s := begin(t, `INBOXFS_HOOKS_COMMAND=["sh", "-c", "sleep 0.2; read -r line; echo \"$EVENT $FILE $(echo \"$line\" | grep -c request_id)\" >> $HOME/told; env >> $HOME/env"]`,
		`INBOXFS_HOOKS_EVENTS=OnUploadSucceed,OnUploadFailed`)
	s.sh("for i in 1 2 3 4 5 6; do echo $i > $MNT/inbox/$i; done; echo wait > $MNT/control")
	s.kill()
	s.mount()
	var told []string
	s.until("all are told", func() bool {
		out, err := s.try("sort -u told 2>/dev/null")
		told = strings.Split(out, "\n")
		return err == nil && len(told) == 6
	})
	want := []string{"OnUploadSucceed 1 1", "OnUploadSucceed 2 1", "OnUploadSucceed 3 1", "OnUploadSucceed 4 1", "OnUploadSucceed 5 1", "OnUploadSucceed 6 1"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q", told)
	}
	if out := s.fails("grep -e " + secret + " -e " + keyID + " env"); out != "" {
		t.Errorf("the hook's environment has %s", out)
	}
	s.seen()
}
