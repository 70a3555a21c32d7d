package oss_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"inboxfs/queue"
	"inboxfs/queue/ossdev/faultproxy"
	"inboxfs/queue/transfer"
)

// scene is how an upload comes to make a kind of request.
type scene struct {
	action  string
	vod     bool
	first   faultproxy.Rule // a fault before the one that is tried; it has no Action where there is none
	resumed bool            // the upload is paused in the middle and goes on
	deleted bool            // the file is deleted in the middle
}

var scenes = []scene{
	{action: "PutObject"},
	{action: "InitiateMultipartUpload"},
	{action: "UploadPart"},
	{action: "CompleteMultipartUpload"},
	{action: "HeadObject", first: faultproxy.Rule{Action: "CompleteMultipartUpload", Count: 1,
		Fault: faultproxy.LostAfter}},
	{action: "ListParts", resumed: true},
	{action: "AbortMultipartUpload", deleted: true},
	{action: "CreateUploadVideo", vod: true},
	{action: "RefreshUploadVideo", vod: true, resumed: true},
	{action: "DeleteMultipartUpload", vod: true, deleted: true},
}

// TestEveryRequestMeetsEveryFault has each kind of request of an upload meet each fault, once. Whatever it is: one
// object with the right bytes, or none where the file was deleted; one outage told, and its end; no request made over
// and over; no multipart upload left.
//
// Not parallel: so many queues at once would disturb the tests in which time counts.
func TestEveryRequestMeetsEveryFault(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	log.SetOutput(io.Discard) // net/http has much to say to answers that are longer than they claim
	defer log.SetOutput(os.Stderr)
	var mu sync.Mutex // guards the sums
	var faults, objects, retries, requests int
	var cells sync.WaitGroup
	slots := make(chan struct{}, 24) // they mostly wait
	dir := t.TempDir()
	for _, s := range scenes {
		for _, f := range faultproxy.Faults() {
			cells.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				c := &cell{scene: s, fault: f, data: random(int(f), 5*part+1)}
				if s.action == "PutObject" {
					c.data = c.data[:part/2]
				}
				if err := c.play(filepath.Join(dir, strings.ReplaceAll(s.action+" "+f.String(), " ",
					"-"))); err != nil {
					t.Errorf("%s, %v: %v\nrequests %v", s.action, f, err, c.requests)
				}
				mu.Lock()
				defer mu.Unlock()
				faults += c.hits
				retries += c.retries
				objects += c.objects
				for _, n := range c.requests {
					requests += n
				}
			})
		}
	}
	cells.Wait()
	t.Logf("%d faults injected, %d requests, %d outages told, %d objects", faults, requests, retries, objects)
	if want := len(scenes) * len(faultproxy.Faults()); faults != want {
		t.Errorf("%d faults struck, not %d", faults, want)
	}
}

// cell is one fault at one request.
type cell struct {
	scene
	fault faultproxy.Fault
	data  []byte

	requests      map[string]int
	hits, retries int
	objects       int
}

func (c *cell) play(dir string) (err error) {
	if err := mkdir(dir); err != nil {
		return err
	}
	r, err := newRig(dir, reach{vod: c.vod, silence: c.silence()})
	if err != nil {
		return err
	}
	closed := false
	defer func() {
		if !closed {
			err = errors.Join(err, r.close())
		}
	}()
	if c.first.Action != "" {
		r.proxy.Add(c.first)
	}
	struck := r.proxy.Add(faultproxy.Rule{Action: c.action, Count: 1, Fault: c.fault})
	if c.resumed || c.deleted {
		r.queue.SetLimit(2 * part)
	}
	id, err := r.drop("a.mp4", c.data)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if c.resumed || c.deleted {
		if err := c.interrupt(ctx, r, id); err != nil {
			return err
		}
	}
	var wrong []error
	if !c.deleted {
		if err := r.queue.Wait(ctx, id); err != nil {
			return err
		}
		wrong = append(wrong, r.arrived(id, c.data))
	}
	c.requests, c.hits, c.objects = r.proxy.Requests(), struck.Hits(), c.stored(r)
	if c.action == "InitiateMultipartUpload" && len(r.server.Uploads()) > 0 { // whose id nobody heard
		wrong = append(wrong, r.sweep())
	}
	wrong = append(wrong, until("no multipart upload is left", func() bool { return len(r.server.Uploads()) == 0 }))
	closed = true
	wrong = append(wrong, r.close(), c.judge(r))
	return errors.Join(wrong...)
}

