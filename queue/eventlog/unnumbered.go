package eventlog

import "bytes"

// Forms are the lines, in either format, that an event makes but for their numbers. The log may have been written in
// another format than that of now.
func Forms(e Event) (forms []string, err error) {
	for _, f := range []Format{Text, JSON} {
		r := newRenderer(f)
		if err := r.add(&e, 1, e.Time); err != nil {
			return nil, err
		}
		if form, ok := Unnumbered(r.buf.Bytes()); ok {
			forms = append(forms, form)
		}
	}
	return forms, nil
}

// Unnumbered is a line without its number; false: it is none of ours.
func Unnumbered(line []byte) (string, bool) {
	if _, ok := parseSeq(line); !ok {
		return "", false
	}
	for _, key := range []string{" seq=", `,"seq":`} {
		if before, after, ok := bytes.Cut(line[:min(len(line), seqHead)], []byte(key)); ok {
			digits := len(after) - len(bytes.TrimLeft(after, "0123456789"))
			return string(before) + string(line[len(before)+len(key)+digits:]), true
		}
	}
	return "", false
}
