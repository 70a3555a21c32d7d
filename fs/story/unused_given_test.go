package story

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"inboxfs/queue/vod"
)

// given begins a story in mode vod-auth, where a program asks a back end.
func given(t *testing.T, env ...string) (*story, *backend) {
	t.Helper()
	s := begin(t, append([]string{"INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_UPLOAD_LIMIT=200KiB/s",
		"INBOXFS_START=false"}, env...)...)
	b := s.backend()
	b.anyTitle = true
	server := httptest.NewServer(http.HandlerFunc(b.authorize))
	t.Cleanup(server.Close)
	s.stop()
	s.with("INBOXFS_CREDENTIAL_MODE=vod-auth", `INBOXFS_VOD_AUTH_PROCESS=["curl","-sS","-d","@-","`+server.URL+`"]`,
		"INBOXFS_START=true")
	s.mount()
	return s, b
}

// unused fails unless queue says so many, and as many events and no more have told of media that are not used.
func (s *story) unused(media, events int) {
	s.t.Helper()
	want := ""
	if media > 0 {
		want = fmt.Sprint("unused ", media)
	}
	s.until("queue says "+want, func() bool {
		said, err := s.try("grep '^unused ' $MNT/queue")
		return said == want && (err == nil) == (media > 0) && s.count("OnMediaUnused") >= events
	})
	if n := s.count("OnMediaUnused"); n != events {
		s.t.Errorf("%d times it was told, want %d\n%s", n, events, s.sh("grep OnMediaUnused $MNT/events"))
	}
}

// TestGivenAndUnused gives files up for which a back end had media made: what may be aborted is, the rest is told once,
// and counted over restarts. A start that may removes the video; the picture is left to who made it.
func TestGivenAndUnused(t *testing.T) {
	t.Parallel()
	needPrograms(t, "curl")
	s, _ := given(t)
	s.sh("head -c 900000 /dev/urandom > a; cp a $MNT/inbox/a.mp4; cp a $MNT/inbox/p.png; cp a $MNT/inbox/used.mp4")
	s.until("uploads are open", func() bool { return len(s.server.Uploads()) == 3 })
	s.sh("rm $MNT/inbox/a.mp4 $MNT/inbox/p.png")
	s.unused(2, 2)
	for _, name := range []string{"a.mp4", "p.png"} {
		if line := "video_id=" + s.media(name).ID; !strings.Contains(s.events(), line) {
			t.Errorf("%s of %s is not told", line, name)
		}
	}
	s.until("what was sent is gone", func() bool { return len(s.server.Uploads()) <= 1 })
	s.sh("echo limit off > $MNT/control; echo wait > $MNT/control")
	s.kill()
	s.mount()
	s.unused(2, 2)
	s.stop()
	s.with("INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT="+s.server.URL)
	s.mount()
	s.unused(1, 2)
	s.until("the video is removed", func() bool { return len(s.server.Media()) == 2 })
	s.sh("echo clear finished > $MNT/control")
	s.unused(0, 2)
	s.kill()
	s.mount()
	s.unused(0, 2)
	s.filmedAs("used.mp4", "a")
}

// TestGivenElsewhereUsed has a back end upload by itself to the video of a file that was given up here: no start
// removes it.
func TestGivenElsewhereUsed(t *testing.T) {
	t.Parallel()
	needPrograms(t, "curl")
	s, b := given(t)
	s.sh("head -c 900000 /dev/urandom > a; cp a $MNT/inbox/a.mp4")
	s.until("an upload is open", func() bool { return len(s.server.Uploads()) == 1 })
	s.sh("rm $MNT/inbox/a.mp4")
	s.unused(1, 1)
	s.until("what was sent is gone", func() bool { return len(s.server.Uploads()) == 0 })
	b.put(s.media("a.mp4").ID, "a.mp4")
	s.stop()
	s.with("INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT="+s.server.URL)
	s.mount()
	s.unused(0, 1)
	if m := s.media("a.mp4"); m.Status != "UploadSucc" {
		t.Errorf("it is %s", m.Status)
	}
}

// TestPictureBeginsAnew kills a daemon that sends a picture, whose credentials nobody can renew. The next one says
// which it leaves, to the program, too, and what of it could not be aborted.
func TestPictureBeginsAnew(t *testing.T) {
	t.Parallel()
	needPrograms(t, "curl")
	s, b := given(t)
	s.sh("head -c 900000 /dev/urandom > a; cp a $MNT/inbox/p.png")
	s.until("the journal has its upload", func() bool { return strings.Contains(s.events(), " upload_id=") })
	first := s.media("p.png").ID
	s.kill()
	s.mount()
	s.sh("echo limit off > $MNT/control; echo wait > $MNT/control")
	s.unused(1, 2) // the picture, and what was sent to it
	if n := len(s.server.Media()); n != 2 {
		t.Errorf("%d pictures were made", n)
	}
	if got, want := fmt.Sprint(b.kinds()), fmt.Sprint([]string{"create-image", "create-image " + first}); got != want {
		t.Errorf("asked was %s, want %s", got, want)
	}
}

