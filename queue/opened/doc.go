// Package opened remembers which files of a spool are open for writing, in memory that outlives the process: a file of
// fixed size that is mapped. A kill leaves its pages with the kernel, so the next process reads what was so at that
// moment. What a loss of power leaves of it means nothing, so it counts only in the boot in which it was written.
//
//	header   word 0     magic
//	         words 1-14 the boot, as text
//	         word 15    handles for which there was no slot; not 0 until it is decided about those before a new table
//	         words 16-18  device, inode and time of birth of the table itself
//	         word 19    how many handles ever had a slot
//	         word 20    when a change of a file was seen last that is well
//	slots    word 0     state
//	         word 1     of the path, while the file is being made: its inode is not known yet
//	         words 2-3  device and inode
//	         words 4-5  size and modification time at the last close
//
// Each handle that can write has one slot, from before its first byte can be written until it is known that all is
// well:
//
//	free --Making--> making --Made--> open --Flushed--> flushed --Close--> free
//	free --Open----------------------> open <--Opened--- flushed
//	                                  open --Doubt-----> doubtful, appended --Close--> free
//	                                  open --Whole-----> whole --Close--> free
//
// A table speaks of the files of one spool, by their inodes, at one moment. So a copy of it says nothing, and neither
// does an older one that was put back, which the journal tells: it has heard how many handles there were. Files that
// were copied, replaced or put back behind the table's back changed after the last moment that it saw (After, Stray).
//
// The state is stored last when a slot begins to count, and first when it ends to, in one word: whenever the kill
// comes, a file counts as open for too long rather than for too short. A store costs no system call.
//
// flushed is the time between the last close of a program and the word of the kernel that it was the last; it holds as
// long as the file is what it was then, and while the next process finds nobody who has it open still (living). One
// that got the descriptor past all that can be seen at a close, wrote nothing more for as long as that was believed,
// and ended before the next process looked, is not noticed. doubtful, appended and whole wait for the journal, which is
// a moment behind.
package opened
