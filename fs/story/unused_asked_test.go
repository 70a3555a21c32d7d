package story

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// TestAnswerForAPictureIsLost has the answers lost that name what VOD made for a picture, a subtitle and an archive: by
// the line, by a kill, and when the file goes meanwhile. No question can find those again, so they are told, once each,
// also after a restart. What VOD has refused is not told.
func TestAnswerForAPictureIsLost(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL")
	for name, action := range map[string]string{"p.png": "CreateUploadImage", "s.srt": "CreateUploadAttachedMedia",
		"z.zip": "CreateUploadAttachedMedia"} {
		s.server.AddFault(ossdev.Fault{Action: action, Key: name, ResetAfter: true, Count: 1})
	}
	s.sh("for f in p.png s.srt z.zip; do echo $f > $f; done; cp p.png s.srt z.zip $MNT/inbox/; " +
		"timeout 60 sh -c 'echo wait > $MNT/control'")
	told := func(media int, keys ...string) {
		t.Helper()
		s.until(fmt.Sprint(keys, " are told"), func() bool { return s.count("OnMediaUnused") >= len(keys) })
		for _, key := range keys {
			if n := strings.Count(s.events(), "event=OnMediaUnused video_id=unknown key="+key+" "); n != 1 {
				t.Errorf("%s is told %d times\n%s", key, n, s.sh("grep OnMediaUnused $MNT/events || true"))
			}
		}
		if n := s.count("OnMediaUnused"); n != len(keys) || len(s.server.Media()) != media {
			t.Errorf("%d are told, VOD has %d", n, len(s.server.Media()))
		}
	}
	told(6, "p.png", "s.srt", "z.zip")

	refused := s.server.AddFault(ossdev.Fault{Action: "CreateUploadImage", Key: "r.png", Code: "Forbidden.RAM"})
	s.sh("cp p.png $MNT/inbox/r.png; ! timeout 60 sh -c 'echo wait r.png > $MNT/control'; rm $MNT/inbox/r.png")
	refused.Remove()
	s.server.AddFault(ossdev.Fault{Action: "CreateUploadImage", Key: "k.png", Late: 3 * time.Second, Count: 1})
	s.sh("cp p.png $MNT/inbox/k.png")
	s.until("it is made", func() bool { return len(s.server.Media()) == 7 })
	s.kill()
	s.mount()
	s.sh("timeout 60 sh -c 'echo wait > $MNT/control'")
	told(8, "p.png", "s.srt", "z.zip", "k.png")
	s.kill()
	s.mount()
	told(8, "p.png", "s.srt", "z.zip", "k.png")
	s.sh("grep -x 'unused 4' $MNT/queue; echo clear finished > $MNT/control; ! grep '^unused ' $MNT/queue")
}
