package story

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/ossdev/faultproxy"
)

// with is the environment of the next daemon: variables in place of those with the same name, or beside the others.
func (s *story) with(env ...string) {
	for _, variable := range env {
		name, _, _ := strings.Cut(variable, "=")
		s.env = slices.DeleteFunc(s.env, func(old string) bool { return strings.HasPrefix(old, name+"=") })
		s.env = append(s.env, variable)
	}
}

// stored is bucket/key of what there is.
func (s *story) stored() (all []string) {
	made := make(map[string]bool)
	for _, r := range s.server.Requests() {
		if _, _, ok := s.server.Object(r.Bucket, r.Key); ok && r.Made {
			made[r.Bucket+"/"+r.Key] = true
		}
	}
	for at := range made {
		all = append(all, at)
	}
	slices.Sort(all)
	return all
}

// TestKeyOfToday changes the configuration between two daemons: what was not uploaded, goes to where it says now; but
// what has parts in the bucket, or may be there whole, stays where that is.
func TestKeyOfToday(t *testing.T) {
	t.Parallel()
	const slow = "INBOXFS_UPLOAD_LIMIT=1MiB/s"
	// More than what a stop lets end.
	big := "head -c 24M /dev/urandom > a; cp a $MNT/inbox/; until test $(grep -c OnUploadProgress $MNT/events) -ge " +
		"1; do sleep 0.02; done"
	for what, c := range map[string]struct {
		before []string
		fault  ossdev.Fault
		lost   faultproxy.Rule
		script string
		kill   bool
		after  []string
		want   string // bucket/key of the object
		others int    // objects that are there beside it
	}{
		"a prefix that is not allowed": {before: []string{"INBOXFS_UPLOAD_PREFIX=wrong/"},
			fault:  ossdev.Fault{Key: "wrong/*", Code: "AccessDenied"},
			script: "echo small > a; cp a $MNT/inbox/; ! echo wait > $MNT/control",
			after:  []string{"INBOXFS_UPLOAD_PREFIX=right/"}, want: "story/right/a"},
		"a prefix that is not allowed, and a kill": {before: []string{"INBOXFS_UPLOAD_PREFIX=wrong/"},
			fault:  ossdev.Fault{Key: "wrong/*", Code: "AccessDenied"},
			script: "echo small > a; cp a $MNT/inbox/; ! echo wait > $MNT/control", kill: true,
			after: []string{"INBOXFS_UPLOAD_PREFIX=right/"}, want: "story/right/a"},
		"a name that is taken": {before: []string{"INBOXFS_UPLOAD_OVERWRITE=forbid"},
			script: "echo first > a; cp a $MNT/inbox/; echo wait > $MNT/control; echo second > a; cp a $MNT/inbox/; " +
				"! echo wait > $MNT/control",
			after: []string{"INBOXFS_UPLOAD_PREFIX=new/"}, want: "story/new/a", others: 1},
		"another bucket": {before: []string{"INBOXFS_UPLOAD_PREFIX=old/", slow}, script: big,
			after: []string{"INBOXFS_UPLOAD_PREFIX=new/", "INBOXFS_OSS_BUCKET=other", "INBOXFS_UPLOAD_LIMIT=off"},
			want:  "other/new/a"},
		"another bucket, and a kill": {before: []string{"INBOXFS_UPLOAD_PREFIX=old/", slow}, script: big, kill: true,
			after: []string{"INBOXFS_UPLOAD_PREFIX=new/", "INBOXFS_OSS_BUCKET=other", "INBOXFS_UPLOAD_LIMIT=off"},
			want:  "other/new/a"},
		"another prefix, with parts there": {before: []string{"INBOXFS_UPLOAD_PREFIX=old/", slow}, script: big,
			kill:  true,
			after: []string{"INBOXFS_UPLOAD_PREFIX=new/", "INBOXFS_UPLOAD_LIMIT=off"}, want: "story/old/a"},
		"VOD no longer": {before: []string{"INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", slow},
			script: strings.ReplaceAll(strings.ReplaceAll(big, " a;", " a.mpg;"), "cp a ", "cp a.mpg "),
			after:  []string{"INBOXFS_CREDENTIAL_MODE=access_key", "INBOXFS_UPLOAD_LIMIT=off"}, want: "story/a.mpg"},
		"a put whose answer is lost, and a kill": {before: []string{"INBOXFS_UPLOAD_PREFIX=old/", viaProxy},
			lost:   faultproxy.Rule{Action: "PutObject", Count: 1, Fault: faultproxy.LateAnswer},
			script: "echo small > a; cp a $MNT/inbox/", kill: true, after: []string{"INBOXFS_UPLOAD_PREFIX=new/"},
			want: "story/old/a"},
		"a Complete whose answer is lost, a kill, and another bucket": {before: []string{"INBOXFS_UPLOAD_PREFIX=old/",
			viaProxy},
			lost:   faultproxy.Rule{Action: "CompleteMultipartUpload", Count: 1, Fault: faultproxy.LateAnswer},
			script: "head -c 4M /dev/urandom > a; cp a $MNT/inbox/", kill: true,
			after: []string{"INBOXFS_UPLOAD_PREFIX=new/", "INBOXFS_OSS_BUCKET=other"},
			want:  "story/old/a"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			needFUSE(t)
			s := prepareAt(t, ossdev.Options{}, append(c.before, "INBOXFS_UPLOAD_PART_SIZE=1MiB",
				"INBOXFS_OSS_IDLE_TIMEOUT=1m")...)
			t.Cleanup(s.end)
			if err := s.server.CreateBucket("other"); err != nil {
				t.Fatal(err)
			}
			if c.fault.Code != "" {
				s.server.AddFault(c.fault)
			}
			var lost *faultproxy.Handle
			if s.proxy != nil {
				lost = s.proxy.Add(c.lost)
			}
			s.mount()
			s.sh(c.script)
			if lost != nil {
				s.until("it was made, and nobody heard", func() bool {
					return lost.Hits() == 1 &&
						len(s.stored()) == 1
				})
			}
			if c.kill {
				s.kill()
			} else {
				s.stop()
			}
			s.with(c.after...)
			s.mount()
			_, name := filepath.Split(c.want)
			s.sh("echo retry > $MNT/control; echo wait > $MNT/control")
			if at := s.field(name, "bucket") + "/" + s.field(name, "key"); at != c.want {
				t.Errorf("the list shows it at %s", at)
			}
			to, key, _ := strings.Cut(c.want, "/")
			object, _, ok := s.server.Object(to, key)
			if !ok || s.sh("cmp "+name+" "+object+" && echo same") != "same" {
				t.Errorf("%s is not the file", c.want)
			}
			if all := s.stored(); len(all) != 1+c.others || !slices.Contains(all, c.want) {
				t.Errorf("there are %v", all)
			}
			if what != "VOD no longer" { // what VOD has it removes itself
				s.until("no multipart upload is left", func() bool { return len(s.server.Uploads()) == 0 })
			}
			s.seen()
		})
	}
}
