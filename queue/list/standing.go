package list

// Standing is the entries in one state, in the order in which they came to it. Its links are in the entries, so that
// adding and taking cost the same however many there are.
type Standing[E Node[E]] struct{ first, last E }

func (s *Standing[E]) add(e E) {
	var none E
	i := e.Listed()
	i.older, i.newer = s.last, none
	if s.last == none {
		s.first = e
	} else {
		s.last.Listed().newer = e
	}
	s.last = e
}

func (s *Standing[E]) take(e E) {
	var none E
	i := e.Listed()
	if i.older == none {
		s.first = i.newer
	} else {
		i.older.Listed().newer = i.newer
	}
	if i.newer == none {
		s.last = i.older
	} else {
		i.newer.Listed().older = i.older
	}
	i.older, i.newer = none, none
}

// All visits the entries, those that came first at the front. None is moved meanwhile.
func (s *Standing[E]) All(yield func(E) bool) {
	var none E
	for e := s.first; e != none && yield(e); e = e.Listed().newer {
	}
}

// Oldest returns up to most entries, those that came first at the front.
func (s *Standing[E]) Oldest(most int) (some []E) {
	var none E
	for e := s.first; e != none && len(some) < most; e = e.Listed().newer {
		some = append(some, e)
	}
	return some
}

// Newest returns up to most entries, those that came last at the front.
func (s *Standing[E]) Newest(most int) (some []E) {
	var none E
	for e := s.last; e != none && len(some) < most; e = e.Listed().older {
		some = append(some, e)
	}
	return some
}
