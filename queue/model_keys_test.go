package queue

import (
	"slices"
	"strconv"
	"strings"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/transfer"
)

// configure gives the next daemon a configuration under which names have other keys, now and then.
func (m *model) configure() {
	m.bucket.mu.Lock()
	defer m.bucket.mu.Unlock()
	if m.dice.IntN(2) == 0 {
		m.bucket.configuration, m.bucket.reconfigured = m.dice.IntN(3), true
		m.say("names are called as in configuration %d", m.bucket.configuration)
	}
}

// arrived reports whether the content became an object as the file of that name.
func (m *model) arrived(name, content string) bool {
	m.bucket.mu.Lock()
	defer m.bucket.mu.Unlock()
	return m.bucket.server.arrived[name][content]
}

// strayed reports whether the entry was uploaded last, or is replaced, under another key than that: where it has an
// object nevertheless, a request that met its call-off has made that.
func (m *model) strayed(id transfer.ID, key string) bool {
	i, err := m.Info(id)
	return err == nil && (i.State == list.Success || i.State == list.Canceled && i.Error == codeReplaced) &&
		i.Key != key
}

// objectsTold is key=crc64 of the objects of which the log tells that they were made, and not that they were removed.
func (m *model) objectsTold() map[string]bool {
	m.t.Helper()
	text, err := m.log.Tail(16 << 20)
	if err != nil {
		m.t.Fatal(err)
	}
	told := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "event=OnUploadSucceed ") && !strings.Contains(line, "event=OnUploadTooLate ") {
			continue
		}
		field := eventFields(line)
		told[field["key"]+"="+field["crc64"]] = field["removed"] != "true"
	}
	return told
}

// eventFields is the fields of a line of the log.
func eventFields(line string) map[string]string {
	field := make(map[string]string)
	for _, f := range strings.Fields(line) {
		if name, value, ok := strings.Cut(f, "="); ok && field[name] == "" {
			field[name] = value
		}
	}
	if key, err := strconv.Unquote(field["key"]); err == nil {
		field["key"] = key
	}
	return field
}

// waitForHeirs is the keys of objects of which it is told once their files, which have temporary names by now, were
// read once more.
func (m *model) waitForHeirs() (keys map[string]bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	keys = make(map[string]bool)
	for _, s := range m.late {
		waits := false
		for off := s.off; off != nil; off = off.older { // which are asked one after another
			h := m.list.Get(off.heir)
			waits = waits || h != nil && h.Parked && !off.sum.known
			keys[off.key] = keys[off.key] || waits
		}
	}
	return keys
}

// checkObjects compares the list with what is in the bucket, once all is said to be done. Each object is that of the
// last in order of addition that was uploaded to its key; what is not uploaded was replaced by a later one. It returns
// the names of those.
func (m *model) checkObjects() (replaced map[string]bool) {
	replaced = make(map[string]bool)
	newest := make(map[string]list.Info) // by key
	turn := make(map[transfer.ID]int)
	for n, i := range m.Infos() {
		turn[i.ID] = n
		switch {
		case i.State == list.Success:
			newest[i.Key] = i
			if !slices.Contains([]string{modelKey(0, i.Name), modelKey(1, i.Name), modelKey(2, i.Name)}, i.Key) {
				m.t.Errorf("#%d %s is uploaded, as %s", i.ID, i.Name, i.Key)
			}
		case i.State == list.Canceled && i.Error == codeReplaced:
			replaced[i.Name] = true
		case m.o.Names.Class(i.Name) == names.Final:
			m.t.Errorf("in the end #%d %s is %v", i.ID, i.Name, i.State)
		}
	}
	told, waiting := m.objectsTold(), m.waitForHeirs()
	m.bucket.mu.Lock()
	defer m.bucket.mu.Unlock()
	for key, o := range m.bucket.objects {
		// A content that is changed without anybody noticing, or whose file failed and goes elsewhere now, is not one
		// that was called off.
		unnoticed := strings.Contains(o.content, "a0")
		if !told[key+"="+formatCRC(sum(o.content))] && !unnoticed && !m.bucket.reconfigured && !waiting[key] {
			m.t.Errorf("nobody was told that the object %s of #%d is %q", key, o.of, o.content)
		}
	}
	for key, i := range newest {
		o, ok := m.bucket.objects[key]
		of, err := m.Info(o.of)
		if ok && (err != nil || of.Key != key && o.of > i.ID) {
			continue // what came last was taken off the list, or has another content by now, and another key
		}
		if ok && o.of != i.ID && turn[o.of] > turn[i.ID] && m.strayed(o.of, key) {
			continue
		}
		if !ok || formatCRC(sum(o.content)) != i.CRC64 {
			m.t.Errorf("the object %s is %q, and not of #%d %s, which came last", key, o.content, i.ID, i.Name)
		}
	}
	for name, content := range m.want {
		i, listed := m.Status(name)
		if m.o.Names.Class(name) != names.Final || replaced[name] {
			continue
		}
		if off, ok := m.offList[name]; ok && off == content {
			listed = false // what is listed now is an older one
		}
		if listed && i.CRC64 != formatCRC(sum(content)) || !m.bucket.server.arrived[name][content] {
			m.t.Errorf("%s did not become an object of %q: it is %+v", name, content, i)
		}
	}
	return replaced
}
