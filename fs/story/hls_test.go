package story

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/vod"
)

const (
	// ffmpeg has it say what is wrong, and nothing else.
	ffmpeg = "ffmpeg() { command ffmpeg -nostdin -loglevel error \"$@\"; }; "
	// segmented has it write a playlist and three segments; what follows says which, and where.
	segmented = "ffmpeg -f lavfi -i testsrc=size=64x64:rate=10 -t 6 -g 20 -f hls -hls_time 2 "
	// hls makes such a package in the folder film, beside the mount.
	hls = ffmpeg + "mkdir film; " + segmented + "-hls_playlist_type vod film/film.m3u8; "
)

// screened fails unless VOD has one media, for the playlist, with everything of the folder below one prefix, and
// nothing else.
func (s *story) screened(folder, list string) ossdev.Media {
	s.t.Helper()
	all := s.server.Media()
	if len(all) != 1 || all[0].Status != "UploadSucc" {
		s.t.Fatalf("VOD has %+v", all)
	}
	m := all[0]
	if m.FileName != list {
		s.t.Errorf("the video is that of %s", m.FileName)
	}
	names := strings.Fields(s.sh("cd " + folder + " && find . -type f -printf '%P\\n' | sort"))
	for _, name := range names {
		key := path.Dir(m.Key) + "/" + name
		if name == list {
			key = m.Key
		}
		object, _, ok := s.server.Object(m.Bucket, key)
		if !ok {
			s.t.Errorf("%s did not arrive", name)
			continue
		}
		if out, err := exec.Command("cmp", path.Join(s.dir, folder, name), object).CombinedOutput(); err != nil {
			s.t.Errorf("%s is not what was dropped: %s", name, out)
		}
	}
	if n := len(s.server.Uploads()); n != 0 {
		s.t.Errorf("%d multipart uploads are left", n)
	}
	if n := s.count("OnUploadSucceed"); n != len(names) {
		s.t.Errorf("%d uploads of %d files", n, len(names))
	}
	return m
}

// TestHLS copies a package to VOD: it is one video, whichever of its files comes first.
func TestHLS(t *testing.T) {
	t.Parallel()
	for name, copied := range map[string]string{
		"at once": "cp -r film $MNT/inbox/",
		"playlist last": "mkdir $MNT/inbox/film; cp film/*.ts $MNT/inbox/film/; sleep 1; " +
			"cp film/film.m3u8 $MNT/inbox/film/",
		"first": "mkdir $MNT/inbox/film; cp film/film.m3u8 $MNT/inbox/film/; sleep 1; " +
			"cp film/*.ts $MNT/inbox/film/",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL")
			s.sh(hls + copied)
			s.sh("echo wait > $MNT/control")
			m := s.screened("film", "film.m3u8")
			status := s.sh("cat $MNT/status/film/film1.ts")
			if !strings.Contains(status, "\nvideo_id "+m.ID+"\n") || !strings.Contains(status, "\nstate success\n") {
				t.Errorf("status/film/film1.ts:\n%s", status)
			}
			last := ""
			for line := range strings.Lines(s.events()) {
				if f := fields(line); f["event"] == "OnUploadSucceed" {
					last = f["file"]
				}
			}
			if last != "film/film.m3u8" {
				t.Errorf("the last to arrive is %s", last)
			}
			s.until("no copy is left", func() bool { return s.sh("ls $MNT/inbox/film") == "" })
		})
	}
}

