package story

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/vod"
)

// still fails unless the object that VOD has of name is that file.
func (s *story) still(name string) {
	s.t.Helper()
	m := s.media(name)
	object, _, ok := s.server.Object(m.Bucket, m.Key)
	if !ok {
		s.t.Errorf("%s is not there", name)
	} else if out, err := exec.Command("cmp", s.dir+"/"+name, object).CombinedOutput(); err != nil {
		s.t.Errorf("%s was written over: %s", name, out)
	}
}

// TestOneAnswerForTwoFiles has a back end that gives each file the place of the first: the second fails, also after a
// restart, after both came at the same time, and when the first is in the list no more. Nothing is written over.
func TestOneAnswerForTwoFiles(t *testing.T) {
	t.Parallel()
	needPrograms(t, "curl")
	var b *backend
	var mu sync.Mutex // guards first
	first := ""
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if first == "" {
			first = b.answer("create-video", "a.mp4", "", 7)
		}
		_, _ = w.Write([]byte(first)) // who is killed does not take it
	}))
	t.Cleanup(web.Close)
	s := begin(t, "INBOXFS_START=false", "INBOXFS_CREDENTIAL_MODE=vod-auth",
		`INBOXFS_VOD_AUTH_PROCESS=["curl", "-sS", "-d", "@-", "`+web.URL+`"]`)
	b = s.backend()
	s.sh("echo first > a.mp4; echo second > b.mp4; echo third > c.mp4; cp a.mp4 $MNT/inbox/; " +
		"until grep -q ready $MNT/list; do sleep 0.05; done")
	s.sh("cp b.mp4 $MNT/inbox/; echo flush > $MNT/control; echo start > $MNT/control; ! echo wait > $MNT/control")
	whose := `#1 "a.mp4"`
	refused := func(name string) {
		t.Helper()
		if status := s.sh("cat $MNT/status/" + name); !strings.Contains(status, "\nstate failure\n") ||
			!strings.Contains(status, "\nerror UploadAddressInUse\n") ||
			!strings.Contains(status, "is that of "+whose) ||
			strings.Contains(status, "video_id") {
			t.Errorf("status of %s:\n%s", name, status)
		}
		s.sh("cmp " + name + " $MNT/inbox/" + name)
		s.still("a.mp4")
	}
	s.filmed("a.mp4")
	refused("b.mp4")
	s.kill()
	s.mount()
	s.sh("echo start > $MNT/control; cp c.mp4 $MNT/inbox/; ! echo wait c.mp4 > $MNT/control")
	refused("c.mp4")
	refused("b.mp4")
	whose = "#1, which was uploaded and is not in the list any more"
	for range 2 {
		s.sh("echo clear finished > $MNT/control; ! echo wait > $MNT/control; echo retry > $MNT/control; " +
			"! echo wait c.mp4 > $MNT/control; ! echo wait b.mp4 > $MNT/control; ! grep a.mp4 $MNT/list")
		refused("c.mp4")
		refused("b.mp4")
		s.kill()
		s.mount()
		s.sh("echo start > $MNT/control")
	}
}

