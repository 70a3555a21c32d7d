// Package list is the queue's list in memory: which entries there are, in which state each is, what may follow, in
// which order they go, and how many there are of each. It has no lock, no goroutine and no disk: package queue owns one
// List and guards it.
//
//	Add ──▶ incoming ──Rank──▶ added           order of creation, then order of addition: what list shows
//	Move(e, to)                                the only way to another state; the table is in moves.go
//	  ├─ counts, standings                     sums of each state, and its entries in the order in which they came
//	  ├─ ready, again                          lines for a place: those that never failed, and those that did (Fair)
//	  └─ settling, retrying                    what waits for a time, the soonest first (Wake)
//
// An entry embeds an Item, which holds its place in all of these, so that each step costs the same however long the
// list is, or its logarithm. A drawing of the states is in package queue's doc.go.
package list
