package story

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestConfigurationChanges kills and ends daemons while files are dropped, and starts each with another configuration:
// where files go, under which prefix, what becomes of their copies, which names wait. In the end each file is in one
// place, one that a configuration said, and list, status and events name it.
func TestConfigurationChanges(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	needPrograms(t, "rsync python3")
	tagged := killable(t)
	seed := matrixSeed(t)
	random := rand.New(rand.NewPCG(seed, 3))
	one := func(of ...string) string { return of[random.IntN(len(of))] }
	m := newMatrix(t, tagged, seed, &tally{at: make(map[string]int)}, "INBOXFS_VOD_ENDPOINT=$URL",
		"INBOXFS_UPLOAD_LIMIT=2MiB/s")
	m.ending, m.changes = ".mp4", true
	if err := m.server.CreateBucket("other"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	lives := 0
	for ; lives < 6 || time.Since(began) < *long; lives++ {
		mode, stream := one("access_key", "access_key", "vod"), "false"
		if mode != "vod" { // which must know a file's size before its first byte
			stream = one("true", "false")
		}
		env := []string{"INBOXFS_CREDENTIAL_MODE=" + mode, "INBOXFS_OSS_BUCKET=" + one(bucket, "other"),
			"INBOXFS_UPLOAD_PREFIX=" + one("", "p/", "q/{id}-"), "INBOXFS_UPLOAD_OVERWRITE=" + one("replace", "forbid"),
			"INBOXFS_INBOX_AFTER_UPLOAD=" + one("remove", "keep"), "INBOXFS_INBOX_WAIT=" +
				one(".*,*.part", ".*,*.part,*7.mp4"),
			"INBOXFS_INBOX_IGNORE=" + one("._*", "._*,*9.mp4"), "INBOXFS_UPLOAD_STREAM=" + stream}
		l := m.start(env...)
		if !m.answers(l) {
			t.Fatalf("with %v: the daemon ended: %v\n%s", env, l.err, clip(m.log.String()))
		}
		wait := m.at(l, m.drop, m.drop)
		l.diedWithin(time.Duration(300+random.IntN(1500)) * time.Millisecond)
		if random.IntN(3) == 0 {
			m.finish(l)
		} else if err := l.cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		<-l.over
		m.daemon = nil
		wait()
		m.collect()
	}
	for _, f := range m.faults {
		f.Remove()
	}
	// What was begun in a place is given up by who has that place.
	for _, of := range []struct{ place, env string }{{"vod-media", "INBOXFS_CREDENTIAL_MODE=vod"},
		{"other", "INBOXFS_OSS_BUCKET=other"},
		{bucket, "INBOXFS_OSS_BUCKET=" + bucket}} {
		l := m.start(of.env, "INBOXFS_UPLOAD_LIMIT=off")
		m.answers(l)
		m.verb("retry")
		m.verb("wait")
		m.noUploads(of.place)
		for deadline := time.Now().Add(20 * time.Second); len(m.untold(of.place)) > 0 && time.Now().Before(deadline); {
			time.Sleep(20 * time.Millisecond)
		}
		for _, key := range m.untold(of.place) {
			t.Errorf("nobody was told of %s in %s\n%s", key, of.place, m.history(key))
		}
		m.finish(l)
	}
	m.settle()
	m.inOnePlace()
	t.Logf("%d lives: %+v", lives, m.tally)
}

// inOnePlace fails unless each file that was told as uploaded is where it was told to be, under a name of its own.
func (m *matrix) inOnePlace() {
	m.t.Helper()
	for _, line := range m.lines {
		f := fields(line)
		if f["event"] != "OnUploadSucceed" {
			continue
		}
		right := f["bucket"] == "vod-media" && f["video_id"] != "" && strings.HasPrefix(f["key"], "video/"+
			f["video_id"])
		for _, prefix := range []string{"", "p/", "q/" + f["id"] + "-"} {
			right = right || f["video_id"] == "" && (f["bucket"] == bucket || f["bucket"] == "other") &&
				f["key"] == prefix+f["file"]
		}
		if !right {
			m.t.Errorf("no configuration says that place: %s", line)
		}
		_, meta, ok := m.server.Object(f["bucket"], f["key"])
		if !ok || fmt.Sprint(meta.CRC64) != f["crc64"] {
			m.t.Errorf("it is not there: %s", line)
		}
	}
}

// untold is the objects in a bucket of which no event tells.
func (m *matrix) untold(bucket string) (keys []string) {
	m.t.Helper()
	m.collect()
	for _, r := range m.server.Requests() {
		if !r.Made || r.Bucket != bucket {
			continue
		}
		if _, _, there := m.server.Object(bucket, r.Key); there && !m.told(bucket, r.Key) {
			keys = append(keys, r.Key)
		}
	}
	return keys
}

// told reports whether an object is named as that of a file, or as one that was made too late.
func (m *matrix) told(bucket, key string) bool {
	for _, line := range m.lines {
		f := fields(line)
		if (f["event"] == "OnUploadSucceed" || f["event"] == "OnUploadTooLate") && f["bucket"] == bucket &&
			f["key"] == key {
			return true
		}
	}
	return false
}
