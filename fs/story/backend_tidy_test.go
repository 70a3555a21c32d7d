package story

import (
	"context"
	"strconv"

	"inboxfs/queue/vod"
)

// tidies has the back end remove what it made and nobody uses, as the manual says that it can.
func (b *backend) tidies() { b.made, b.heard = make(map[uint64]string), make(map[string]bool) }

// makes notes the video of a file. What was made for that before was not heard of, or is not used any more.
func (b *backend) makes(id uint64, videoID string) {
	if b.made == nil {
		return
	}
	b.mu.Lock()
	before := b.made[id]
	b.made[id] = videoID
	b.mu.Unlock()
	b.remove(before)
}

// remove removes a video; "" is none.
func (b *backend) remove(videoID string) {
	if videoID == "" {
		return
	}
	if err := b.api.Remove(context.Background(), videoID, vod.Video); err != nil {
		b.s.t.Error(err)
	}
}

// heed does what a script does that reads the events: it removes what they say is left, and what was made for a file
// that was removed.
func (b *backend) heed(events map[string]string) {
	uploaded := make(map[string]bool) // ids
	for _, line := range events {
		if f := fields(line); f["event"] == "OnUploadSucceed" {
			uploaded[f["id"]] = true
		}
	}
	for seq, line := range events {
		if b.heard[seq] {
			continue
		}
		b.heard[seq] = true
		switch f := fields(line); {
		case f["event"] == "OnMediaUnused" && f["upload_id"] != "":
			if err := b.api.Discard(context.Background(), f["video_id"]); err != nil {
				b.s.t.Error(err)
			}
		case f["event"] == "OnMediaUnused":
			b.remove(f["video_id"])
		case f["event"] == "OnFileDeleted" && !uploaded[f["id"]]:
			id, err := strconv.ParseUint(f["id"], 10, 64)
			if err != nil {
				b.s.t.Error(err)
			}
			b.mu.Lock()
			made := b.made[id]
			b.mu.Unlock()
			b.remove(made)
		}
	}
}
