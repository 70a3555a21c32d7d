package ossdev

// amend changes what is known of the object that the request is about.
func (x *exchange) amend(change func(*Meta)) error {
	found, err := x.st.amend(x.bucket, x.key, change)
	if err == nil && !found {
		return fail("NoSuchKey").with("Key", x.key)
	}
	return err
}

// amend changes an object's record, and reports whether there is such an object.
func (st *store) amend(bucket, key string, change func(*Meta)) (found bool, err error) {
	mutex := st.stripe(bucket, key)
	mutex.Lock()
	defer mutex.Unlock()
	m, ok, err := st.lookup(bucket, key)
	if !ok || err != nil {
		return false, err
	}
	if m.Header == nil {
		m.Header = map[string]string{}
	}
	change(&m)
	return true, st.writeJSON(recordPath(bucket, key), record{Bucket: bucket, Meta: m})
}
