package story

import (
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// half is a package of which the last request for a file, or for what ends so, is answered late, after it was carried
// out.
func (s *story) half(file string, late time.Duration) {
	s.t.Helper()
	s.server.AddFault(ossdev.Fault{Action: "PutObject", Key: "*/*/*" + file, Late: late, Count: 1})
	s.sh("mkdir film; for i in 0 1; do head -c 1000 /dev/urandom > film/film$i.ts; done; " +
		"printf '#EXTM3U\\n#EXT-X-TARGETDURATION:2\\nfilm0.ts\\nfilm1.ts\\n#EXT-X-ENDLIST\\n' > film/film.m3u8; " +
		"cp -r film $MNT/inbox/")
	s.until("it is there", func() bool {
		return strings.Contains(s.sh("find objects -type f"), file)
	})
}

// TestTooLateForHLS calls a playlist off, or a segment, whose object is there already.
func TestTooLateForHLS(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		file   string // whose answer is late
		script string
		left   int  // videos that are used in the end
		told   bool // that it was too late, as the video stays
	}{
		"folder moved":                {".m3u8", "mv $MNT/inbox/film $MNT/inbox/other", 1, false},
		"playlist moved":              {".m3u8", "mv $MNT/inbox/film/film.m3u8 $MNT/inbox/film/other.m3u8", 1, false},
		"playlist removed":            {".m3u8", "rm $MNT/inbox/film/film.m3u8", -1, true},
		"playlist deleted":            {".m3u8", "echo deleteFile film/film.m3u8 > $MNT/control", -1, true},
		"folder removed":              {".m3u8", "rm -r $MNT/inbox/film", 0, false},
		"folder removed at a segment": {"film1.ts", "rm -r $MNT/inbox/film", 0, false},
	} {
		for _, late := range []time.Duration{time.Second, time.Minute} {
			for _, kills := range []bool{false, true} {
				name := what + " " + late.String()
				if kills {
					name += " killed"
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL",
						"INBOXFS_INBOX_CHECK_MEDIA=false")
					s.half(c.file, late)
					s.sh(c.script)
					if kills {
						s.kill()
						s.mount()
					}
					if c.told {
						s.until("it is told", func() bool { return s.line("OnUploadTooLate") != "" })
						if media := s.server.Media(); len(media) != 1 || media[0].Status != "UploadSucc" {
							t.Errorf("%+v", media)
						}
						s.sh("rm -r $MNT/inbox/film")
						c.left = 0
					}
					s.sh("echo wait > $MNT/control || true")
					s.used(c.left)
					if line := s.line("OnUploadTooLate"); !c.told && line != "" {
						t.Errorf("it is told: %s", line)
					}
				})
			}
		}
	}
}
