package control

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"inboxfs/control/credential"
	"inboxfs/queue/transfer"
	"inboxfs/queue/vod"
)

// filming has each upload get as far as VOD's answer and the first part, and no further.
type filming struct{ away }

func (f *filming) Upload(ctx context.Context, job transfer.Job, watch transfer.Watch) (transfer.Result, error) {
	if err := watch.Created(ctx, transfer.Granted{VideoID: "video-" + job.Name, Bucket: "in", Key: "key-" +
		job.Name}); err != nil {
		return transfer.Result{}, err
	}
	if err := watch.Initiated(ctx, transfer.Multipart{Bucket: "in", Key: "key-" + job.Name, UploadID: "U",
		PartSize: 1}); err != nil {
		return transfer.Result{}, err
	}
	watch.Started("in", "key-"+job.Name, "U")
	return f.away.Upload(ctx, job, watch)
}

// b64 is how VOD answers.
func b64(format string, args ...any) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, format, args...))
}

func authOf(id, more string) string {
	return b64(`{"AccessKeyId":"STS.%s","AccessKeySecret":"hush-secret","SecurityToken":"hush-token"%s}`, id, more)
}

func addressOf(key string) string {
	return b64(`{"Endpoint":"https://oss-cn-shanghai.aliyuncs.com","Bucket":"in","FileName":"key-%s"}`, key)
}

// vodRig has a.mp4 uploading with credentials STS.a, b.mp4 with STS.b, and c.mp4 waiting.
func vodRig(t *testing.T) (*rig, map[string]transfer.ID, *vod.Desk) {
	t.Helper()
	r := newRigWith(t, credential.First(), &filming{})
	desk := vod.NewDesk(nil)
	r.Control = New(r.queue, r.keys, "vod-auth", desk)
	ids := make(map[string]transfer.ID)
	for _, name := range []string{"a.mp4", "b.mp4"} {
		r.drop(name)
		id, err := r.queue.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = id
		if err := r.Exec(t.Context(), "flush "+name); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Exec(t.Context(), "start"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.mp4", "b.mp4"} {
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
			if info, err := r.queue.Info(ids[name]); err == nil && info.UploadID != "" {
				break
			} else if time.Now().After(deadline) {
				t.Fatalf("%s does not begin: %+v, %v", name, info, err)
			}
		}
		line := fmt.Sprintf("setUploadAuthAndAddress %s %s video-%s %s", authOf(name[:1], `,"Expiration":"3000"`),
			addressOf(name), name, name)
		if err := r.Exec(t.Context(), line); err != nil {
			t.Fatal(err)
		}
	}
	r.drop("c.mp4")
	return r, ids, desk
}

