package queue

// sets is a set for each key. What has the zero key is in none.
type sets[K, V comparable] map[K]map[V]struct{}

// add puts v into the set of a key.
func (s sets[K, V]) add(key K, v V) {
	var none K
	switch set := s[key]; {
	case key == none:
	case set == nil:
		s[key] = map[V]struct{}{v: {}}
	default:
		set[v] = struct{}{}
	}
}

// take is the inverse of add.
func (s sets[K, V]) take(key K, v V) {
	if delete(s[key], v); len(s[key]) == 0 {
		delete(s, key)
	}
}

type entrySet = map[*entry]struct{}
