package check

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"inboxfs/control/config"
	"inboxfs/control/credential"
	"inboxfs/control/daemon"
	"inboxfs/queue/transfer"
)

// soon is how little a token that nobody renews should have left.
const soon = 10 * time.Minute

// credentials asks their source once, as the daemon does.
func (c *cloud) credentials(ctx context.Context) []Finding {
	conf := c.Config.Credential
	source := daemon.Source(conf)
	limited, cancel := context.WithTimeout(ctx, c.Limit)
	defer cancel()
	key, err := source.Get(limited)
	if err != nil {
		c.keys = credential.New(credential.Refuse("there are none"), credential.Options{})
		return c.without(limited, err)
	}
	c.keyed = true
	c.keys = credential.New(credential.Static(key), credential.Options{Server: c.time})
	_, renews := source.(credential.Renewer)
	says := fmt.Sprintf("long-term access key %s from %s", mask(key.AccessKeyID), c.origin())
	switch {
	case key.SecurityToken == "" && conf.Mode == config.AccessKey:
		return one(Warn, says,
			"long-term keys are for testing: where others can reach this machine, "+
				`use credential.mode = "sts" with a token or a role`)
	case key.SecurityToken == "":
		return ok("%s", says)
	}
	says = fmt.Sprintf("temporary access key %s from %s", mask(key.AccessKeyID), c.origin())
	if !key.Expires.IsZero() {
		_, _ = c.greet(ctx) // for its time; what is wrong the check of the endpoint says
		now, known := c.time()
		left := key.Expires.Sub(now)
		if left <= 0 && known {
			return one(Fail, "those from "+c.origin()+" have expired, by the endpoint's clock ("+
				now.UTC().Format(time.RFC3339)+")", "get new ones")
		}
		if left <= 0 {
			return c.expired()
		}
		says += fmt.Sprintf(", good for %v more", left.Round(time.Second))
		if left < soon && !renews {
			return one(Warn, says, "have a new one ready: "+tokenHint)
		}
	}
	if renews {
		says += "; a new one is fetched before it ends"
	} else if key.Expires.IsZero() {
		says += "; when it expires is not known here"
	}
	return ok("%s", says)
}

const tokenHint = "give it by inboxfs control resumeUploadWithToken, which asks for it"

// without is what it means that there are no credentials.
func (c *cloud) without(ctx context.Context, err error) []Finding {
	conf := c.Config.Credential
	var mute *transfer.Error
	switch {
	case ctx.Err() != nil && errors.As(err, &mute) && mute.Code == "RequestTimeout":
		return one(Fail, fmt.Sprintf("%s within %v", mute.Message, c.Limit), mute.Hint)
	case ctx.Err() != nil:
		return one(Fail, fmt.Sprintf("%s gives none within %v", c.origin(), c.Limit),
			"check that what credential.source names answers")
	case errors.Is(err, credential.ErrNone) && conf.Mode != config.AccessKey:
		return one(Warn, "there are none yet, so nothing that needs them can be checked",
			"mount, and "+tokenHint+"; or set ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and "+
				"ALIBABA_CLOUD_SECURITY_TOKEN, or credential.source")
	case errors.Is(err, credential.ErrNone):
		return one(Fail, "there are none",
			"set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or credential.source")
	case errors.Is(err, credential.ErrExpired):
		return c.expired()
	}
	var unreached *transfer.Error
	if errors.As(err, &unreached) && unreached.Kind == transfer.Resumable && unreached.Hint != "" {
		return one(Fail, unreached.Message, unreached.Hint)
	}
	return one(Fail, strings.TrimPrefix(err.Error(), "invalid: "),
		"correct credential in the configuration, or what credential.source names")
}

func (c *cloud) expired() []Finding {
	return one(Fail, "those from "+c.origin()+" have expired, by this machine's clock ("+
		time.Now().UTC().Format(time.RFC3339)+")",
		"get new ones; if they should be good, set this machine's clock")
}

// origin is where credentials come from, in words.
func (c *cloud) origin() string {
	conf := c.Config.Credential
	switch {
	case conf.Source != config.Auto:
		return "credential.source " + conf.Source
	case conf.AccessKeyID.Reveal() != "":
		return "credential.access_key_id"
	case os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID") != "":
		return "ALIBABA_CLOUD_ACCESS_KEY_ID"
	}
	return "OSS_ACCESS_KEY_ID"
}

// mask shows enough of an access key id to tell it from others.
func mask(id string) string {
	const ends = 4
	if len(id) < 4*ends {
		return id[:min(2, len(id))] + "…"
	}
	return id[:ends] + "…" + id[len(id)-ends:]
}
