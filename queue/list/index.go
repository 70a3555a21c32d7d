package list

import "slices"

// Index finds the entries that a key belongs to, without looking at any other entry. As a rule that is one: more cost
// more memory.
type Index[K, E comparable] struct {
	first map[K]E
	more  map[K][]E
}

// Add notes that the key belongs to the entry. The zero key belongs to nobody.
func (x *Index[K, E]) Add(key K, e E) {
	var none K
	switch {
	case key == none:
	case x.has(key):
		if x.more == nil {
			x.more = make(map[K][]E)
		}
		x.more[key] = append(x.more[key], e)
	default:
		if x.first == nil {
			x.first = make(map[K]E)
		}
		x.first[key] = e
	}
}

// Take is the inverse of Add.
func (x *Index[K, E]) Take(key K, e E) {
	more := x.more[key]
	if x.has(key) && x.first[key] == e {
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

// Any reports whether ok is true of an entry that the key belongs to.
func (x *Index[K, E]) Any(key K, ok func(E) bool) bool {
	e, there := x.first[key]
	return there && ok(e) || slices.ContainsFunc(x.more[key], ok)
}

// Others returns the entries that the key belongs to but for e.
func (x *Index[K, E]) Others(key K, e E) (all []E) {
	if first, there := x.first[key]; there && first != e {
		all = append(all, first)
	}
	for _, o := range x.more[key] {
		if o != e {
			all = append(all, o)
		}
	}
	return all
}

func (x *Index[K, E]) has(key K) bool {
	_, there := x.first[key]
	return there
}

// Len returns how many keys and entries belong together.
func (x *Index[K, E]) Len() int {
	n := len(x.first)
	for _, more := range x.more {
		n += len(more)
	}
	return n
}
