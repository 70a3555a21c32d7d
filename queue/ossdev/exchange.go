package ossdev

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// exchange is one request on its way to its answer.
type exchange struct {
	*Server
	w     http.ResponseWriter
	r     *http.Request
	id    string    // x-oss-request-id
	start time.Time // when it came in
	now   time.Time // what the server takes for now

	target
	body    *body
	traffic int64 // bytes per second that the request wants at most; 0 for no limit
	fault   Fault
	ended   Request // what the log gets

	remembered bool
}

// answer is what a request that succeeded is told. The ETag and other metadata are in the header.
type answer struct {
	status int // 200 unless set
	header map[string]string
	xml    any      // the body, or
	json   any      // the same for RPC, or
	text   []byte   // JSON as somebody else wrote it, or
	file   *os.File // an object's bytes, closed after use, at its offset,
	size   int64    // and how many of them
}

// errNoAnswer ends a request without an answer.
var errNoAnswer = errors.New("no answer")

func (s *Server) exchange(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{Server: s, w: w, r: r, start: s.options.Now(), id: strings.ToUpper(randomHex(12))}
	x.now = x.start
	x.body = &body{in: r.Body, ctx: s.ctx}
	x.ended = Request{Time: x.start, RequestID: x.id, Proto: r.Proto}
	return x
}

// serve handles the request and sees to it that it is remembered, whatever happens.
func (x *exchange) serve() {
	defer x.remember()
	a, err := x.handle()
	if err == nil {
		err = x.succeed(a)
	}
	var refused *Error
	switch gone := (unreadable{}); {
	case err == nil:
	case errors.As(err, &refused):
		x.refuse(refused)
	case errors.Is(err, errNoAnswer), errors.As(err, &gone):
		x.reset()
	default:
		x.options.Logger.Error("handle a request", "action", x.action, "bucket", x.bucket, "key", x.key, "request_id",
			x.id, "err", err)
		x.refuse(x.named("InternalError").say(err.Error()))
	}
}

// remember puts the request into the log, once. It comes before the answer: a client that has the answer finds the
// request in the log.
func (x *exchange) remember() {
	if x.remembered {
		return
	}
	x.remembered = true
	x.ended.Duration = x.options.Now().Sub(x.start)
	x.ended.Bytes = x.body.count
	x.log.add(x.ended)
	if x.options.OnRequest != nil {
		x.options.OnRequest(x.ended)
	}
}

// handle does what is asked for, after what a fault wants before and before what it wants after.
func (x *exchange) handle() (*answer, error) {
	wrong := x.parse()
	x.ended.Action, x.ended.Bucket, x.ended.Key, x.ended.UploadID, x.ended.Part = x.action, x.bucket, x.key, x.uploadID,
		x.part
	x.fault = x.faults.strike(x.action, x.subject(), x.part)
	if err := x.before(); err != nil {
		return nil, err
	}
	if wrong != nil {
		return nil, wrong
	}
	if err := x.admit(); err != nil {
		return nil, err
	}
	a, err := x.act(x)
	if err == nil && !x.wait(x.fault.Late) {
		a.close()
		return nil, errNoAnswer
	}
	if err == nil && x.fault.ResetAfter {
		a.close()
		return nil, errNoAnswer
	}
	if e := x.faulted(); err == nil && e != nil { // After is set, or before would have answered
		a.close()
		return nil, e
	}
	return a, err
}

// wait reports whether client and server were there so long.
func (x *exchange) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.r.Context().Done():
	case <-x.ctx.Done():
	}
	return false
}

// before is what the fault does before the request is looked at.
func (x *exchange) before() error {
	f := x.fault
	x.now = x.now.Add(f.Skew)
	x.body.cut, x.body.rate = f.CutBody, f.SlowBody
	if !x.wait(f.Delay) {
		return errNoAnswer
	}
	if f.Hang {
		// net/http notices that the client is gone only once the body is read.
		_, _ = io.Copy(io.Discard, x.body) // what became of it does not matter
		select {
		case <-x.r.Context().Done():
		case <-x.ctx.Done():
		}
		return errNoAnswer
	}
	if f.Reset {
		return errNoAnswer
	}
	if e := x.faulted(); e != nil && !f.After {
		return e
	}
	return nil
}