// TestVODLines writes what may come from a back end. What is refused leaves the old credentials as they are.
func TestVODLines(t *testing.T) {
	t.Parallel()
	soon := time.Now().Add(time.Hour)
	a, b, next, add := authOf("a", ""), authOf("b", ""), authOf("next", ""), addressOf("a.mp4")
	for name, c := range map[string]struct {
		line string
		err  error
		says string
		ends time.Time // what a.mp4 has then; zero: no time
	}{
		"again":     {"auth " + next + " a.mp4", nil, "its upload goes on", time.Time{}},
		"the same":  {"auth " + a + " a.mp4", nil, "its upload goes on", time.Time{}},
		"by number": {"auth " + next + " #1", nil, "its upload goes on", time.Time{}},
		"quoted":    {"auth " + next + ` "a\x2emp4"`, nil, "its upload goes on", time.Time{}},
		"seconds": {"auth " + authOf("next", `,"Expiration":3600`) + " a.mp4", nil, "its upload goes on",
			soon},
		"seconds in words": {"auth " + authOf("next", `,"Expiration":"3600"`) + " a.mp4", nil, "its upload goes on",
			soon},
		"a time": {"auth " + authOf("next", `,"Expiration":"`+soon.UTC().Format(time.RFC3339)+`"`) +
			" a.mp4", nil, "its upload goes on", soon},
		"ExpireUTCTime": {"auth " + authOf("next", `,"Expiration":"60","ExpireUTCTime":"`+
			soon.UTC().Format(time.RFC3339)+`"`) + " a.mp4", nil, "goes on", soon},
		"Region": {"auth " + authOf("next", `,"Region":"cn-beijing"`) + " a.mp4", nil,
			"its upload goes on", time.Time{}},
		"not encoded": {
			`auth {"AccessKeyId":"STS.next", "AccessKeySecret":"hush-secret", "SecurityToken":"hush-token"} a.mp4`, nil,
			"goes on", time.Time{}},
		"both": {"setUploadAuthAndAddress " + next + " " + add + " video-a.mp4 a.mp4", nil,
			"its upload goes on", time.Time{}},
		"both, no video": {"setUploadAuthAndAddress " + next + " " + add + " a.mp4", nil, "its upload goes on",
			time.Time{}},
		"both for the first": {"setUploadAuthAndAddress " + next + " " + addressOf("c") + " video-c c.mp4", nil,
			"its upload begins when the file is complete", soon},
		"no argument": {"auth", transfer.ErrInvalid, "write resumeUploadWithAuth AUTH [NAME]", soon},
		"malformed":   {"auth !hush! a.mp4", transfer.ErrInvalid, "neither base64 nor JSON", soon},
		"cut":         {"auth " + next[:len(next)/2] + " a.mp4", transfer.ErrInvalid, "UploadAuth", soon},
		"incomplete": {"auth " + b64(`{"AccessKeyId":"STS.next","SecurityToken":"hush-token"}`) + " a.mp4",
			transfer.ErrInvalid, "has no AccessKeySecret", soon},
		"a long-term key": {"auth " + b64(`{"AccessKeyId":"STS.next","AccessKeySecret":"hush-secret"}`) + " a.mp4",
			transfer.ErrInvalid, "has no SecurityToken", soon},
		"over": {"auth " + authOf("next", `,"ExpireUTCTime":"2020-01-01T00:00:00Z"`) + " a.mp4",
			transfer.ErrKeyExpired, "ended at 2020", soon},
		"over in seconds": {"auth " + authOf("next", `,"Expiration":0`) + " a.mp4", transfer.ErrKeyExpired,
			"this UploadAuth ended", soon},
		"no time": {"auth " + authOf("next", `,"Expiration":"hush"`) + " a.mp4", transfer.ErrInvalid,
			"neither a time", soon},
		"an STS token": {"auth STS.hush hush-secret hush-token", transfer.ErrInvalid, "neither base64 nor JSON",
			soon},
		"an address":   {"auth " + add + " a.mp4", transfer.ErrInvalid, "has no AccessKeyId", soon},
		"no such file": {"auth " + next + " d.mp4", transfer.ErrNoEntry, `"d.mp4" is not in the list`, soon},
		"no address yet": {"auth " + next + " c.mp4", transfer.ErrInvalid, "the address of this file is not known",
			soon},
		"no name": {"auth " + next, transfer.ErrInvalid, "no file waits", soon},
		"b's":     {"auth " + b + " a.mp4", transfer.ErrInvalid, `was given for #2 "b.mp4"`, soon},
		"b's and address": {"setUploadAuthAndAddress " + b + " " + addressOf("b.mp4") + " a.mp4",
			transfer.ErrInvalid, "this is another address", soon},
		"b's address for c": {"setUploadAuthAndAddress " + next + " " + addressOf("b.mp4") + " c.mp4",
			transfer.ErrInvalid, `was given for #2 "b.mp4"`, soon},
		"b's video": {"setUploadAuthAndAddress " + next + " " + add + " video-b.mp4 a.mp4",
			transfer.ErrInvalid, "as video video-a.mp4", soon},
		"another address": {"setUploadAuthAndAddress " + next + " " + addressOf("x") + " a.mp4",
			transfer.ErrInvalid, "this is another address", soon},
		"the wrong way round": {"setUploadAuthAndAddress " + add + " " + next + " a.mp4", transfer.ErrInvalid,
			"has no AccessKeyId", soon},
		"no address": {"setUploadAuthAndAddress " + next + " a.mp4", transfer.ErrInvalid, "UploadAddress",
			soon},
		"a bad address": {"setUploadAuthAndAddress " + next + " " +
			b64(`{"Endpoint":"ftp://h","Bucket":"in","FileName":"hush"}`) + " a.mp4", transfer.ErrInvalid, "is no URL",
			soon},
		"a token": {"token STS.x hush-secret", transfer.ErrInvalid, "the security token is missing", soon},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, ids, desk := vodRig(t)
			before, err := desk.Current(ids["a.mp4"])
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Exec(t.Context(), c.line); !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Errorf("it says %v, not %v", err, c.err)
			}
			said := r.Reason()
			if !strings.Contains(said, c.says) || strings.Contains(said, "hush") || strings.Contains(said, next[:16]) {
				t.Errorf("control says %q, not %q", said, c.says)
			}
			after, err := desk.Current(ids["a.mp4"])
			if err != nil {
				t.Fatal(err)
			}
			if kept := c.err != nil || strings.HasSuffix(c.line, "c.mp4"); kept && after != before {
				t.Error("the old credentials are gone")
			} else if off := after.Expires.Sub(c.ends).Abs(); !kept && off > time.Minute {
				t.Errorf("it ends at %v, not at %v", after.Expires, c.ends)
			}
			if (after.Region == "cn-beijing") != (name == "Region") {
				t.Errorf("the region is %s", after.Region)
			}
		})
	}
}

// What was deleted holds nothing any more.
func TestVODAnswerOfTheDeleted(t *testing.T) {
	t.Parallel()
	r, _, desk := vodRig(t)
	for _, line := range []string{"delete b.mp4", "setUploadAuthAndAddress " + authOf("b", "") + " " +
		addressOf("b.mp4") + " video-b.mp4 c.mp4"} {
		if err := r.Exec(t.Context(), line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if n := len(desk.Holders(vod.Auth{AccessKeyID: "STS.b"}, vod.Address{})); n != 1 {
		t.Errorf("%d files hold it", n)
	}
}
