package oss

import (
	"errors"
	"io"
	"net/http"

	"inboxfs/queue/line"
)

// What an answer may have. ListParts and ListUploads send up to 1,000 rows of a few hundred bytes each.
const (
	maxAnswer = 4 << 20  // bytes
	maxError  = 64 << 10 // bytes
	maxHeader = 64 << 10 // bytes
)

// exchange is what the server answered to one request, for the parts of it that the SDK keeps to itself.
type exchange struct {
	status  int // 0: no answer came
	header  http.Header
	refused *line.Failure // it may be the proxy that answered; nil: it is not
}

type exchangeKey struct{}

// exchanges notes each answer in the exchange of its request's context, and bounds it: the SDK reads an answer to its
// end, however long it is.
type exchanges struct{ next http.RoundTripper }

func (t *exchanges) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if ex, ok := req.Context().Value(exchangeKey{}).(*exchange); ok {
		ex.status, ex.header, ex.refused = resp.StatusCode, resp.Header, line.Refused(resp)
	}
	switch {
	case resp.StatusCode/100 == 3:
		// The SDK neither reads nor closes the body of a redirect, which would cost the connection.
		_ = resp.Body.Close() // nothing in it is wanted
		resp.Body = http.NoBody
	case resp.StatusCode/100 == 2:
		resp.Body = &answer{body: resp.Body, left: maxAnswer}
	default:
		resp.Body = &answer{body: resp.Body, left: maxError}
	}
	return resp, nil
}

var errLongAnswer = errors.New("the server's answer is longer than any that OSS sends")

// answer is a response's body of limited length.
type answer struct {
	body io.ReadCloser
	left int64
}

func (a *answer) Read(p []byte) (int, error) {
	if a.left == 0 {
		var one [1]byte
		if n, err := a.body.Read(one[:]); n == 0 {
			return 0, err
		}
		_ = a.body.Close() // the SDK does not close after an error, and the rest is not wanted
		return 0, errLongAnswer
	}
	n, err := a.body.Read(p[:min(int64(len(p)), a.left)])
	a.left -= int64(n)
	return n, err
}

func (a *answer) Close() error { return a.body.Close() }
