package list

// Count is how many entries, and how many bytes of file.
type Count struct {
	Entries  int64
	Bytes    int64
	Uploaded int64 // of these bytes, acknowledged
}

// Count adds an entry that was added just now to the sums of its state, and to those that stand in it, as the last.
func (l *List[E]) Count(e E) { l.count(e, +1) }

// count is Count, or with -1 the inverse.
func (l *List[E]) count(e E, n int64) {
	i := e.Listed()
	c := &l.counts[i.State]
	c.Entries += n
	c.Bytes += n * i.Size
	c.Uploaded += n * i.Uploaded
	if n > 0 {
		l.standings[i.State].add(e)
	} else {
		l.standings[i.State].take(e)
	}
}

// Of returns the sums of a state.
func (l *List[E]) Of(s State) Count { return l.counts[s] }

// In returns the entries that stand in a state.
func (l *List[E]) In(s State) *Standing[E] { return &l.standings[s] }

// Parked returns how many entries only wait for their final name.
func (l *List[E]) Parked() int64 { return l.parked }

// Left returns how many entries are still to arrive. Those that only wait for their final name are not among them.
func (l *List[E]) Left() int64 {
	return l.counts[Receiving].Entries - l.parked + l.counts[Ready].Entries + l.counts[Uploading].Entries +
		l.counts[Paused].Entries
}

// Park notes whether an entry only waits for its final name, and reports whether that is new.
func (l *List[E]) Park(e E, parked bool) (changed bool) {
	i := e.Listed()
	if i.Parked == parked {
		return false
	}
	i.Parked = parked
	if parked {
		l.parked++
	} else {
		l.parked--
	}
	return true
}

// Resize changes an entry's size.
func (l *List[E]) Resize(e E, size int64) {
	i := e.Listed()
	l.counts[i.State].Bytes += size - i.Size
	i.Size = size
}

// SetUploaded changes how much of an entry has arrived.
func (l *List[E]) SetUploaded(e E, bytes int64) {
	i := e.Listed()
	l.counts[i.State].Uploaded += bytes - i.Uploaded
	i.Uploaded = bytes
}
