package journal

import "cmp"

// Join returns one batch that does what all do, one after the other. Of numbers that are not rows the last one counts.
func Join(all []*Batch) *Batch {
	b := &Batch{}
	dropped := make(map[uint64]int) // entry: how many parts stood in b when its parts were dropped
	puts := 0
	for _, next := range all {
		puts += len(next.Put)
	}
	b.Put = make([]Record, 0, puts)
	for _, next := range all {
		for _, id := range next.DropParts {
			dropped[id] = len(b.Parts)
		}
		b.DropParts = append(b.DropParts, next.DropParts...)
		b.Put = append(b.Put, next.Put...)
		b.Parts = append(b.Parts, next.Parts...)
		b.Delete = append(b.Delete, next.Delete...)
		b.Abort = append(b.Abort, next.Abort...)
		b.Aborted = append(b.Aborted, next.Aborted...)
		b.Moves = append(b.Moves, next.Moves...)
		b.Moved = append(b.Moved, next.Moved...)
		b.Taken = append(b.Taken, next.Taken...)
		b.Given = append(b.Given, next.Given...)
		b.Late = append(b.Late, next.Late...)
		b.Outbox = append(b.Outbox, next.Outbox...)
		b.Sent, b.TakenUntil = max(b.Sent, next.Sent), max(b.TakenUntil, next.TakenUntil)
		b.GivenUntil = max(b.GivenUntil, next.GivenUntil)
		b.NextID, b.NextOrder = cmp.Or(next.NextID, b.NextID), cmp.Or(next.NextOrder, b.NextOrder)
		b.QueueState, b.Boot = cmp.Or(next.QueueState, b.QueueState), cmp.Or(next.Boot, b.Boot)
		b.Doubt, b.Seq = cmp.Or(next.Doubt, b.Doubt), cmp.Or(next.Seq, b.Seq)
		b.Labels, b.Marks = cmp.Or(next.Labels, b.Labels), cmp.Or(next.Marks, b.Marks)
		b.BusySince = cmp.Or(next.BusySince, b.BusySince)
	}
	b.Parts = keptParts(b.Parts, dropped)
	return b
}

// keptParts leaves out the parts that came before their entry's were dropped: a batch drops parts before it adds any.
func keptParts(parts []PartOf, dropped map[uint64]int) []PartOf {
	kept := parts[:0]
	for i, p := range parts {
		if i >= dropped[p.ID] {
			kept = append(kept, p)
		}
	}
	return kept
}
