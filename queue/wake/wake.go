// Package wake holds how goroutines wake each other.
//
//	Bell     Ring ──▶ one token ──▶ the goroutine that receives: rung twice before it looks, it wakes once
//	Closed   what was closed to say that something is over
package wake

// Bell wakes one goroutine that receives from it. What is rung while nobody listens is kept, once.
type Bell chan struct{}

// NewBell returns a Bell that has not been rung.
func NewBell() Bell { return make(Bell, 1) }

// Ring wakes who listens, now or when they do. It does not wait.
func (b Bell) Ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// Closed reports whether a channel that only is closed has been.
func Closed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}
