package opened

import (
	"encoding/binary"
	"iter"
	"maps"
	"slices"
	"time"
)

// State is how an earlier process left a file.
type State uint8

const (
	Closed   State = iota // nobody had it open, and nothing more is known
	Whole                 // it was closed, and is complete, whatever the journal says
	Appended              // it was closed, and its beginning is missing
	Doubtful              // it was closed, and is not to be trusted
	Writing               // somebody had it open
)

// Past is what an earlier process left, as it was when that ended.
type Past struct {
	paths map[uint64]bool
	files map[file][]slot
	lost  int // how many of those may be half, and are not there

	self  self
	marks uint64
	until int64 // unix ns
}

type file struct{ dev, ino uint64 }

type slot struct {
	state uint64
	size  int64
	time  int64 // unix ns
}

// parse reads a table; nil when it says nothing about this boot, or not of all handles.
func parse(b []byte, boot string) *Past {
	if !header(b, boot) || at(b, spilledWord) != 0 {
		return nil
	}
	p := &Past{paths: make(map[uint64]bool), files: make(map[file][]slot), marks: at(b, marksWord),
		until: int64(at(b, untilWord)),
		self:  self{at(b, deviceWord), at(b, inodeWord), at(b, birthWord)}}
	for i := range int32(slotsMost) {
		switch state := at(b, word(i, stateWord)); state {
		case free:
		case making:
			p.paths[at(b, word(i, pathWord))] = true
		default:
			f := file{at(b, word(i, devWord)), at(b, word(i, inoWord))}
			p.files[f] = append(p.files[f], slot{state, int64(at(b, word(i, sizeWord))),
				int64(at(b, word(i, timeWord)))})
		}
	}
	p.lost = len(p.paths) + len(p.files)
	return p
}

func at(b []byte, word int) uint64 { return binary.NativeEndian.Uint64(b[wordSize*word:]) }

// Of is how the file called path was left, which is like this now. Of several handles the worst counts.
func (p *Past) Of(path string, dev, ino uint64, size int64, modified time.Time) (s State) {
	if p.paths[hash(path)] {
		return Writing
	}
	for _, one := range p.files[file{dev, ino}] {
		same := one.size == size && one.time == modified.UnixNano()
		switch {
		case one.state == flushed && same: // closed
		case one.state == whole && same:
			s = max(s, Whole)
		case one.state == whole: // somebody changed it since
		case one.state == appended:
			s = max(s, Appended)
		case one.state == doubtful:
			s = max(s, Doubtful)
		default:
			return Writing
		}
	}
	return s
}

// Marks is how often that process, and those before it, remembered something.
func (p *Past) Marks() uint64 { return p.marks }

// After reports whether a file that was like this changed last behind the back of the process that left the table:
// when it had ended, or while it looked away. What it saw closed had changed before.
func (p *Past) After(changed time.Time) bool { return changed.UnixNano() > p.until }

// Place is where a file is.
type Place struct {
	Path     string
	Dev, Ino uint64
}

// Found is told of files that were open and are there. One that was open and is not among them may be there as a copy.
func (p *Past) Found(all iter.Seq[Place]) {
	paths, files := maps.Clone(p.paths), make(map[file]bool)
	for f, slots := range p.files {
		if slices.ContainsFunc(slots, func(s slot) bool { return s.state != flushed && s.state != whole }) {
			files[f] = true
		}
	}
	for at := range all {
		delete(files, file{at.Dev, at.Ino})
		if len(paths) > 0 {
			delete(paths, hash(at.Path))
		}
	}
	p.lost = len(paths) + len(files)
}

// Stray reports whether a file may be half of one that was open, though no slot is of it: a copy that was made since,
// in its place. changed is when it changed last. As long as the other is there, it was put there by somebody who meant
// it.
func (p *Past) Stray(dev, ino uint64, changed time.Time) bool {
	return p.lost > 0 && p.After(changed) && p.files[file{dev, ino}] == nil
}

// ask looks who has files open still that were believed to be closed: another process had them, too. Where that cannot
// be asked, none is believed.
func (p *Past) ask() {
	inodes := make(map[uint64]bool)
	for f, slots := range p.files {
		if slices.ContainsFunc(slots, func(s slot) bool { return s.state == flushed }) {
			inodes[f.ino] = true
		}
	}
	if len(inodes) == 0 {
		return
	}
	still, err := living(inodes)
	for f, slots := range p.files {
		for i := range slots {
			if slots[i].state == flushed && (err != nil || still[f.ino]) {
				slots[i].state = open
			}
		}
	}
}
