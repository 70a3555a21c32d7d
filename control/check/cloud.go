package check

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"inboxfs/control/credential"
	"inboxfs/queue/oss"
	"inboxfs/queue/transfer"
	"inboxfs/queue/verdict"
	"inboxfs/queue/vod"
)

// cloud is what others are asked for, and what earlier answers mean for later questions. Steps run one after the other.
type cloud struct {
	Options
	keys  *credential.Ring // with what credentials found
	keyed bool             // that is something

	remote *oss.Remote // or
	api    *vod.API

	greeting *greeting       // or nil, before the endpoint was asked
	reached  bool            // it answers
	usable   bool            // the bucket is there, and takes the key
	refused  *transfer.Error // that uploads under way may not be listed; nil: they may
}

func (c *cloud) close() {
	if c.keys != nil {
		c.keys.Close()
	}
	if c.remote != nil {
		c.remote.Close()
	}
	if c.api != nil {
		c.api.Close()
	}
}

// ask makes one request within the limit. One that was refused because of this machine's clock is made again: the
// answer has told the right time by then.
func (c *cloud) ask(ctx context.Context, request func(context.Context) error) *transfer.Error {
	for first := true; ; first = false {
		limited, cancel := context.WithTimeout(ctx, c.Limit)
		err := request(limited)
		e := c.problem(err, limited.Err() != nil)
		cancel()
		if e == nil || !first || e.Code != "RequestTimeTooSkewed" && e.Code != "InvalidTimeStamp.Expired" {
			return e
		}
	}
}

// problem is what an error means and what to do about it; nil for none. late: the limit was over.
func (c *cloud) problem(err error, late bool) *transfer.Error {
	var e *transfer.Error
	switch {
	case err == nil:
		return nil
	case late && errors.Is(err, context.DeadlineExceeded):
		_, do := verdict.Unanswered(err)
		if c.remote != nil {
			_, do = c.remote.Unanswered(err)
		}
		return &transfer.Error{Code: "RequestTimeout", Message: fmt.Sprintf("no answer within %v", c.Limit), Hint: do,
			Err: err}
	case errors.As(err, &e):
		return e
	}
	return &transfer.Error{Code: "ClientException", Message: err.Error(), Err: err}
}

// failed is the finding for a problem. The service's own name for it and the id of the request are what its support
// asks for.
func failed(what string, e *transfer.Error) []Finding {
	says := e.Code + ": " + e.Message
	if strings.Contains(e.Message, e.Code) || e.Code == "NetworkError" || e.Code == "RequestTimeout" ||
		e.Code == "UnexpectedAnswer" {
		says = e.Message
	}
	if e.RequestID != "" {
		says += " (request " + e.RequestID + ")"
	}
	do := e.Hint
	if do == "" {
		do = "try again; if it stays so, show this line to whoever runs the service"
	}
	return one(Fail, what+": "+says, do)
}
