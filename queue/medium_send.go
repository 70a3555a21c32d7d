package queue

import (
	"cmp"
	"fmt"
	"strings"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// aimAtMediumLocked says of which video an entry that is about to be sent is a piece. What was sent of it to another
// place is of no use.
func (q *Queue) aimAtMediumLocked(e *entry) {
	if q.mediums.of[e] != nil {
		return
	}
	video, was := "", ""
	if m := q.mediums.names[e.name()]; m != nil && e.inInbox() {
		video = transfer.PieceOf(m.video())
	}
	if e.target != nil {
		was = e.target.videoID
	}
	if _, piece := transfer.Whole(was); video == was || video == "" && !piece {
		return
	}
	q.abandonLocked(e)
	q.disownLocked(e)
	e.sent = false
	q.retargetLocked(e, func(t *target) { t.videoID = video })
}

// jobOfMediumLocked fills in what a run must know of the medium.
func (q *Queue) jobOfMediumLocked(e *entry, job *transfer.Job) {
	if !q.o.HLS || !e.inInbox() {
		return
	}
	if m := q.mediums.of[e]; m != nil {
		job.Announce = !m.made && len(m.files) > 0
		job.Laid = m.made || q.hasPiecesLocked(m.video())
		return
	}
	if m := q.mediums.names[e.name()]; m != nil {
		name := strings.TrimPrefix(e.name(), folderOf(m.e.name()))
		job.Medium = &transfer.Medium{ID: m.e.ID, File: m.e.name(), Size: m.e.Size, VideoID: m.video(), Name: name}
	}
}

// madeLocked lets the files of a playlist go whose video was made.
func (q *Queue) madeLocked(e *entry, res transfer.Result) {
	m := q.mediums.of[e]
	if res.VideoID == "" {
		q.failLocked(e, &transfer.Error{Kind: transfer.Final, Code: "VideoIdMissing",
			Message: "the segments of a playlist go to a video, whose id was not given",
			Hint:    "give the VideoId by setUploadAuthAndAddress, then retry"})
		return
	}
	if m != nil {
		m.made = true
		q.unnameLocked(m, m.files, nil) // it is known by now which names are meant
	}
	q.setLocked(e, list.Ready)
	q.stageRowLocked(e)
	if m == nil {
		return
	}
	for _, name := range m.files {
		if o := q.tree.get(name); o != nil {
			q.comeForwardLocked(o)
		}
	}
}

// whyBackLocked says why a ready entry is kept back, or will be when its turn comes, and what can be done; "" when it
// is not.
func (q *Queue) whyBackLocked(e *entry) (why, hint string) {
	if !q.o.HLS || e.State != list.Ready || !e.inInbox() {
		return "", ""
	}
	if m := q.mediums.of[e]; m != nil {
		return q.whyWaitsLocked(m)
	}
	const own = "release it to upload it as a video of its own"
	m, waits := q.waitsForLocked(e)
	switch waits {
	case named:
		return fmt.Sprintf("goes with %q: see there", m.e.name()), ""
	case mayBeNamed:
		return fmt.Sprintf("waits until %q is complete, which may name it", m.e.name()), own
	case waitsUnder:
		return fmt.Sprintf("looks like a segment of an HLS playlist, and waits as long as %q does", m.e.name()), own
	case waitsAlone:
		return fmt.Sprintf(
			"looks like a segment of an HLS playlist, and waits for one that names it, until %v after the "+
				"last such file was added to its folder", aloneMost), own
	}
	return "", ""
}

// whyWaitsLocked says what a playlist waits for.
func (q *Queue) whyWaitsLocked(m *medium) (why, hint string) {
	switch {
	case !m.read:
		return "", ""
	case m.live && !m.e.trusted:
		return "more is to come: it has no #EXT-X-ENDLIST yet", "release it to upload what there is"
	}
	const most = 3
	var missing []string
	lacks, verb := 0, ""
	for i, name := range m.files {
		if other, also := m.other[i]; q.hasLocked(m, name) || also && q.hasLocked(m, other) {
			continue
		}
		if verb == "" {
			verb = q.verbForLocked(q.tree.get(name))
		}
		if lacks++; lacks > most {
			continue
		}
		state := "not there"
		if e := q.tree.get(name); e != nil && (e.standing() != list.Success || m.made) {
			state = e.standing().String()
		} else if e != nil {
			state = "uploaded already, for another video"
			verb = cmp.Or(verb, fmt.Sprintf("drop %q again, as a new file: what was uploaded is not sent twice", name))
		}
		missing = append(missing, fmt.Sprintf("%q (%s)", name, state))
	}
	switch {
	case lacks == 0:
		return "", ""
	case lacks > most:
		missing = append(missing, "...")
	}
	if m.made {
		const whole = "goes when all that it names is uploaded; %d of %d are to come: %s"
		return fmt.Sprintf(whole, lacks, len(m.files), strings.Join(missing, ", ")), verb
	}
	why = fmt.Sprintf("waits for %d of %d files that it names: %s", lacks, len(m.files), strings.Join(missing, ", "))
	switch {
	case verb != "":
		return why, verb
	case lacks == len(m.files):
		return why, "drop them"
	}
	return why, "drop them, or release it to upload what there is"
}

// verbForLocked is the command for a file of a playlist that ended without success; "" when it did not.
func (q *Queue) verbForLocked(e *entry) string {
	if e == nil {
		return ""
	}
	do, _ := q.commandsLocked(e)
	return do
}
