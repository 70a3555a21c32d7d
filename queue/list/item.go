package list

import (
	"time"

	"inboxfs/queue/transfer"
)

// Node is an entry of a List: a pointer to a struct that embeds an Item.
type Node[E any] interface {
	comparable
	Listed() *Item[E]
	// Tried returns how often the entry failed since something of it arrived, and whether its last run failed so. It
	// changes only while the entry is in no line for a place.
	Tried() (failures int, failed bool)
}

// Item is an entry's place in a List. The List changes it, and nobody else.
type Item[E any] struct {
	ID       transfer.ID
	Order    uint64     // position in the order of addition; 0 until it was ready once
	Size     int64      // bytes
	Uploaded int64      // of these, acknowledged
	Due      *time.Time // end of the settle time, or of the wait before the next try; nil: there is none

	older, newer E     // neighbours in its standing
	pos          int32 // index in List.added, or in List.incoming while Order is 0
	ranked       int32 // index in a line for a place, -1 when in none
	timed        int32 // index among the timers, -1 when it has none

	State  State
	Parked bool // settled, but it only waits for its final name
}

// NewItem is the Item of an entry that is in no List yet.
func NewItem[E any](id transfer.ID, order uint64, state State, size int64) Item[E] {
	return Item[E]{ID: id, Order: order, State: state, Size: size, ranked: -1, timed: -1}
}

// Listed returns the item: Node asks for it.
func (i *Item[E]) Listed() *Item[E] { return i }

// Waits reports whether a time was set for the entry.
func (i *Item[E]) Waits() bool { return i.timed >= 0 }

// InLine reports whether the entry is in line for a place.
func (i *Item[E]) InLine() bool { return i.ranked >= 0 }
