package story

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// atVOD is the points that a file passes on its way to VOD, from its close on.
var atVOD = []string{"video: made", "video: journaled", "media: disowned", "initiate: announced", "initiate: answered",
	"initiate: journaled", "part: told",
	"complete: answered", "put: answered", "success: journaled", "abort: staged", "abort: to be sent",
	"abort: answered",
	"rename: done", "delete: file gone", "start: entries restored", "end: runs ended"}

// TestKillMatrixVOD is TestKillMatrix where VOD says where files go, asked by the daemon or by a back end. In the end
// no upload is open, and each media is that of an uploaded file: a back end has removed the others, as it was told. It
// is told with -long only, as long as one of three rounds leaves a medium that nobody was told of.
func TestKillMatrixVOD(t *testing.T) {
	t.Parallel()
	if *long == 0 {
		t.Skip("THIS STORY IS NOT TOLD without -long: it is known to be red now and then, see its comment")
	}
	needFUSE(t)
	needPrograms(t, "rsync python3 curl")
	tagged := killable(t)
	began, seed := time.Now(), matrixSeed(t)
	for _, mode := range []string{"vod", "vod-auth"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			sum := &tally{at: make(map[string]int)}
			for round := uint64(0); round == 0 || time.Since(began) < *long && !t.Failed(); round++ {
				t.Run(fmt.Sprint("round ", round), func(t *testing.T) {
					m := newMatrixVOD(t, tagged, seed+round, sum, mode)
					for _, k := range killsAtVOD(mode, rand.New(rand.NewPCG(seed+round, 2))) {
						m.tryAt(k)
					}
					m.settle()
					m.heed()
					m.checkMedia()
				})
			}
			t.Logf("%d kills at %d points and at random moments; %d files closed, of which %d uploaded, %d held, "+
				"%d failed, %d changed; "+
				"%d duplicates", sum.kills, len(sum.at), sum.files, sum.uploaded, sum.held, sum.failed, sum.changed,
				sum.double)
		})
	}
}

// matrixSeed is the seed of all that is random, which MATRIX_SEED repeats.
func matrixSeed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("MATRIX_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("MATRIX_SEED=%d", seed)
	return seed
}

// killsAtVOD is where daemons are killed, in a random order.
func killsAtVOD(mode string, random *rand.Rand) (kills []kill) {
	for _, point := range atVOD {
		kills = append(kills, kill{point: point, nth: 1 + random.IntN(most(point, 0))})
	}
	if mode == "vod" {
		kills = append(kills, kill{point: "video: announced", nth: 1})
	}
	for range 4 {
		kills = append(kills, kill{after: time.Duration(50+random.IntN(700)) * time.Millisecond})
	}
	random.Shuffle(len(kills), func(i, j int) { kills[i], kills[j] = kills[j], kills[i] })
	if *long == 0 {
		kills = kills[:8]
	}
	return kills
}

// newMatrixVOD makes a spool whose files go to VOD.
func newMatrixVOD(t *testing.T, program string, seed uint64, sum *tally, mode string) *matrix {
	t.Helper()
	m := newMatrix(t, program, seed, sum, "INBOXFS_CREDENTIAL_MODE="+mode, "INBOXFS_VOD_ENDPOINT=$URL")
	m.ending = ".mp4"
	m.faults = append(m.faults, m.server.AddFault(ossdev.Fault{Action: "CreateUploadVideo", Key: "denied-*",
		Code: "Forbidden.RAM"}))
	if mode == "vod" { // where a back end does not hear the answer it makes another
		m.faults = append(m.faults, m.server.AddFault(ossdev.Fault{Action: "CreateUploadVideo", Key: "lost-*",
			ResetAfter: true}))
		return m
	}
	b := m.backend()
	b.anyTitle = true
	b.tidies()
	m.asked = b
	server := httptest.NewServer(http.HandlerFunc(b.authorize))
	t.Cleanup(server.Close)
	m.env = append(m.env, `INBOXFS_VOD_AUTH_PROCESS=["curl","-sS","-d","@-","`+server.URL+`"]`)
	return m
}

// heed has the back end, if there is one, do what the events say is left to it.
func (m *matrix) heed() {
	m.t.Helper()
	if m.asked != nil {
		m.collect()
		m.asked.heed(m.lines)
	}
}

// checkMedia fails unless each media is that of an upload that was told, and is not told as one that is not used.
func (m *matrix) checkMedia() {
	m.t.Helper()
	used, unused := make(map[string]bool), make(map[string]bool)
	for _, line := range m.lines {
		switch f := fields(line); {
		case f["event"] == "OnUploadSucceed":
			used[f["video_id"]] = true
		case f["event"] == "OnMediaUnused" && f["upload_id"] == "":
			unused[f["video_id"]] = true
		}
	}
	for _, media := range m.server.Media() {
		if !used[media.ID] || media.Status != "UploadSucc" {
			m.t.Errorf("%s of %s is %s; used %v, told as not used %v", media.ID, media.FileName, media.Status,
				used[media.ID],
				unused[media.ID])
		}
		delete(used, media.ID)
	}
	for id := range used {
		m.t.Errorf("%s is told as uploaded, and is not there; told as not used %v", id, unused[id])
	}
}

// sentTo is the object of a file, by what was told of it.
func (m *matrix) sentTo(g *generation) (bucket, key string) {
	bucket, key, _ = strings.Cut(m.sent[g.key+" "+fmt.Sprint(g.crc)], "/")
	return bucket, key
}

// videos holds each object that ever was against what was written, whatever its key: one of each generation.
func (m *matrix) videos() (made map[*generation]int) {
	made = make(map[*generation]int)
	of := make(map[uint64][]*generation)
	for _, g := range m.book.all {
		of[g.crc] = append(of[g.crc], g)
	}
	for _, r := range m.server.Requests() {
		if !r.Made {
			continue
		}
		all := of[r.CRC64]
		if len(all) == 0 {
			m.t.Errorf("%s of %s made an object that is no file of ours", r.Action, r.Key)
			continue
		}
		for _, g := range all { // a file that was renamed is several
			made[g]++
		}
		if n := made[all[0]]; n > len(all) && !(m.changes && m.told(r.Bucket, r.Key)) {
			m.tally.double++
			m.t.Errorf("%s was made %d times, now by %s at %v\n%s", all[0].key, n, r.Action,
				r.Time.Format(time.StampMilli), m.history(r.Key))
		}
	}
	return made
}

// holds reports whether an object is a content.
func (m *matrix) holds(bucket, key string, g *generation) bool {
	path, _, ok := m.server.Object(bucket, key)
	if !ok {
		return false
	}
	content, err := os.ReadFile(path)
	if err != nil {
		m.t.Error(err)
	}
	return sha256.Sum256(content) == g.sum
}

// named is a name of a file with an ending that goes where the matrix's files go.
func (m *matrix) named(name string) string { return strings.TrimSuffix(name, m.ending) + m.ending }
