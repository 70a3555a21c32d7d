package hook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"inboxfs/queue/child"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/line"
)

// most is how much of a web server's answer is read, in bytes.
const most = 64 << 10

// command runs the program with the event on its standard input.
func (o Options) command(ctx context.Context, e eventlog.Told) error {
	env := append(withoutCredentials(os.Environ()), "EVENT="+e.Event, "FILE="+o.Shown(e.File))
	if e.ID != 0 {
		env = append(env, "ID="+strconv.FormatUint(e.ID, 10))
	}
	if e.Code != "" {
		env = append(env, "REASON="+seen(e.Code))
	}
	if e.Message != "" {
		env = append(env, "MESSAGE="+seen(e.Message))
	}
	if e.Succeeded != nil && e.Failed != nil {
		env = append(env, fmt.Sprintf("COUNTS=%d uploaded, %d failed", *e.Succeeded, *e.Failed))
	}
	_, said, err := child.Program{Args: o.Command, Env: env, Input: append(e.Object, '\n'), Limit: o.Limit}.Run(ctx)
	if err != nil && said != "" {
		return fmt.Errorf("%w: %s", err, said)
	}
	return err
}

// seen is a text without what a terminal or a mail header would obey, and at most as long as a notification shows.
func seen(s string) string {
	const most = 1000 // characters
	clean := []rune(strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return ' '
		}
		return r
	}, s))
	return string(clean[:min(len(clean), most)])
}

// withoutCredentials leaves out what only we need.
func withoutCredentials(env []string) (kept []string) {
	for _, variable := range env {
		ours := false
		for _, prefix := range []string{"ALIBABA_CLOUD_", "OSS_", "INBOXFS_"} {
			ours = ours || strings.HasPrefix(variable, prefix)
		}
		if !ours {
			kept = append(kept, variable)
		}
	}
	return kept
}

// web asks the web server; each question has a time limit of its own.
var web = &http.Client{Transport: line.New(&http.Transport{IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true},
	line.Options{Connect: 30 * time.Second}), CheckRedirect: stay}

// stay follows no redirect: the address may hold a secret, which would go to another host as Referer, and of some
// redirects a POST comes out as a GET.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// post sends the event to the web address. Any status of 2xx will do.
func (o Options) post(ctx context.Context, e eventlog.Told) error {
	ctx, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, o.URL, bytes.NewReader(append(e.Object, '\n')))
	if err != nil {
		return withoutURL(err)
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("User-Agent", "inboxfs")
	a, err := web.Do(q)
	if err != nil {
		return withoutURL(err)
	}
	_, err = io.Copy(io.Discard, io.LimitReader(a.Body, most))
	if err = errors.Join(err, a.Body.Close()); err != nil {
		return withoutURL(err)
	}
	if a.StatusCode/100 == 3 {
		return fmt.Errorf("the web server answered %s%s: redirects are not followed; set hooks.url to where it leads",
			a.Status, leadsTo(a))
	}
	if a.StatusCode/100 != 2 {
		return fmt.Errorf("the web server answered %s", a.Status)
	}
	return nil
}

// leadsTo is the host to which an answer sends us, in words; "" if that is the same or not known. The rest of an
// address may hold a secret.
func leadsTo(a *http.Response) string {
	to, err := a.Location()
	if err != nil || to.Host == "" {
		return ""
	}
	return " to " + to.Scheme + "://" + strings.ToValidUTF8(to.Host, "?")
}

// withoutURL takes the address off an error: it may hold a secret.
func withoutURL(err error) error {
	var about *url.Error
	if errors.As(err, &about) {
		return about.Err
	}
	return err
}
