package vod

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"inboxfs/queue/child"
	"inboxfs/queue/transfer"
	"inboxfs/queue/verdict"
)

// Process is a program of the user's as an Authority (auth_process). It gets one JSON object on its standard input,
//
//	{"kind":"create-video","id":7,"file":"clips/a.mp4","size":1234,"title":"a"}
//	{"kind":"refresh-video","id":7,"file":"clips/a.mp4","size":1234,"title":"a","video_id":"93ab..."}
//
// and writes one to its standard output: what the VOD API answered, untouched (VideoId, UploadAddress, UploadAuth), or
// an error as the API would have it (Code, Message). kind is create-image and create-attached for those, with the
// video_id of one that was made for the file before and is not used any more, if there is one. id is the file's in the
// list: who is asked to create once more for the same id gave an answer that was not heard, or is not used any more.
// params are those of the API that the file's attributes give: Tags, CateId, TemplateGroupId. It runs in the root
// folder, not in the mount, and with a time limit.
type Process struct {
	Command []string // program and arguments
	Limit   time.Duration
	Clock   Clock
}

var _ Authority = (*Process)(nil)

// Create implements Authority.
func (p *Process) Create(ctx context.Context, m Media) (Grant, error) {
	kind := KindOf(m.File)
	if kind == "" {
		return Grant{}, unknownKind(m.File)
	}
	return p.ask(ctx, "create-"+string(kind), m)
}

// Refresh implements Authority.
func (p *Process) Refresh(ctx context.Context, m Media) (Grant, error) {
	if KindOf(m.File) != Video {
		return Grant{}, &transfer.Error{Kind: transfer.Resumable, Code: codeNoVideo,
			Message: "only videos can be refreshed"}
	}
	return p.ask(ctx, "refresh-video", m)
}

func (p *Process) ask(ctx context.Context, kind string, m Media) (Grant, error) {
	question, err := json.Marshal(struct {
		Kind    string `json:"kind"`
		ID      uint64 `json:"id,omitempty"`
		File    string `json:"file"`
		Size    int64  `json:"size"`
		Title   string `json:"title"`
		VideoID string `json:"video_id,omitempty"`

		Params map[string]string `json:"params,omitempty"`
	}{kind, uint64(m.ID), m.File, m.Size, m.title(), cmp.Or(m.VideoID, m.Instead), m.Params})
	if err != nil {
		return Grant{}, fmt.Errorf("asking auth_process: %w", err)
	}
	answer, words, err := child.Program{Args: p.Command, Input: append(question, '\n'), Limit: p.Limit,
		Most: maxAnswer, Whole: json.Valid}.Run(ctx)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return Grant{}, ctx.Err()
	case errors.Is(err, child.ErrTooMuch):
		return Grant{}, p.failed("auth_process writes more than an answer can have")
	case errors.Is(err, child.ErrCut):
		return Grant{}, p.failed("the answer of auth_process is cut: " +
			"what it left in the background has written a part of it, and does not go on")
	case errors.Is(err, child.ErrLate), ctx.Err() != nil:
		return Grant{}, p.failed(fmt.Sprintf("auth_process did not answer within %v", p.Limit))
	}
	if refused := p.refusal(answer); refused != nil {
		return Grant{}, refused
	}
	if err != nil {
		why := "auth_process failed: " + err.Error()
		if said := blind(words); said != "" {
			why += ": " + said
		}
		return Grant{}, p.failed(why)
	}
	g, err := ParseGrant(answer, p.Clock)
	var bad *transfer.Error
	if errors.As(err, &bad) {
		bad.Hint = checkProcess + ": it must pass on what VOD answered, untouched"
	}
	if err == nil && m.VideoID != "" && g.VideoID != m.VideoID {
		return Grant{}, p.failed("auth_process was asked to refresh a video and answered with another")
	}
	return g, err
}

const checkProcess = "check vod.auth_process"

func (p *Process) failed(why string) error {
	return &transfer.Error{Kind: transfer.Resumable, Code: codeNoAuth, Message: why, Hint: checkProcess}
}

// refusal is the error that an answer tells, or nil when it tells none.
func (p *Process) refusal(answer []byte) error {
	var said struct{ Code, Message, RequestID string }
	if json.Unmarshal(answer, &said) != nil || wellSaid(said.Code) {
		return nil
	}
	v := verdict.Judge(verdict.Answer{Code: said.Code, Status: 400, Message: said.Message})
	if v.Kind == transfer.Renew { // what has expired is the program's own, and asking it again may find it renewed
		v.Kind, v.Hint = transfer.Resumable, checkProcess+": the key or token with which it asks VOD has expired"
	}
	words := child.Discreet(p.Command, said.Message)
	return &transfer.Error{Kind: v.Kind, Code: v.Code, Message: verdict.Message(blind(words)),
		RequestID: verdict.Code(said.RequestID), Hint: v.Hint, Slow: v.Slow}
}

// wellSaid reports whether a code is none of an error. Servers between us and the API give one to each answer.
func wellSaid(code string) bool {
	for _, well := range []string{"", "Success", "OK", "200"} {
		if strings.EqualFold(code, well) {
			return true
		}
	}
	return false
}

// secretive are words that look like keys, tokens and base64 rather than like words.
var secretive = regexp.MustCompile(`[A-Za-z0-9+/=_-]{16,}`)

// blind replaces what may be a secret in the words of a program, which are not ours.
func blind(s string) string { return secretive.ReplaceAllString(s, "***") }