// admit lets those through that may do what they ask for.
func (x *exchange) admit() error {
	switch {
	case x.action == credentialsAction:
		return nil
	case x.rpc != nil:
		return x.rpcAuthenticate()
	}
	if err := x.authenticate(); err != nil {
		return err
	}
	if wrong := x.reach(); wrong != nil {
		return wrong
	}
	if wrong := x.limitTraffic(); wrong != nil {
		return wrong
	}
	return nil
}

// headers are those that every answer has.
func (x *exchange) headers() http.Header {
	if x.rpc != nil {
		return x.rpcHeaders()
	}
	h := x.w.Header()
	h.Set("Server", "AliyunOSS")
	h.Set("Date", x.now.UTC().Format(http.TimeFormat))
	h.Set("x-oss-request-id", x.id)
	h.Set("x-oss-server-time", strconv.FormatInt(x.options.Now().Sub(x.start).Milliseconds(), 10))
	return h
}

func (x *exchange) succeed(a *answer) error {
	defer a.close()
	h := x.headers()
	for name, value := range a.header {
		h.Set(name, value)
	}
	if crc := h.Get(crcHeader); crc != "" && x.fault.WrongCRC {
		n, err := strconv.ParseUint(crc, 10, 64)
		if err != nil {
			return err
		}
		h.Set(crcHeader, strconv.FormatUint(^n, 10))
	}
	var text []byte
	if a.xml != nil {
		document, err := xml.MarshalIndent(a.xml, "", "  ")
		if err != nil {
			return err
		}
		text = append([]byte(xml.Header), document...)
		h.Set("Content-Type", "application/xml")
	}
	if a.text != nil {
		text = a.text
		h.Set("Content-Type", "application/json")
	}
	if a.json != nil {
		document, err := json.Marshal(a.json)
		if err != nil {
			return err
		}
		text = document
	}
	size := int64(len(text))
	if a.file != nil || x.r.Method == http.MethodHead {
		size = a.size
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		h.Set("Content-Length", strconv.FormatInt(size, 10))
	}
	x.drain()
	x.ended.Status = a.status
	x.remember()
	x.w.WriteHeader(a.status)
	var err error
	switch {
	case x.r.Method == http.MethodHead:
	case a.file != nil && x.traffic > 0:
		err = copySlowly(x.w, a.file, a.size, x.traffic)
	case a.file != nil:
		_, err = io.CopyN(x.w, a.file, a.size)
	case len(text) > 0:
		_, err = x.w.Write(text)
	}
	if err != nil {
		return errNoAnswer // the client went away, or the file was cut by hand: the answer cannot be mended
	}
	return nil
}

// refuse answers an error. HEAD has no body, so OSS puts the document into a header there.
func (x *exchange) refuse(e *Error) {
	h := x.headers()
	document := x.document(e)
	if e.EC != "" {
		h.Set("x-oss-ec", e.EC)
	}
	for name, value := range e.header {
		h.Set(name, value)
	}
	if x.fault.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(x.fault.RetryAfter))
	}
	x.drain()
	x.ended.Status, x.ended.Code = e.Status, e.Code
	x.remember()
	if x.r.Method == http.MethodHead {
		h.Set("x-oss-err", base64.StdEncoding.EncodeToString(document))
		x.w.WriteHeader(e.Status)
		return
	}
	if x.rpc == nil {
		h.Set("Content-Type", "application/xml")
	}
	h.Set("Content-Length", strconv.Itoa(len(document)))
	x.w.WriteHeader(e.Status)
	_, _ = x.w.Write(document) // who does not want to hear why he was refused need not
}

// drain reads what is left of a body, so that a client that sends first and reads later gets to see the answer
// instead of a reset. One that waits to be told to send, or sends very much, is not served so.
func (x *exchange) drain() {
	const most = 256 << 20
	if x.r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, x.body, most) // an error shows when the answer is written
	}
}

// reset ends the connection the hard way, so that the client sees "connection reset by peer".
func (x *exchange) reset() {
	x.ended.Status, x.ended.Code = 0, ""
	x.remember()
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil { // HTTP/2, or not a connection at all
		panic(http.ErrAbortHandler)
	}
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn() // a reset says no good-bye
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails on a connection that is gone already
	}
	_ = conn.Close() // as above
}

func (a *answer) close() {
	if a != nil && a.file != nil {
		_ = a.file.Close() // it was only read
	}
}

// crcHeader carries the CRC-64/ECMA of a body that was received, or of an object, as a decimal number.
const crcHeader = "X-Oss-Hash-Crc64ecma"
