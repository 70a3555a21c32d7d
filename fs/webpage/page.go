package webpage

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"time"

	"inboxfs/queue"
)

var (
	//go:embed page.html
	source string
	//go:embed style.css
	style string

	page = parse()
)

// parse puts the style sheet into the page before html/template sees it: the policy has the hash of its bytes.
func parse() *template.Template {
	sum := sha256.Sum256([]byte(style))
	whole := strings.NewReplacer("{STYLE}", style, "{HASH}", "sha256-"+
		base64.StdEncoding.EncodeToString(sum[:])).Replace(source)
	return template.Must(template.New("status.html").Parse(whole))
}

// block is what the size of a page is a multiple of.
const block = 8 << 10

// Append appends the page. at is now, in the zone of who looks; mount is where the folder of the page is.
func Append(b []byte, o queue.Overview, at time.Time, mount string) ([]byte, error) {
	var w bytes.Buffer
	if err := page.Execute(&w, newView(o, at, mount)); err != nil {
		return nil, fmt.Errorf("writing status.html: %w", err)
	}
	b = append(b, w.Bytes()...)
	fill := block - 1 - w.Len()%block
	b = append(b, bytes.Repeat([]byte{' '}, fill)...)
	return append(b, '\n'), nil
}
