package control

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"inboxfs/control/config"
)

// What the overview of the upload SDK lists, and the two functions that it leaves to the page on credentials.
var (
	sdkFunctions = strings.Fields(
		"addFile deleteFile cancelFile resumeFile listFiles clearFiles start stop pause resume " +
			"resumeUploadWithToken resumeUploadWithAuth setUploadAuthAndAddress")
	sdkEvents = strings.Fields("OnUploadStarted OnUploadSucceed OnUploadFailed OnUploadProgress OnUploadTokenExpired " +
		"OnUploadRetry OnUploadRetryResume")
)

// TestManualHasTheSDK: whoever comes from the SDK finds each function and event in the manual, with verbs that there
// are.
func TestManualHasTheSDK(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("manual/sdk.md")
	if err != nil {
		t.Fatal(err)
	}
	section := string(text)
	rows := make(map[string]string)
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) == 5 {
			rows[strings.Trim(cells[1], " `")] = cells[2]
		}
	}
	for _, name := range sdkFunctions {
		switch {
		case rows[name] == "":
			t.Errorf("the manual does not say how to do %s", name)
		case name != "listFiles" && !strings.Contains(rows[name], "verb `"+name):
			t.Errorf("the manual does not name the verb for %s", name)
		}
	}
	for _, name := range sdkEvents {
		if !strings.Contains(rows[name], "event of that name") {
			t.Errorf("the manual does not have %s", name)
		}
	}
	// Of JavaScript 2.0, and what Android 1.6.9 and iOS 1.6.6 have beside the verbs.
	for _, name := range []string{"createUploader({ getAuth })", "await uploader.upload(file)", "UploadError",
		"VodInfo`, `userData`; `meta` of JavaScript 2.0", "image type `cover` or `default",
		"partSize`, `parallel`, `retryCount`, `VodHttpClientConfig", "resumable upload, `recordUploadProgressEnabled",
		"addFile` with a list of parts, of a file that grows"} {
		if rows[name] == "" {
			t.Errorf("the manual does not say how to do %s", name)
		}
	}
	keys := config.Keys()
	for _, m := range regexp.MustCompile("`((?:upload|oss|vod|credential)\\.[a-z0-9_]+)").FindAllStringSubmatch(section,
		-1) {
		if !slices.ContainsFunc(keys, func(k config.Key) bool { return k.Name == m[1] }) {
			t.Errorf("the manual names %s, which is no key of the configuration", m[1])
		}
	}
	named := regexp.MustCompile("verb `([A-Za-z]+)").FindAllStringSubmatch(section, -1)
	for _, m := range named {
		if lookup(m[1]) == nil {
			t.Errorf("the manual names the verb %s, which there is not", m[1])
		}
	}
	if len(named) < len(sdkFunctions) {
		t.Errorf("only %d verbs are named", len(named))
	}
	_, prose, _ := strings.Cut(section, "\nThe last column")
	words := regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(prose, -1)
	for _, word := range words {
		if lookup(word[1]) == nil {
			t.Errorf("the manual names the verb %s, which there is not", word[1])
		}
	}
	if len(words) < 5 {
		t.Errorf("only %d verbs are named that the SDK has not", len(words))
	}
}

// The events are logged by the queue; that they are what the manual says is checked where they are made. Here: each has
// its row in the table of events.
func TestManualHasTheEvents(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("manual/events.md")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := os.ReadDir("../queue")
	if err != nil {
		t.Fatal(err)
	}
	made := make(map[string]bool)
	for _, f := range sources {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		code, err := os.ReadFile("../queue/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(On[A-Z][A-Za-z]+)"`).FindAllStringSubmatch(string(code), -1) {
			made[m[1]] = true
		}
	}
	for _, name := range sdkEvents {
		if !made[name] {
			t.Errorf("nobody says %s", name)
		}
	}
	for name := range made {
		if !regexp.MustCompile(`(?m)^\|.*\b` + name + `\b`).Match(text) {
			t.Errorf("the manual does not have %s", name)
		}
	}
}
