package spool

import "golang.org/x/sys/unix"

// Piece is the name of the extended attribute of a file that was made to go on with one whose copy went after its
// upload: its beginning is elsewhere. The filesystem sets it when it makes the file, and takes it away when somebody
// writes the beginning. It goes where the file goes, and outlives us.
const Piece = Prefix + "piece"

// IsPiece reports whether the file at path, which is no link, has that attribute.
func IsPiece(path string) bool {
	_, err := retry(func() (int, error) { return unix.Lgetxattr(path, Piece, nil) })
	return err == nil
}