// TestHLSByPrograms has ffmpeg write packages into the mount itself: segments first, a playlist that is written again
// and again and gets its name last, fragments with a beginning of their own, encrypted ones.
func TestHLSByPrograms(t *testing.T) {
	t.Parallel()
	const inside = "cd $MNT/inbox/film; " + segmented
	for name, script := range map[string]string{
		"segments": inside + "-hls_playlist_type vod film.m3u8",
		// It grows as the film is filmed.
		"event":     strings.Replace(inside, "-f lavfi", "-re -f lavfi", 1) + "-hls_playlist_type event film.m3u8",
		"fragments": inside + "-hls_segment_type fmp4 -hls_playlist_type vod film.m3u8",
		"one file":  inside + "-hls_flags single_file -hls_playlist_type vod film.m3u8",
		"encrypted": "head -c 16 /dev/urandom > $MNT/inbox/film/enc.key; " +
			"printf 'enc.key\\n%s\\n' $MNT/inbox/film/enc.key > info; " +
			"K=$PWD/info; " + inside + "-hls_key_info_file $K -hls_playlist_type vod film.m3u8",
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_INBOX_AFTER_UPLOAD=keep")
			s.sh(ffmpeg + "mkdir $MNT/inbox/film; " + script)
			s.sh("echo wait > $MNT/control; cp -r $MNT/inbox/film film")
			s.screened("film", "film.m3u8")
		})
	}
}

// TestHLSKilled kills the daemon in the middle of a package: it goes on with the same video.
func TestHLSKilled(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	killed := killable(t)
	for _, point := range []string{"ready: journaled#2", "video: announced#1", "video: made#1", "video: journaled#1",
		"object: place journaled#2", "put: answered#1", "put: answered#3", "success: journaled#2", "put: answered#4"} {
		t.Run(strings.ReplaceAll(point, " ", "-"), func(t *testing.T) {
			t.Parallel()
			s := prepareAt(t, ossdev.Options{}, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL",
				"INBOXFS_UPLOAD_FILES=1", "PROGRAM="+killed, "KILLPOINT="+point)
			s.mount()
			t.Cleanup(s.end)
			s.sh(hls + "cp -r film $MNT/inbox/")
			<-s.exited
			s.daemon = nil
			s.env = s.env[:len(s.env)-2]
			s.mount()
			s.sh("echo wait > $MNT/control")
			s.screened("film", "film.m3u8")
		})
	}
}

// TestHLSLacks copies a package of which one segment is missing, and one is refused.
func TestHLSLacks(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL")
	s.sh(hls + "mv film/film1.ts late.ts; cp -r film $MNT/inbox/")
	s.until("it says what it waits for", func() bool {
		return strings.Contains(s.sh("cat $MNT/status/film/film.m3u8"),
			`waits for 1 of 3 files that it names: "film/film1.ts" (not there)`)
	})
	if aside := s.sh("cat $MNT/aside"); strings.Count(aside, "playlist\t") != 3 {
		t.Errorf("aside:\n%s", aside)
	}
	if n := len(s.server.Media()); n != 0 {
		t.Errorf("%d media", n)
	}
	h := s.server.AddFault(ossdev.Fault{Action: "PutObject", Key: "*/*/film2.ts", Code: "AccessDenied"})
	s.sh("mv late.ts film/film1.ts; cp film/film1.ts $MNT/inbox/film/")
	s.until("it says what failed", func() bool {
		return strings.Contains(s.sh("cat $MNT/status/film/film.m3u8"), `1 of 3 are to come: "film/film2.ts" (failure)`)
	})
	h.Remove()
	s.sh("echo retry > $MNT/control; echo wait > $MNT/control")
	s.screened("film", "film.m3u8")
}

