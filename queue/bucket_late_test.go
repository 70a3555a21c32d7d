package queue

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"inboxfs/queue/transfer"
)

// straggle is a server that is slow to do what it was asked for. When the run is called off meanwhile, or the daemon
// killed, or the line cut, the server does it all the same, some time later, and who asked hears of that or does not.
// nil: it is not slow this time, or nobody minded.
func (b *bucket) straggle(ctx context.Context, job transfer.Job, w transfer.Watch, key, id, content string,
	crc uint64) error {
	b.mu.Lock()
	slow := b.slow && !b.kind
	b.mu.Unlock()
	if b.roll(4) > 0 && !slow {
		return nil
	}
	defer b.waits(job.Name)()
	late := time.Duration(b.roll(int(stragglerMost/time.Millisecond)-1)) * time.Millisecond
	if b.roll(8) == 0 {
		w.Unheard(crc)
		go b.carryOut(late, job, key, id, content)
		return &transfer.Error{Kind: transfer.Resumable, Code: "NetworkError"}
	}
	select {
	case <-time.After(time.Duration(b.roll(2000)) * time.Millisecond):
		return nil
	case <-ctx.Done():
	}
	if b.roll(3) == 0 {
		w.Unheard(crc)
		go b.carryOut(late, job, key, id, content)
		return ctx.Err()
	}
	over, heard := w.Outlived(crc)
	soon := time.Duration(b.roll(5000)) * time.Millisecond
	go func() {
		select {
		case <-time.After(soon):
			made := b.carryOut(0, job, key, id, content)
			heard(transfer.Outcome{Answered: true, Made: made})
		case <-over.Done():
			heard(transfer.Outcome{})
			b.carryOut(late, job, key, id, content)
		}
	}()
	return ctx.Err()
}

// sumOf is the CRC64 of what a request makes: of the parts that were sent, or if these were made an object already of
// the file.
func (b *bucket) sumOf(f *os.File, job transfer.Job, id, content string) uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if id != "" && b.uploads[id] == nil {
		all, err := io.ReadAll(io.NewSectionReader(f, 0, job.Size))
		if err != nil {
			b.wrong = append(b.wrong, err.Error())
		}
		content = string(all)
	}
	return sum(content)
}

// carryOut makes the object, for a run that is over. It reports whether it did.
func (b *bucket) carryOut(after time.Duration, job transfer.Job, key, id, content string) (made bool) {
	time.Sleep(after)
	b.mu.Lock()
	defer b.mu.Unlock()
	is := ""
	for n := range len(b.uploads[id]) {
		is += b.uploads[id][n+1]
	}
	if id != "" && is != content { // it names other parts than those that are there by now, or it was aborted
		return false
	}
	_, err := b.complete(job, key, id, content)
	return err == nil
}

// Find implements Uploader.
func (b *bucket) Find(ctx context.Context, sent transfer.Sent) (*transfer.Found, error) {
	b.pause()
	if b.roll(4) == 0 {
		return nil, &transfer.Error{Kind: transfer.Resumable, Code: "RequestTimeout"}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.objects[sent.Key]
	if !ok || sent.HasCRC && sum(o.content) != sent.CRC64 || int64(len(o.content)) != sent.Size ||
		o.made.Before(sent.Since.Truncate(time.Second)) {
		return nil, ctx.Err()
	}
	return &transfer.Found{ETag: `"E"`, CRC64: sum(o.content)}, ctx.Err()
}

// Remove implements Uploader. A request that nobody answers may be carried out some time later.
func (b *bucket) Remove(ctx context.Context, sent transfer.Sent, found transfer.Found) error {
	b.pause()
	gone := func(after time.Duration) {
		time.Sleep(after)
		b.mu.Lock()
		defer b.mu.Unlock()
		o, ok := b.objects[sent.Key]
		if ok && b.reported(sent.Key, found.CRC64, o.made) {
			b.wrong = append(b.wrong, fmt.Sprintf("the object %s is removed, and was reported as uploaded", sent.Key))
		}
		if ok && sum(o.content) != found.CRC64 {
			b.wrong = append(b.wrong, fmt.Sprintf("the object %s is removed, and has another content by now", sent.Key))
		}
		delete(b.objects, sent.Key)
	}
	switch b.roll(6) {
	case 0:
		return &transfer.Error{Kind: transfer.Resumable, Code: "InternalError", RequestID: "R"}
	case 1:
		go gone(time.Duration(b.roll(int(stragglerMost/time.Millisecond)-1)) * time.Millisecond)
		return &transfer.Error{Kind: transfer.Resumable, Code: "NetworkError"}
	}
	gone(0)
	return ctx.Err()
}
