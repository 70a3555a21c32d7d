// Package client is a mount as another process sees it: what asks the daemon of a mount goes through its virtual files,
// and nothing but these.
//
//	Read   what a file shows, given up when the mount does not answer
//	Tell   LINE ──> MOUNT/control, and what control says to it
//	Names  MOUNT/list ──> the names that a verb may go on with, few of them however long the list is
package client