// TestHLSFromBackend has a back end say where packages go, by a program and by hand.
func TestHLSFromBackend(t *testing.T) {
	t.Parallel()
	const film = ffmpeg + "mkdir film; " + segmented + "-hls_playlist_type vod film/a.m3u8; "
	t.Run("program", func(t *testing.T) {
		t.Parallel()
		s := prepareAt(t, ossdev.Options{}, "INBOXFS_CREDENTIAL_MODE=vod-auth")
		b := s.backend()
		server := httptest.NewServer(http.HandlerFunc(b.authorize))
		t.Cleanup(server.Close)
		s.env = append(s.env, "INBOXFS_VOD_AUTH_PROCESS=curl,-sS,-d,@-,"+server.URL)
		s.mount()
		t.Cleanup(s.end)
		s.sh(film + "cp -r film $MNT/inbox/; echo wait > $MNT/control")
		s.screened("film", "a.m3u8")
		if kinds := b.kinds(); !slices.Equal(kinds, []string{"create-video", "refresh-video", "refresh-video"}) {
			t.Errorf("it was asked %v", kinds)
		}
	})
	t.Run("by hand", func(t *testing.T) {
		t.Parallel()
		s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod-auth")
		b := s.backend()
		s.sh(film + "cp -r film $MNT/inbox/")
		s.until("it is asked where to", func() bool { return s.count("OnUploadStarted") == 1 })
		g, err := b.api.Create(t.Context(), vod.Media{File: "film/a.m3u8", Size: 100})
		if err != nil {
			t.Fatal(err)
		}
		address, auth := b.pack(g)
		s.sh("echo setUploadAuthAndAddress " + auth + " " + address + " " + g.VideoID +
			" film/a.m3u8 > $MNT/control; " +
			"echo wait > $MNT/control")
		s.screened("film", "a.m3u8")
	})
}

// TestHLSAborts takes a segment back that goes in parts: its parts go, those of the others stay.
func TestHLSAborts(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_UPLOAD_PART_SIZE=256KiB",
		"INBOXFS_UPLOAD_LIMIT=300KiB/s", "INBOXFS_INBOX_CHECK_MEDIA=false")
	s.sh("mkdir film; for i in 0 1; do head -c 1500000 /dev/urandom > film/film$i.ts; done; " +
		"printf '#EXTM3U\\nfilm0.ts\\nfilm1.ts\\n#EXT-X-ENDLIST\\n' > film/film.m3u8; cp -r film $MNT/inbox/")
	s.until("both are under way", func() bool {
		return len(s.server.Uploads()) == 2 &&
			s.count("OnUploadProgress") > 1
	})
	s.sh("echo cancelFile film/film0.ts > $MNT/control")
	s.until("the parts of one are gone", func() bool { return len(s.server.Uploads()) == 1 })
	if up := s.server.Uploads()[0]; path.Base(up.Key) != "film1.ts" {
		t.Errorf("%s is left", up.Key)
	}
	s.sh("echo limit off > $MNT/control; echo wait film/film1.ts > $MNT/control")
	s.sh("echo resumeFile film/film0.ts > $MNT/control; echo wait > $MNT/control")
	s.screened("film", "film.m3u8")
	for _, r := range s.server.Requests() {
		if r.Action == "DeleteMultipartUpload" || r.Action == "DeleteVideo" {
			t.Errorf("VOD was asked for %s", r.Action)
		}
	}
}

// TestHLSRenews has a package take longer than its upload credentials are good for.
func TestHLSRenews(t *testing.T) {
	t.Parallel()
	s := beginAt(t, ossdev.Options{AuthLifetime: 2 * time.Second},
		"INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL",
		"INBOXFS_UPLOAD_LIMIT=300KiB/s", "INBOXFS_UPLOAD_FILES=1", "INBOXFS_INBOX_CHECK_MEDIA=false")
	s.sh("mkdir film; for i in 0 1 2 3; do head -c 500000 /dev/urandom > film/film$i.ts; done; " +
		"printf '#EXTM3U\\nfilm0.ts\\nfilm1.ts\\nfilm2.ts\\nfilm3.ts\\n#EXT-X-ENDLIST\\n' > film/film.m3u8; " +
		"cp -r film $MNT/inbox/; echo wait > $MNT/control")
	if m := s.screened("film", "film.m3u8"); m.Refreshed < 3 || m.Refreshed > 12 {
		t.Errorf("credentials were asked for %d times", m.Refreshed)
	}
}
