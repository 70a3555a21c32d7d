package spool

import (
	"io/fs"

	"golang.org/x/sys/unix"

	"inboxfs/queue/killpoint"
)

// quietly are the flags to open a file with that may have become anything meanwhile: an open of a fifo does not wait
// for who writes it, and no link that took its place leads anywhere.
const quietly = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOFOLLOW | unix.O_CLOEXEC

// RemoveFile removes the file or link called name below inbox, which may be there no more. It never removes a folder.
// free is for when no lock is held any more: only then the file's blocks are freed, which takes long for a large one.
func RemoveFile(inbox, name string) (free func(), err error) {
	return RemoveFileIf(inbox, name, func(Found) error { return nil })
}

// RemoveFileIf is RemoveFile if may, which is shown what has the name, has nothing against it.
func RemoveFileIf(inbox, name string, may func(Found) error) (free func(), err error) {
	free = func() {}
	folder, base := split(name)
	dir, err := Open(inbox, folder)
	if gone(err) {
		return free, nil
	}
	if err != nil {
		return free, &fs.PathError{Op: "open", Path: folder, Err: err}
	}
	defer unix.Close(dir) // it was opened to start from
	defer open(dir)()
	fd, err := retry(func() (int, error) { return unix.Openat(dir, base, quietly, 0) })
	if err != nil {
		fd = -1 // then it is freed at once
	} else {
		free = func() { _ = unix.Close(fd) } // opened to refer to it
	}
	found, there, err := find(dir, base, fd)
	if err == nil && there {
		err = may(found)
	}
	if err != nil || !there {
		return free, err
	}
	_, err = retry(func() (int, error) { return 0, unix.Unlinkat(dir, base, 0) })
	if err != nil && err != unix.ENOENT {
		return free, &fs.PathError{Op: "unlink", Path: name, Err: err}
	}
	return free, nil
}

// open lets us change a folder of ours whose mode does not, as that of a disc that was copied, until closed is called.
// rsync does likewise where it deletes. Where that cannot be, who removes something is told.
func open(dir int) (closed func()) {
	user := unix.Geteuid()
	if user == 0 {
		return func() {}
	}
	var st unix.Stat_t
	_, err := retry(func() (int, error) { return 0, unix.Fstat(dir, &st) })
	mode := uint32(st.Mode) & 0o7777
	if err != nil || mode&unix.S_IRWXU == unix.S_IRWXU || int(st.Uid) != user {
		return func() {}
	}
	if chmod(dir, mode|unix.S_IRWXU) != nil {
		return func() {}
	}
	return func() { _ = chmod(dir, mode) } // it is gone, or stays open to its owner
}

// RemoveFolder removes the folder called name below inbox if it is empty, and never anything else. The error is
// fs.ErrNotExist where there is no such folder.
func RemoveFolder(inbox, name string) error {
	folder, base := split(name)
	dir, err := Open(inbox, folder)
	if err == nil {
		defer unix.Close(dir) // it was opened to start from
		defer open(dir)()
		_, err = retry(func() (int, error) { return 0, unix.Unlinkat(dir, base, unix.AT_REMOVEDIR) })
	}
	if gone(err) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return &fs.PathError{Op: "rmdir", Path: name, Err: err}
	}
	killpoint.At("folder: removed")
	return nil
}
