package queue

import "slices"

// index finds the entries that a key belongs to, without looking at any other entry. As a rule that is one: more cost more memory.
// Guarded by Queue.mu.
type index struct {
	first map[string]*entry
	more  map[string][]*entry
}

// add notes that the key belongs to the entry. The empty key belongs to nobody.
func (x *index) add(key string, e *entry) {
	switch {
	case key == "":
	case x.first[key] != nil:
		if x.more == nil {
			x.more = make(map[string][]*entry)
		}
		x.more[key] = append(x.more[key], e)
	default:
		if x.first == nil {
			x.first = make(map[string]*entry)
		}
		x.first[key] = e
	}
}

// take is the inverse of add.
func (x *index) take(key string, e *entry) {
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
func (x *index) any(key string, ok func(*entry) bool) bool {
	e := x.first[key]
	return e != nil && ok(e) || slices.ContainsFunc(x.more[key], ok)
}
