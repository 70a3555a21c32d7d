package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"inboxfs/queue"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
	"inboxfs/queue/vod"
)

// errNotVOD refuses the verbs that answer for VOD files where nobody asks.
func (c *Control) errNotVOD() error {
	why := "the credential mode is " + c.mode
	if c.mode == "vod-auth" {
		why = "vod.auth_process answers for them"
	}
	return fmt.Errorf("%w: this verb is for VOD files whose credentials come from control, and %s", transfer.ErrInvalid,
		why)
}

// setUploadAuthAndAddress answers OnUploadStarted: AUTH ADDRESS [VIDEOID] NAME.
func setUploadAuthAndAddress(ctx context.Context, c *Control, arg string) (string, error) {
	if c.desk == nil {
		return "", c.errNotVOD()
	}
	var g vod.Grant
	authText, arg := piece(arg)
	addressText, arg := piece(arg)
	var err error
	if g.Auth, err = vod.ParseAuth(authText, vod.Clock{Server: c.keys.Now}); err != nil {
		return "", err
	}
	if g.Address, err = vod.ParseAddress(addressText); err != nil {
		return "", err
	}
	id, err := c.find(arg)
	if err != nil { // the first word is not part of the name then
		video, rest, ok := strings.Cut(arg, " ")
		if !ok {
			return "", err
		}
		if id, err = c.find(strings.TrimLeft(rest, " \t")); err != nil {
			return "", err
		}
		g.VideoID = video
	}
	info, err := c.queue.Info(id)
	switch {
	case err != nil:
		return "", err
	case info.State == list.Success:
		return "", fmt.Errorf("%w: %q has been uploaded", transfer.ErrInvalid, info.Name)
	case g.VideoID == "":
		g.VideoID = info.VideoID
	case info.VideoID != "" && info.VideoID != g.VideoID:
		return "", fmt.Errorf("%w: %q is uploaded as video %s, and this is for another", transfer.ErrInvalid, info.Name,
			info.VideoID)
	}
	if info.UploadID != "" && (info.Bucket != g.Address.Bucket || info.Key != g.Address.Key) {
		return "", fmt.Errorf("%w: parts of %q were sent to %s already, and this is another address",
			transfer.ErrInvalid, info.Name, info.Key)
	}
	if err := c.others(id, g.Auth, g.Address); err != nil {
		return "", err
	}
	held := transfer.Granted{VideoID: g.VideoID, Bucket: g.Address.Bucket, Key: g.Address.Key}
	if whose, held := c.queue.Holder(id, held); held {
		return "", notItsOwn(whose)
	}
	c.desk.Answer(id, g)
	return c.answered(ctx, id)
}

// answered has a file go on with what it was given, and says what becomes of it.
func (c *Control) answered(ctx context.Context, id transfer.ID) (string, error) {
	c.queue.Granted(id) // whose runs find the answer, and those that end just now are begun again
	info, err := c.queue.Info(id)
	if err != nil {
		return "", err
	}
	switch info.State {
	case list.Success: // meanwhile
		return "it has been uploaded", nil
	case list.Failure:
		if err := c.queue.DoFile(ctx, queue.Retry, id); err != nil {
			return "", fmt.Errorf("%w; the answer is kept: %s", err, info.Do)
		}
	case list.Canceled:
		return "kept until it is taken back: " + info.Do, nil
	case list.Held:
		return "kept while it is held: " + info.Do, nil
	}
	switch s := c.queue.Summary(); s.State {
	case list.Stopped:
		return "kept while the queue is stopped: " + s.Do, nil
	case list.Halted:
		return "kept while the queue is paused: " + s.Do, nil
	}
	if info.State == list.Receiving {
		return "its upload begins when the file is complete", nil
	}
	return "its upload goes on", nil
}

// resumeUploadWithAuth gives a VOD file whose UploadAuth expired a new one: AUTH [NAME].
func resumeUploadWithAuth(ctx context.Context, c *Control, arg string) (string, error) {
	if c.desk == nil {
		return "", c.errNotVOD()
	}
	text, name := piece(arg)
	auth, err := vod.ParseAuth(text, vod.Clock{Server: c.keys.Now})
	if err != nil {
		return "", err
	}
	var id transfer.ID
	if strings.TrimSpace(name) != "" {
		if id, err = c.find(name); err != nil {
			return "", err
		}
	} else if id, err = c.only(); err != nil {
		return "", err
	}
	info, err := c.queue.Info(id)
	if err != nil {
		return "", err
	}
	if info.State == list.Success {
		return "", fmt.Errorf("%w: %q has been uploaded", transfer.ErrInvalid, info.Name)
	}
	if err := c.others(id, auth, vod.Address{}); err != nil {
		return "", err
	}
	if err := c.desk.Renew(id, auth); err != nil {
		return "", err
	}
	return c.answered(ctx, id)
}

// others refuses what was given for another file already: sent with it, a file would fail, or be written over.
func (c *Control) others(id transfer.ID, auth vod.Auth, to vod.Address) error {
	for _, other := range c.desk.Holders(auth, to) {
		switch info, err := c.queue.Info(other); {
		case other == id:
		case errors.Is(err, transfer.ErrNoEntry):
			c.desk.Forget(other) // it was deleted
		case err == nil && info.State != list.Success:
			return notItsOwn(fmt.Sprintf("#%d %q", other, info.Name))
		}
	}
	return nil
}

func notItsOwn(whose string) error {
	return fmt.Errorf("%w: this was given for %s: ask for an UploadAuth and an UploadAddress of each file's own",
		transfer.ErrInvalid, whose)
}

// only is the one file that waits for an UploadAuth.
func (c *Control) only() (transfer.ID, error) {
	var waiting []transfer.ID
	for _, id := range c.desk.Waiting() {
		if info, err := c.queue.Info(id); err == nil && info.State != list.Success {
			waiting = append(waiting, id)
		}
	}
	switch len(waiting) {
	case 1:
		return waiting[0], nil
	case 0:
		return 0, fmt.Errorf("%w: no file waits for an UploadAuth: write resumeUploadWithAuth AUTH NAME",
			transfer.ErrInvalid)
	}
	return 0, fmt.Errorf("%w: %d files wait for an UploadAuth: write resumeUploadWithAuth AUTH NAME",
		transfer.ErrInvalid, len(waiting))
}

// piece cuts the first argument off: a word, or a JSON object with blanks in it.
func piece(arg string) (first, rest string) {
	arg = strings.TrimLeft(arg, " \t")
	if strings.HasPrefix(arg, "{") {
		d := json.NewDecoder(strings.NewReader(arg))
		var raw json.RawMessage
		if d.Decode(&raw) == nil {
			return string(raw), strings.TrimLeft(arg[d.InputOffset():], " \t")
		}
	}
	if i := strings.IndexAny(arg, " \t"); i >= 0 {
		return arg[:i], strings.TrimLeft(arg[i:], " \t")
	}
	return arg, ""
}
