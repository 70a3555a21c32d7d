package transfer

import "errors"

// What a verb can be refused for. fs maps each to one errno; control says the words.
var (
	// EINVAL: unknown verb, malformed line, a state that can never take it
	ErrInvalid    = errors.New("invalid")
	ErrNoEntry    = errors.New("no such entry")               // ENOENT
	ErrBusy       = errors.New("not now")                     // EBUSY: right verb, wrong moment
	ErrTooLong    = errors.New("line too long")               // E2BIG
	ErrNoKey      = errors.New("no credentials")              // ENOKEY
	ErrKeyExpired = errors.New("credentials already expired") // EKEYEXPIRED
	ErrEnded      = errors.New("ended without success")       // EIO: what wait says of a file that failed
	ErrClosed     = errors.New("shutting down")               // ESHUTDOWN
)
