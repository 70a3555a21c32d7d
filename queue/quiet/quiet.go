// Package quiet keeps libraries from printing the requests that they send, with the secrets in them, because the
// environment asks for it. Whoever imports such a library imports this package for its effect.
//
//	DEBUG=tea, dara, credential   Alibaba Cloud's libraries: URLs and headers of requests, to standard output
//	GODEBUG=http2debug=1 or 2     net/http: headers of requests, to standard error
//
// All of them look once, while they are initialized. Go initializes of the packages that are ready the one whose import
// path comes first, so this one comes before net, without which none of those is ready. It must not import more than it
// does.
package quiet

import (
	"os"
	"strings"
)

func init() {
	_ = os.Unsetenv("DEBUG") // such a name does not fail
	if all, ok := os.LookupEnv("GODEBUG"); ok {
		_ = os.Setenv("GODEBUG", without(all, "http2debug")) // nor do such a name and value
	}
}

// without is a list of NAME=VALUE without those of one name.
func without(list, name string) string {
	var kept []string
	for pair := range strings.SplitSeq(list, ",") {
		if !strings.HasPrefix(strings.TrimSpace(pair), name+"=") {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, ",")
}
