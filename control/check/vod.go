package check

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"inboxfs/queue/transfer"
	"inboxfs/queue/verdict"
	"inboxfs/queue/vod"
)

// nobodysVideo has the form of a VideoId and is none.
const nobodysVideo = "00000000000000000000000000000000"

// vod asks for two things of a video that does not exist. That there is none is told only to who may ask.
func (c *cloud) vod(ctx context.Context) []Finding {
	if why := c.needs(); why != "" {
		return skip(why)
	}
	var missing []string
	for _, call := range []struct {
		right string
		do    func(context.Context) error
	}{
		{"vod:RefreshUploadVideo", func(ctx context.Context) error {
			_, err := c.api.Refresh(ctx, vod.Media{File: "check.mp4", VideoID: nobodysVideo})
			return err
		}},
		{"vod:DeleteMultipartUpload", func(ctx context.Context) error { return c.api.Discard(ctx, nobodysVideo) }},
	} {
		switch e := c.ask(ctx, call.do); {
		case e == nil, e.Code == "InvalidVideo.NotFound":
		case verdict.MissingRight(e):
			missing = append(missing, call.right)
		default:
			return failed("VOD in "+c.Config.VOD.Region, e)
		}
	}
	if len(missing) > 0 {
		return one(Fail, "missing: "+strings.Join(missing, ", "), "grant "+strings.Join(missing, ", ")+
			", and vod:CreateUploadVideo, vod:CreateUploadImage and vod:CreateUploadAttachedMedia, "+
			"to the RAM user or role of this access key")
	}
	return ok("the access key is accepted, and may refresh and end uploads; vod:CreateUploadVideo is not tried, " +
		"since that makes a video")
}

// auth looks for auth_process, and does not run it: it would make a video.
func (c *cloud) auth(context.Context) []Finding {
	command := c.Config.VOD.AuthProcess
	if len(command) == 0 {
		return ok("each file waits until its UploadAuth and UploadAddress are written to control " +
			"(setUploadAuthAndAddress); nothing else can be checked here")
	}
	name, _, _ := strings.Cut(command[0], " ") // should somebody have written the whole line, it may hold a secret
	bin, err := exec.LookPath(command[0])
	if err != nil {
		return failed("vod.auth_process", &transfer.Error{Code: "GetUploadAuthFailed",
			Message: fmt.Sprintf("%q cannot be run: %v", name, errors.Unwrap(err)),
			Hint: "correct vod.auth_process: the program must exist, " +
				"and this user must be allowed to run it (chmod +x)"})
	}
	return ok("%s can be run; what it answers is not checked, since it would make a video", bin)
}
