// Package sameness tells, without reading a file, whether it is still what it was, and whether anybody may be changing
// it just now.
//
// Size and modification time are what tools and people go by, and so what anybody can set: a program that edits tags
// puts the time back. The change time is the kernel's: it moves with each write, and with each chmod, link or attribute
// that changes no byte. So a Print that is the same stands for the same content, and one that is another for nothing:
// then the content is to be compared.
//
// Two things a Print does not tell. Where a file system has no change time of its own (TimesTell), it is worth no more
// than its modification time. And a mapping is written without anybody being told: most file systems move the time when
// it is written for the first time after the file was synced, some never. So who goes by a Print first asks whether the
// file is Written.
package sameness