// interrupt waits for the middle of the upload, and pauses it and lets it go on, or deletes the file.
func (c *cell) interrupt(ctx context.Context, r *rig, id transfer.ID) error {
	if err := until("a part has arrived", func() bool {
		i, err := r.queue.Info(id)
		return err == nil &&
			i.PartsDone > 0
	}); err != nil {
		return err
	}
	if c.deleted {
		return errors.Join(r.queue.DoFile(ctx, queue.Delete, id),
			until("the parts are asked to go", func() bool { return r.proxy.Requests()[c.action] > 0 }))
	}
	if err := r.queue.Do(ctx, queue.Pause); err != nil {
		return err
	}
	r.queue.SetLimit(0)
	return r.queue.Do(ctx, queue.Resume)
}

// stored is how many whole objects there are.
func (c *cell) stored(r *rig) (n int) {
	if !c.vod {
		if _, _, ok := r.server.Object(bucket, "a.mp4"); ok {
			return 1
		}
		return 0
	}
	for _, m := range r.server.Media() {
		if _, _, ok := r.server.Object(m.Bucket, m.Key); ok {
			n++
		}
	}
	return n
}

// judge says what should not have happened.
func (c *cell) judge(r *rig) error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	retry, err := r.count("OnUploadRetry")
	resume, err2 := r.count("OnUploadRetryResume")
	succeed, err3 := r.count("OnUploadSucceed")
	wrong = append(wrong, err, err2, err3)
	c.retries = retry
	if want := 1; c.deleted {
		if resume = retry; succeed != 0 || c.objects != 0 { // an outage that is not over when the file goes has no end
			say("%d objects of a deleted file, %d told", c.objects, succeed)
		}
	} else if succeed != want || c.objects != want {
		say("%d objects, %d told", c.objects, succeed)
	}
	most := 1
	if c.timesOut() {
		most = 3 // on a busy machine other requests may be as late
	}
	if retry != resume || retry > most || retry == 0 && c.noticed() {
		say("%d OnUploadRetry, %d OnUploadRetryResume", retry, resume)
	}
	if n := c.requests[c.action] - c.least(); n < 0 || n > 3*most {
		say("%d %s, at least %d were needed", c.requests[c.action], c.action, c.least())
	}
	total := 0
	for _, n := range c.requests {
		total += n
	}
	if total > 20*most {
		say("%d requests", total)
	}
	return errors.Join(wrong...)
}

// timesOut reports whether the fault shows by nothing but time.
func (c *cell) timesOut() bool {
	return c.fault == faultproxy.Hang || c.fault == faultproxy.Late || c.fault == faultproxy.LateAnswer
}

// silence is what is waited for where that is what the cell is about; elsewhere a busy machine must not look like it.
func (c *cell) silence() time.Duration {
	if c.timesOut() {
		return patience
	}
	return time.Minute
}

// least is how many requests of the kind an upload without faults makes.
func (c *cell) least() int {
	if c.action == "UploadPart" {
		return (len(c.data) + part - 1) / part
	}
	return 1
}

// noticed reports whether the upload must have told that the request failed. ListParts is a GET, which net/http by
// itself makes again when it failed on a connection that had been in use before.
func (c *cell) noticed() bool {
	unanswered := []faultproxy.Fault{faultproxy.LostBefore, faultproxy.LostAfter, faultproxy.Hang, faultproxy.Late,
		faultproxy.LateAnswer,
		faultproxy.CutRequest, faultproxy.CutAnswer, faultproxy.HTML200, faultproxy.HTML502, faultproxy.Empty200}
	return !c.deleted && c.action != "ListParts" && slices.Contains(unanswered, c.fault)
}
