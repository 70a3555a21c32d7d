package list

// Sets is a set for each key. What has the zero key is in none.
type Sets[K, V comparable] map[K]map[V]struct{}

// Add puts v into the set of a key.
func (s Sets[K, V]) Add(key K, v V) {
	var none K
	switch set := s[key]; {
	case key == none:
	case set == nil:
		s[key] = map[V]struct{}{v: {}}
	default:
		set[v] = struct{}{}
	}
}

// Take is the inverse of Add.
func (s Sets[K, V]) Take(key K, v V) {
	if delete(s[key], v); len(s[key]) == 0 {
		delete(s, key)
	}
}