// TestByHandAndUnused gives up files whose answers came by hand: with an auth that is good what was sent is aborted; of
// a daemon that has none any more it is told, and aborted when one comes.
func TestByHandAndUnused(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod-auth", "INBOXFS_UPLOAD_PART_SIZE=256KiB",
		"INBOXFS_UPLOAD_LIMIT=200KiB/s")
	b := s.backend()
	s.sh("head -c 900000 /dev/urandom > a; cp a $MNT/inbox/a.mp4")
	answer := func(ask func(context.Context, vod.Media) (vod.Grant, error), m vod.Media) vod.Grant {
		t.Helper()
		g, err := ask(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		address, auth := b.pack(g)
		s.sh("echo setUploadAuthAndAddress " + auth + " " + address + " " + g.VideoID + " a.mp4 > $MNT/control")
		return g
	}
	g := answer(b.api.Create, vod.Media{File: "a.mp4", Size: 900000})
	s.sh("until grep -q '^upload_id .' $MNT/status/a.mp4; do sleep 0.02; done")
	s.sh("cancel() { echo delete a.mp4 > $MNT/control; }; cancel")
	s.unused(1, 1)
	s.until("what was sent is gone", func() bool { return len(s.server.Uploads()) == 0 })

	s.sh("cp a $MNT/inbox/a.mp4")
	answer(b.api.Refresh, vod.Media{File: "a.mp4", Size: 900000, VideoID: g.VideoID})
	s.unused(0, 1) // it is used again
	s.sh("until grep -q '^upload_id .' $MNT/status/a.mp4; do sleep 0.02; done")
	s.kill()
	s.mount()
	s.sh("rm $MNT/inbox/a.mp4")
	s.unused(1, 3) // the video, and what was sent to it
	if n := len(s.server.Uploads()); n != 1 {
		t.Fatalf("%d uploads are open", n)
	}
	s.kill()
	s.mount()
	s.unused(1, 3)
	s.sh("echo limit off > $MNT/control; cp a $MNT/inbox/a.mp4")
	answer(b.api.Refresh, vod.Media{File: "a.mp4", Size: 900000, VideoID: g.VideoID})
	s.sh("echo wait > $MNT/control")
	s.unused(0, 3)
	s.until("what was sent is gone", func() bool { return len(s.server.Uploads()) == 0 })
	s.filmedAs("a.mp4", "a")
}

// TestByHandAndOverwritten overwrites a file while it is sent to a video that was given by hand. That video is told to
// be unused, so what the file has now is not sent there: another answer is waited for.
func TestByHandAndOverwritten(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod-auth", "INBOXFS_UPLOAD_PART_SIZE=256KiB",
		"INBOXFS_UPLOAD_LIMIT=200KiB/s")
	b := s.backend()
	s.sh("head -c 900000 /dev/urandom > a; head -c 300000 /dev/urandom > b; cp a $MNT/inbox/a.mp4")
	answer := func(size int64) string {
		t.Helper()
		g, err := b.api.Create(t.Context(), vod.Media{File: "a.mp4", Size: size})
		if err != nil {
			t.Fatal(err)
		}
		address, auth := b.pack(g)
		s.sh("echo setUploadAuthAndAddress " + auth + " " + address + " " + g.VideoID + " a.mp4 > $MNT/control")
		return g.VideoID
	}
	first := answer(900_000)
	s.sh("until grep -q '^upload_id .' $MNT/status/a.mp4; do sleep 0.02; done; cat b > $MNT/inbox/a.mp4; " +
		"echo limit off > $MNT/control")
	s.unused(1, 1)
	s.sh("until [ $(grep -c 'OnUploadStarted id=1 file=a.mp4 size=300000' $MNT/events) -ge 1 ]; do sleep 0.02; done")
	second := answer(300_000)
	s.sh("echo wait > $MNT/control")
	object, _, ok := s.server.Object("vod-media", "video/"+second+".mp4")
	if !ok {
		t.Fatalf("%s did not arrive at %s", "a.mp4", second)
	}
	s.sh("cmp b " + object)
	succeeded := s.sh("grep OnUploadSucceed $MNT/events")
	if !strings.Contains(succeeded, "video_id="+second) || strings.Contains(succeeded, first) {
		t.Errorf("%s was given first, and told to be unused; %s then; %s", first, second, succeeded)
	}
}
