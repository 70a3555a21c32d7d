package spool

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Known is what a spool says of itself, in a small file beside the journal, so that it is known without that, and with
// an older one:
//
//	inboxfs spool 1: next 00000000000000001001, labels 00000000000000000007, labeled 1, inode 00000000000000131077,
//	sum 1c291ca3
//
// The file has its size from the beginning on and is written in place, which a full disk allows. It names its own
// inode: a spool that was copied says nothing, as copies lose labels.
type Known struct {
	Next    uint64 // no entry ever had this id, or a larger one
	Labels  uint64 // how often labels were changed; a journal that knows of fewer is an older one
	Labeled bool   // each file whose entry failed, was canceled or is held has a label
}

const knownText = "inboxfs spool 1: next %020d, labels %020d, labeled %d, inode %020d"

func (k Known) text(inode uint64) string {
	labeled := 0
	if k.Labeled {
		labeled = 1
	}
	s := fmt.Sprintf(knownText, k.Next, k.Labels, labeled, inode)
	return fmt.Sprintf("%s, sum %08x\n", s, crc32.ChecksumIEEE([]byte(s)))
}

// ReadKnown reads what a spool says of itself: nothing, the zero Known, when the file is not there, damaged, or a copy.
func ReadKnown(path string) (k Known, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Known{}, nil
	}
	if err != nil {
		return Known{}, err
	}
	defer f.Close() // opened to be read
	info, err := f.Stat()
	if err != nil {
		return Known{}, err
	}
	buf := make([]byte, len(Known{}.text(0))+1)
	n, _ := f.Read(buf) // what cannot be read says nothing
	var labeled int
	var inode uint64
	if _, err := fmt.Sscanf(string(buf[:n]), knownText, &k.Next, &k.Labels, &labeled, &inode); err != nil {
		return Known{}, nil
	}
	if k.Labeled = labeled == 1; k.text(inode) != string(buf[:n]) {
		return Known{}, nil
	}
	if inode != inodeOf(info) {
		k.Labeled = false // but the ids were given
	}
	return k, nil
}

// Write brings it to stable storage.
func (k Known) Write(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return k.make(path)
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() != int64(len(k.text(0))) {
		return errors.Join(f.Close(), k.make(path))
	}
	return k.fill(f, info, err)
}

// fill writes it to f and closes that.
func (k Known) fill(f *os.File, info fs.FileInfo, err error) error {
	if err == nil {
		_, err = f.WriteAt([]byte(k.text(inodeOf(info))), 0)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// make makes the file, whole.
func (k Known) make(path string) error {
	made := path + ".new"
	f, err := os.OpenFile(made, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err = k.fill(f, info, err); err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		if gone := os.Remove(made); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func inodeOf(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ino
	}
	return 0
}
