package queue

import "slices"

// index finds the entries that a key belongs to, without looking at any other entry. As a rule that is one: more cost
// more memory. Guarded by Queue.mu.
type index[K comparable] struct {
	first map[K]*entry
	more  map[K][]*entry
}

// add notes that the key belongs to the entry. The zero key belongs to nobody.
func (x *index[K]) add(key K, e *entry) {
	var none K
	switch {
	case key == none:
	case x.first[key] != nil:
		if x.more == nil {
			x.more = make(map[K][]*entry)
		}
		x.more[key] = append(x.more[key], e)
	default:
		if x.first == nil {
			x.first = make(map[K]*entry)
		}
		x.first[key] = e
	}
}

// take is the inverse of add.
func (x *index[K]) take(key K, e *entry) {
	more := x.more[key]
	if x.first[key] == e {
		delete(x.first, key) // with the key, which may be a piece of what the entry has
		if len(more) > 0 {
			x.first[key], more = more[0], more[1:]
		}
	} else if i := slices.Index(more, e); i >= 0 {
		more = slices.Delete(more, i, i+1)
	}
	if len(more) == 0 {
		delete(x.more, key)
	} else {
		x.more[key] = more
	}
}

// any reports whether ok is true of an entry that the key belongs to.
func (x *index[K]) any(key K, ok func(*entry) bool) bool {
	e := x.first[key]
	return e != nil && ok(e) || slices.ContainsFunc(x.more[key], ok)
}

// others is the entries that the key belongs to but for e.
func (x *index[K]) others(key K, e *entry) (all []*entry) {
	if first := x.first[key]; first != nil && first != e {
		all = append(all, first)
	}
	for _, o := range x.more[key] {
		if o != e {
			all = append(all, o)
		}
	}
	return all
}
