package queue

// What was begun in mode vod, and goes on in another, or the other way round, cannot be asked for, and not go on: the
// daemon of today reaches either VOD or a bucket. It is in the journal until one runs that does.
//
//	from VOD to a bucket    the video, and what was sent to it, is given up (DeleteVideo): whatever it has got
//	from a bucket to VOD    the multipart upload is given up; whether there is an object is asked, and told
//	                        (OnUploadTooLate)

// elsewhereLocked has a restored entry go where the configuration of today says.
func (q *Queue) elsewhereLocked(e *entry) {
	t := e.target
	switch {
	case !q.asks && t.videoID != "":
		q.abandonLocked(e)
		q.untargetLocked(e)
		e.sent, e.noted = false, false
		if e.place != 0 {
			_ = q.foreseeLocked(e) // an error is the run's to say
		}
		q.stageRowLocked(e)
	case q.asks && t.videoID == "" && t.key != "" && e.sent && len(q.late) < tooLateMost:
		q.straggleLocked(q.placeOf(t.bucket, t.key), straggler{until: q.unsure, of: e.ID, gen: e.gen, kept: true,
			off: &callOff{id: e.ID, gen: e.gen, name: e.name(), bucket: t.bucket, key: t.key, size: e.Size,
				since: e.added}})
	}
}
