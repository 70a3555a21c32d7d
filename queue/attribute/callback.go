package attribute

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// What OSS takes of a callback, by its page on Callback and those on the errors 0007-*.
const (
	maxCallback     = 5 << 10 // bytes, of either header in base64
	maxCallbackURLs = 5
)

// callbackNames are what OSS knows; the case of letters counts.
var callbackNames = []string{"callbackUrl", "callbackHost", "callbackBody", "callbackBodyType", "callbackSNI"}

const exampleCallback = `{"callbackUrl":"https://app.example.com/stored","callbackBody":"key=${object}&size=${size}"}`

// callback takes the JSON that says whom OSS tells of the object, and gives it the form that the header has.
func callback(value string) (string, error) {
	var c struct {
		URL  *string `json:"callbackUrl"`
		Host *string `json:"callbackHost"`
		Body *string `json:"callbackBody"`
		Type *string `json:"callbackBodyType"`
		SNI  *bool   `json:"callbackSNI"`
	}
	var names map[string]json.RawMessage
	err := errors.Join(json.Unmarshal([]byte(value), &names), json.Unmarshal([]byte(value), &c))
	unknown := slices.ContainsFunc(slices.Collect(maps.Keys(names)), func(name string) bool {
		return !slices.Contains(callbackNames, name) // a typing mistake must not leave out what it was meant for
	})
	if err != nil || unknown || !utf8.ValidString(value) {
		return "",
			fmt.Errorf("is not a JSON object such as %s, with callbackHost, "+
				"callbackBodyType and callbackSNI if need be",
				exampleCallback)
	}
	if c.URL == nil || *c.URL == "" || c.Body == nil || *c.Body == "" {
		return "", fmt.Errorf("has no callbackUrl and callbackBody, as in %s", exampleCallback)
	}
	urls := strings.Split(*c.URL, ";")
	if len(urls) > maxCallbackURLs {
		return "", fmt.Errorf("has %d addresses in callbackUrl, OSS asks %d at most", len(urls), maxCallbackURLs)
	}
	for _, one := range urls {
		if !callable(one) {
			return "",
				errors.New("has something in callbackUrl that is no address such as https://app.example.com/%E4%BD%A0")
		}
	}
	if c.Type != nil && *c.Type != "application/x-www-form-urlencoded" && *c.Type != "application/json" {
		return "",
			errors.New("has a callbackBodyType that is neither application/x-www-form-urlencoded nor application/json")
	}
	return base64JSON(value)
}

// callable reports whether OSS can call a URL, which may lack its scheme.
func callable(address string) bool {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		!strings.ContainsFunc(address, func(c rune) bool { return c <= ' ' || c > '~' })
}

// callbackVars takes the JSON of a user's own variables for the body of a callback.
func callbackVars(value string) (string, error) {
	var vars map[string]string
	if err := json.Unmarshal([]byte(value), &vars); err != nil || len(vars) == 0 || !utf8.ValidString(value) {
		return "", errors.New(`is not a JSON object of texts such as {"x:project":"alpha"}`)
	}
	for name := range vars {
		if !strings.HasPrefix(name, "x:") || name == "x:" || name != strings.ToLower(name) {
			return "", fmt.Errorf("%s: the names of these begin with x: and are in lower case", quoted(name))
		}
	}
	return base64JSON(value)
}

func base64JSON(value string) (string, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(value)); err != nil {
		return "", fmt.Errorf("is not JSON: %w", err)
	}
	sent := base64.StdEncoding.EncodeToString(compact.Bytes())
	if len(sent) > maxCallback {
		return "", fmt.Errorf("has %d bytes in base64, OSS takes %d", len(sent), maxCallback)
	}
	return sent, nil
}

// CalledBack reports whether a header has OSS tell somebody of the object.
func CalledBack(header map[string]string) bool { return header[callbackHeader] != "" }
