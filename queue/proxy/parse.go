package proxy

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

var domainName = regexp.MustCompile(`^[-_.0-9A-Za-z]+$`)

// form is how a proxy is written.
const form = "write it as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT"

// parse reads a proxy as people write it: a URL, or HOST:PORT of an HTTP proxy. Errors do not repeat it: it may hold a
// password.
func parse(text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("is not a URL; " + form + ", and special characters in user name and password as %XX")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	case "socks": // as desktops write it
		u.Scheme = "socks5"
	default:
		return nil, fmt.Errorf("begins with %s://, which is no kind of proxy that is known here; %s", u.Scheme, form)
	}
	switch {
	case u.Hostname() == "":
		return nil, errors.New("has no host; " + form)
	case u.Port() != "" && !isPort(u.Port()):
		return nil, errors.New("has a port that is none; " + form)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("has something after the host; " + form)
	}
	password, _ := u.User.Password()
	name, most := u.User.Username(), 255
	if strings.HasPrefix(u.Scheme, "socks") && u.User != nil &&
		(name == "" || len(name) > most || len(password) > most) {
		return nil, errors.New("has a user name or a password that SOCKS5 cannot carry: each has 1 to 255 bytes")
	}
	u.Path = ""
	return u, nil
}

// checkExceptions looks at a NO_PROXY. What means nothing in it would be asked through the proxy without a word.
func checkExceptions(list string) error {
	for _, entry := range strings.Split(list, ",") {
		if entry = strings.TrimSpace(entry); !isException(entry) {
			return fmt.Errorf("%q is no host; write, with commas between them, example.com, .example.com, 10.1.2.3 or "+
				"10.0.0.0/8, the first three also with :PORT", entry)
		}
	}
	return nil
}

func isException(entry string) bool {
	if _, err := netip.ParsePrefix(entry); err == nil || entry == "" || entry == "*" {
		return true
	}
	host := entry
	if h, port, err := net.SplitHostPort(entry); err == nil {
		if !isPort(port) {
			return false
		}
		host = h
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return isDomain(strings.TrimPrefix(strings.TrimPrefix(host, "*."), "."))
}

func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 1 && n <= 65535
}

func isDomain(name string) bool {
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(name, "."))
	if err != nil {
		ascii = name // idna takes no underscores
	}
	return domainName.MatchString(ascii)
}

// variables of an environment. Of a name that is there twice the first counts, as for os.Getenv.
func variables(environ []string) map[string]string {
	vars := make(map[string]string)
	for _, v := range environ {
		name, value, ok := strings.Cut(v, "=")
		if _, twice := vars[name]; ok && !twice {
			vars[name] = value
		}
	}
	return vars
}

// problems are what is wrong, by variable.
type problems map[string]error

func (p *problems) add(variable string, err error) {
	if *p == nil {
		*p = make(problems)
	}
	(*p)[variable] = err
}

func (p problems) err() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(p)) {
		errs = append(errs, fmt.Errorf("%s: %w", name, p[name]))
	}
	return errors.Join(errs...)
}
