package spool

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/sameness"
)

// Label is what a file in the spool says of its own entry, in an extended attribute: that it failed, was canceled or is
// held, so that it is not uploaded by who knows nothing of that, or something older. It goes where the file goes,
// whatever that is called.
type Label struct {
	// of the entry; a file with several names has one for each of its entries that needs one
	ID                         uint64
	State, Code, Message, Hint string
	Changed                    int64  // unix ns; when the file was changed last but for its labels; 0: it is not known
	Fault                      string // why the content cannot be trusted, where Code is about something else
}

const (
	labelAttr = Prefix + "label"

	labelMost  = 4 << 10  // bytes of the attribute that are read; ext4 takes less
	labelWords = 1 << 10  // bytes of each text in it
	labelUnit  = "\x00"   // ends a text
	labelEnd   = "\x00\n" // ends a label
)

// text renders a label. short leaves out all but what it is for: some file systems have little room for attributes, and
// a full one only what is in the inode already.
func (l Label) text(short bool) string {
	s := strconv.FormatUint(l.ID, 10) + labelUnit + l.State
	if !short {
		for _, text := range []string{l.Code, l.Message, l.Hint, strconv.FormatInt(l.Changed, 10), l.Fault} {
			s += labelUnit + clip(text)
		}
	}
	return s + labelEnd
}

// clip makes a text of a label of any text.
func clip(s string) string {
	s = strings.ReplaceAll(s, labelUnit, "")
	return strings.ToValidUTF8(s[:min(len(s), labelWords)], "")
}

// parseLabels is the inverse of text, for all labels of a file. What makes no sense is a label of nobody, with no
// state.
func parseLabels(s string) (all []Label) {
	for s != "" {
		var one string
		one, s, _ = strings.Cut(s, labelEnd)
		texts := append(strings.Split(one, labelUnit), "", "", "", "", "", "")
		id, err := strconv.ParseUint(texts[0], 10, 64)
		if err != nil {
			all = append(all, Label{})
			continue
		}
		changed, _ := strconv.ParseInt(texts[5], 10, 64) // 0 where it is not said
		all = append(all, Label{id, texts[1], texts[2], texts[3], texts[4], changed, texts[6]})
	}
	return all
}

// Labels returns the labels of the file at path, which is no link; none where there are no attributes.
func Labels(path string) ([]Label, error) {
	var buf [labelMost]byte
	n, err := retry(func() (int, error) { return unix.Lgetxattr(path, labelAttr, buf[:]) })
	switch {
	case err == NoAttribute, errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOENT):
		return nil, nil
	case errors.Is(err, unix.ERANGE):
		return []Label{{}}, nil
	case err != nil:
		return nil, wrap("getxattr", path, err)
	}
	return parseLabels(string(buf[:n])), nil
}

// Relabel puts a label on the file called name below inbox, or takes that with its ID away, if its State is "". Its
// looks are known before and after: an attribute moves the change time. there is false when there is no such file any
// more.
func Relabel(inbox, name string, l Label) (before, now sameness.Print, there bool, err error) {
	folder, base := split(name)
	dir, err := Open(inbox, folder)
	if gone(err) {
		return before, now, false, nil
	}
	if err != nil {
		return before, now, false, wrap("open", folder, err)
	}
	defer unix.Close(dir) // it was opened to start from
	fd, err := retry(func() (int, error) { return unix.Openat(dir, base, pinFile, 0) })
	if gone(err) {
		return before, now, false, nil
	}
	if err != nil {
		return before, now, false, wrap("open", name, err)
	}
	defer unix.Close(fd) // it was opened to say which file is meant
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return before, now, false, wrap("stat", name, err)
	}
	before = sameness.OfStat(&st)
	if l.Changed == 0 {
		l.Changed = before.ChangeTime
	}
	if err := relabel(fd, &st, l); err != nil {
		return before, before, true, wrap("setxattr", name, err)
	}
	killpoint.At("label: changed")
	if err := unix.Fstat(fd, &st); err != nil {
		return before, before, true, wrap("stat", name, err)
	}
	return before, sameness.OfStat(&st), true, nil
}

// relabel is Relabel for a file that is open, and looks like st.
func relabel(fd int, st *unix.Stat_t, l Label) error {
	var others string
	if st.Nlink > 1 {
		all, err := labelsOf(fd)
		if err != nil {
			return err
		}
		for _, o := range all {
			if o.ID != l.ID {
				others += o.text(false)
			}
		}
	}
	if l.State == "" && others == "" {
		return writable(fd, st, func() error {
			if err := removeAttr(fd, labelAttr); err != NoAttribute {
				return err
			}
			return nil
		})
	}
	full, short := others, others
	if l.State != "" {
		full, short = others+l.text(false), others+l.text(true)
	}
	return writable(fd, st, func() error {
		err := setAttr(fd, labelAttr, []byte(full))
		if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.E2BIG) || errors.Is(err, unix.ERANGE) ||
			errors.Is(err, unix.EDQUOT) {
			return setAttr(fd, labelAttr, []byte(short))
		}
		return err
	})
}

// labelsOf returns the labels of a file that is open.
func labelsOf(fd int) ([]Label, error) {
	var buf [labelMost]byte
	n, err := getAttr(fd, labelAttr, buf[:])
	if err == NoAttribute {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseLabels(string(buf[:n])), nil
}

// writable runs set, which changes an attribute. Of a file of ours that may not be written, that is not allowed as long
// as it is so.
func writable(fd int, st *unix.Stat_t, set func() error) error {
	err := set()
	if !errors.Is(err, unix.EACCES) {
		return err
	}
	mode := uint32(st.Mode) & 0o7777
	if err := chmod(fd, mode|0o200); err != nil {
		return fmt.Errorf("%w, and to allow it: %w", unix.EACCES, err)
	}
	err = set()
	var now unix.Stat_t
	// else somebody else has set it
	if looked := unix.Fstat(fd, &now); looked != nil || uint32(now.Mode)&0o7777 == mode|0o200 {
		err = errors.Join(err, chmod(fd, mode))
	}
	return err
}

// LabelsWork says why files below inbox can have no labels; nil: they can.
func LabelsWork(inbox string) error {
	_, err := retry(func() (int, error) { return unix.Lgetxattr(inbox, labelAttr, nil) })
	if err == NoAttribute {
		return nil
	}
	return err
}
