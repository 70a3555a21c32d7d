package ossdev

import (
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is a rule that makes requests fail. The first four fields say which requests, after how many, and how many;
// the others say what happens, and may be combined. The first rule that matches a request is the one that strikes.
type Fault struct {
	Action string  // UploadPart, PutObject, CreateUploadVideo, AssumeRole, GetCredentials, ...; "" for any
	Key    string  // exact, or a pattern of path.Match; of VOD the VideoId, MediaId or file name; "" for any
	Part   int     // part number; 0 for any
	Skip   int     // matching requests that are let pass first
	Count  int     // requests that it strikes; 0 for all from then on
	Chance float64 // with which it strikes one of them, below 1; 0: always. What it spares counts as passed

	Code    string // answered: any error code of OSS, or of VOD and STS; after the work for CallbackFailed
	Status  int    // HTTP, answered with Code; 0 for what Code usually has
	Message string // answered with Code; "" for what Code usually has
	After   bool   // the work is done first, only then Code is answered

	// answered with Code: PolicyType, NoPermissionType and AuthAction of AccessDeniedDetail; "" for none
	Denied [3]string

	RetryAfter int // seconds that the client is to wait, answered with Code; 0: it is not told to

	Reset      bool          // the connection is reset before anything was done
	ResetAfter bool          // the work is done, then the connection is reset without an answer
	Delay      time.Duration // before anything else happens
	Late       time.Duration // the work is done, and the answer comes so much later
	Hang       bool          // no answer, until the client goes away or the server is closed; nothing is done
	SlowBody   int64         // bytes per second at which the request's body is read
	CutBody    int64         // bytes of the body that are read, then the connection is reset; nothing is stored
	WrongCRC   bool          // the x-oss-hash-crc64ecma of the answer is wrong
	Skew       time.Duration // how far the server's clock is ahead, or behind if negative
}

// FaultHandle is a Fault in force.
type FaultHandle struct {
	faults *faults
	id     int
	fault  Fault

	seen, hits int // guarded by faults.mu
}

// Hits is how often the fault struck.
func (h *FaultHandle) Hits() int {
	h.faults.mu.Lock()
	defer h.faults.mu.Unlock()
	return h.hits
}

// Remove ends it; requests that it struck already go on with it.
func (h *FaultHandle) Remove() {
	h.faults.mu.Lock()
	defer h.faults.mu.Unlock()
	h.faults.list = slices.DeleteFunc(h.faults.list, func(x *FaultHandle) bool { return x == h })
}

// faults are the rules in force, in the order in which they were added.
type faults struct {
	mu   sync.Mutex // guards all
	list []*FaultHandle
	last int // id given out last
}

// AddFault puts a rule in force, behind those that are.
func (s *Server) AddFault(f Fault) *FaultHandle {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.last++
	h := &FaultHandle{faults: &s.faults, id: s.faults.last, fault: f}
	s.faults.list = append(s.faults.list, h)
	return h
}

// strike returns the fault that a request meets, or one that does nothing.
func (fs *faults) strike(action, key string, part int) Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, h := range fs.list {
		if !h.fault.matches(action, key, part) || h.fault.Count > 0 && h.hits >= h.fault.Count {
			continue
		}
		if h.seen++; h.seen > h.fault.Skip && (h.fault.Chance == 0 || rand.Float64() < h.fault.Chance) {
			h.hits++
			f := h.fault
			f.After = f.After || f.Code == "CallbackFailed" // OSS calls back once it has the object
			return f
		}
	}
	return Fault{}
}

func (f Fault) matches(action, key string, part int) bool {
	if f.Action != "" && f.Action != action || f.Part != 0 && f.Part != part {
		return false
	}
	if f.Key == "" || f.Key == key {
		return true
	}
	ok, err := path.Match(f.Key, key)
	return ok && err == nil // a broken pattern is just a name
}

// faulted is the error that the request's fault wants answered, or nil.
func (x *exchange) faulted() *Error {
	f := x.fault
	switch {
	case f.Code == "" && f.Status == 0:
		return nil
	case f.Code == "":
		f.Code = "InternalError"
	}
	e := x.detailed(x.named(f.Code))
	if f.Status != 0 {
		e.Status = f.Status
	}
	if f.Message != "" {
		e = e.say(f.Message)
	}
	if f.Denied[1] != "" {
		e.detail = []Field{{"PolicyType", f.Denied[0]}, {"NoPermissionType", f.Denied[1]}, {"AuthAction", f.Denied[2]},
			{"AuthPrincipalType", "SubUser"}, {"EncodedDiagnosticMessage", "AQEAAAAAZ"}}
	}
	return e
}

// named is the error of that code, of the service that was asked.
func (x *exchange) named(code string) *Error {
	if x.rpc != nil {
		return refusal(code)
	}
	return fail(code)
}

// detailed adds to an error of OSS what OSS says with it.
func (x *exchange) detailed(e *Error) *Error {
	switch {
	case x.rpc != nil:
	case e.Code == "RequestTimeTooSkewed":
		e.with("MaxAllowedSkewMilliseconds", strconv.Itoa(maxSkew*1000)).with("RequestTime", x.requestTime()).with(
			"ServerTime", stamp(x.now))
	case e.Code == "NoSuchUpload":
		e.with("UploadId", x.uploadID)
	case e.Code == "NoSuchKey":
		e.with("Key", x.key)
	case strings.HasPrefix(e.Code, "NoSuchBucket"):
		e.with("BucketName", x.bucket)
	case e.Code == "FileAlreadyExists":
		e.with("Key", x.key)
	}
	return e
}

// requestTime is what the request says of its time.
func (x *exchange) requestTime() string {
	h := x.r.Header
	at, err := time.Parse(iso8601, h.Get("x-oss-date"))
	if err != nil {
		at, err = http.ParseTime(h.Get("Date"))
	}
	if err != nil {
		at = x.start
	}
	return stamp(at)
}
