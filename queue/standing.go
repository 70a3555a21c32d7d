package queue

// standing is the entries in one state, in the order in which they came to it. Its links are in the entries, so that
// adding and taking cost the same however many there are. Guarded by Queue.mu.
type standing struct{ first, last *entry }

func (s *standing) add(e *entry) {
	e.older, e.newer = s.last, nil
	if s.last == nil {
		s.first = e
	} else {
		s.last.newer = e
	}
	s.last = e
}

func (s *standing) take(e *entry) {
	if e.older == nil {
		s.first = e.newer
	} else {
		e.older.newer = e.newer
	}
	if e.newer == nil {
		s.last = e.older
	} else {
		e.newer.older = e.older
	}
	e.older, e.newer = nil, nil
}

// oldest is up to most entries, those that came first at the front.
func (s *standing) oldest(most int) (some []*entry) {
	for e := s.first; e != nil && len(some) < most; e = e.newer {
		some = append(some, e)
	}
	return some
}

// newest is up to most entries, those that came last at the front.
func (s *standing) newest(most int) (some []*entry) {
	for e := s.last; e != nil && len(some) < most; e = e.older {
		some = append(some, e)
	}
	return some
}
