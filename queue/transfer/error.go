package transfer

import (
	"errors"
	"time"
)

// CodeBusy is the code of an upload that ended because somebody has its drop open for writing, or mapped: nothing of it
// is wrong, and it settles again. No file fails with it.
const CodeBusy = "FileBusy"

// Kind says what an upload error means for the entry and the queue.
type Kind uint8

const (
	Final     Kind = iota // the file fails at once, the queue goes on
	Resumable             // tried again with backoff
	Renew                 // credentials expired: the queue waits for new ones
	Asks                  // somebody has been asked where the file goes: it waits for the answer, and others go on
)

// Error is why an upload did not succeed: what the server or the client says (Code, Message, RequestID), what that
// means (Kind), and what the user can do about it (Hint, may be empty). Err is the cause, for errors.Is.
type Error struct {
	Kind      Kind
	Code      string // OSS's or the SDK's name for it: AccessDenied, FileChanged, RequestTimeout, ...
	Message   string
	RequestID string
	EC        string // OSS's finer code, or empty
	Hint      string
	Err       error

	Slow  bool          // there were too many requests: fewer are to be made for a while
	Soon  bool          // a run ended with it before it had made all its tries, as others wanted its place
	Cuts  int           // then: the last requests, in a row, under which the line ended
	Kept  bool          // the connection had served before, and was reset: the other side may have closed it since
	After time.Duration // the server wants to be left alone for so long; 0: it did not say
}

func (e *Error) Error() string {
	s := e.Code
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// ErrElsewhere says that a multipart upload was begun under another configuration. It is aborted when that one is back.
var ErrElsewhere = errors.New("it was begun under another configuration")

// ErrNotOurs says that what is left was made by somebody else, who has to remove it (queue/abort/kept.go).
var ErrNotOurs = errors.New("whoever made it has to remove it")