// TestAnswersByHand has a user answer where it is too late or too early for that, for a file that failed, and for two
// files at once.
func TestAnswersByHand(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_START=false", "INBOXFS_CREDENTIAL_MODE=vod-auth")
	b := s.backend()
	create := func(name string) (set, again func() string, id string) {
		t.Helper()
		g, err := b.api.Create(context.Background(), vod.Media{File: name, Size: 7})
		if err != nil {
			t.Fatal(err)
		}
		address, auth := b.pack(g)
		return func() string { return "setUploadAuthAndAddress " + auth + " " + address + " " },
			func() string {
				g, err := b.api.Refresh(context.Background(), vod.Media{File: name, VideoID: g.VideoID})
				if err != nil {
					t.Fatal(err)
				}
				_, auth := b.pack(g)
				return "resumeUploadWithAuth " + auth + " "
			}, g.VideoID
	}
	say := func(line, want string) {
		t.Helper()
		_, err := s.try("echo '" + line + "' > $MNT/control")
		got := s.sh("head -1 $MNT/control")
		if !strings.Contains(got, want) || (err != nil) != strings.HasPrefix(got, "error") ||
			(err != nil) != strings.Contains(want, "a.mp4\"") {
			t.Errorf("control says %q, not %q: %v", got, want, err)
		}
	}
	setA, againA, idA := create("a.mp4")
	setB, againB, _ := create("b.mp4")
	s.sh("echo first > a.mp4; echo second > b.mp4; cp a.mp4 b.mp4 $MNT/inbox/; echo flush > $MNT/control")
	s.until("both are ready", func() bool { return s.sh("grep -c ready $MNT/list || true") == "2" })
	say(setA()+idA+" a.mp4", "kept while the queue is stopped: "+program+" control --mount "+s.mnt+" start")
	say(setA()+idA+" b.mp4", `was given for #1 "a.mp4"`)
	say("cancelFile b.mp4", "ok")
	say(setB()+"b.mp4", "kept until it is taken back: "+program+" control --mount "+s.mnt+" resumeFile 'b.mp4'")

	h := s.server.AddFault(ossdev.Fault{Action: "PutObject", Code: "AccessDenied"})
	s.sh("echo start > $MNT/control; ! echo wait a.mp4 > $MNT/control")
	h.Remove()
	say(againA()+"a.mp4", "its upload goes on")
	s.sh("echo wait a.mp4 > $MNT/control")
	s.filmed("a.mp4")
	say(againA()+"a.mp4", `"a.mp4" has been uploaded`)
	for _, of := range []string{idA + " ", ""} {
		say(setA()+of+"b.mp4", `was given for #1 "a.mp4"`)
	}
	say("pause", "ok")
	say(setB()+"b.mp4", "resumeFile")
	say("resumeFile b.mp4", "ok")
	say(againB()+"b.mp4", "kept while the queue is paused: "+program+" control --mount "+s.mnt+" resume")
	say("resume", "ok")
	s.sh("echo wait b.mp4 > $MNT/control")
	s.filmed("b.mp4")
	s.still("a.mp4")
	s.sh("echo clear finished > $MNT/control; cp b.mp4 $MNT/inbox/c.mp4; echo flush > $MNT/control")
	for range 2 {
		for _, of := range []string{idA + " ", ""} {
			line := setA() + of + "c.mp4"
			_, err := s.try("echo '" + line + "' > $MNT/control")
			if got := s.sh("head -1 $MNT/control"); err == nil || !strings.Contains(got,
				"was given for #1, which was uploaded and is not in the list any more") {
				t.Errorf("control says %q: %v", got, err)
			}
		}
		s.kill()
		s.mount()
	}
	s.still("a.mp4")
	s.hidden()
}

// TestAnswersOutOfOrder has two places and more files than that, of which the last one gets its answer: no file that
// waits for its own is in its way.
func TestAnswersOutOfOrder(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod-auth", "INBOXFS_UPLOAD_FILES=2")
	b := s.backend()
	s.sh("for i in 1 2 3 4 5; do echo $i > $i.mp4; cp $i.mp4 $MNT/inbox/; done")
	for _, name := range []string{"5.mp4", "3.mp4"} {
		g, err := b.api.Create(context.Background(), vod.Media{File: name, Size: 2})
		if err != nil {
			t.Fatal(err)
		}
		address, auth := b.pack(g)
		s.sh("echo setUploadAuthAndAddress " + auth + " " + address + " " + g.VideoID + " " + name + " > $MNT/control")
		s.sh("timeout 60 sh -c 'echo wait " + name + " > $MNT/control'")
		s.filmed(name)
	}
	s.until("all were asked for", func() bool { return s.count("OnUploadStarted") == 5 })
}
