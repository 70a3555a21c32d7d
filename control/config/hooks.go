package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"inboxfs/queue/eventlog"
)

// Any reports whether anybody is told.
func (h Hooks) Any() bool { return len(h.Command) > 0 || h.URL.Reveal() != "" }

// check returns the key that is wrong.
func (h Hooks) check() (string, error) {
	for _, name := range h.Events {
		if !slices.Contains(eventlog.Names, name) {
			return "hooks.events", fmt.Errorf("%q is no event; there are %s", name, strings.Join(eventlog.Names, ", "))
		}
	}
	if len(h.Command) > 0 && h.URL.Reveal() != "" {
		return "hooks.url", fmt.Errorf("is set, and hooks.command, too: one of them is told")
	}
	if address := h.URL.Reveal(); address != "" {
		if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			// quoting it could show a secret
			return "hooks.url", fmt.Errorf("is not a URL like https://example.com/uploaded")
		}
	}
	return "", nil
}
