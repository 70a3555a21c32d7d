package ossdev

import (
	"path"
	"slices"
	"sync"
	"time"
)

// Fault is a rule that makes requests fail. The first four fields say which requests, after how many, and how many;
// the others say what happens, and may be combined. The first rule that matches a request is the one that strikes.
type Fault struct {
	Action string // UploadPart, PutObject, CompleteMultipartUpload, ...; "" for any
	Key    string // exact, or a pattern of path.Match; "" for any
	Part   int    // part number; 0 for any
	Skip   int    // matching requests that are let pass first
	Count  int    // requests that it strikes; 0 for all from then on

	Code   string // answered: any error code of OSS
	Status int    // HTTP, answered with Code; 0 for what Code usually has
	After  bool   // the work is done first, only then Code is answered

	Reset      bool          // the connection is reset before anything was done
	ResetAfter bool          // the work is done, then the connection is reset without an answer
	Delay      time.Duration // before anything else happens
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
		if h.seen++; h.seen > h.fault.Skip {
			h.hits++
			return h.fault
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

// answer is the error that the fault wants answered, or nil.
func (f Fault) answer() *Error {
	switch {
	case f.Code == "" && f.Status == 0:
		return nil
	case f.Code == "":
		f.Code = "InternalError"
	}
	e := fail(f.Code)
	if f.Status != 0 {
		e.Status = f.Status
	}
	return e
}
