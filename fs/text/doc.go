// Package text writes the virtual files from what the queue says. All functions append to a buffer and return it; every
// file ends in a newline, times are RFC 3339 in UTC, sizes and rates in bytes.
//
// list, tab separated, in order of addition:
//
//	#id	state	percent	uploaded	size	name
//	1	success	100	1048576	1048576	clips/a.mp4
//	2	ready	0	0	12	"two\nlines.txt"
//
// The name is a Go string literal (%q) if it holds a hidden character (Hidden), a double quote, a backslash or invalid
// UTF-8, or begins with a blank or #, and as it is otherwise; the verbs of control take both forms.
//
// list.json, an array with one object per line. Keys are those of status, and what is unset is left out:
//
//	[
//	{"id":1,"name":"clips/a.mp4","state":"success","size":1048576,"uploaded":1048576,"percent":100,...},
//	{"id":3,"name":"caf\ufffd","name_quoted":"\"caf\\xe9\"",...}
//	]
//
// JSON is Unicode. A string that is not has U+FFFD for each byte in the way, and the exact bytes as a Go
// string literal under a second key that ends in _quoted.
//
// status.json has the queue, and of the list what somebody would look at: some entries of each state.
//
//	{"queue":{"state":"running","receiving":0,...},
//	"list":[
//	{"id":3,...}
//	]}
//
// status/NAME and queue are flat keyed, `key value`: the value takes the rest of the line. It is a Go string
// literal if it holds a hidden character or invalid UTF-8 or starts with a double quote; a name, as in list.
//
//	id 1                      state running
//	name clips/a.mp4          receiving 0
//	state success             ready 3
//	...                       ...
//
// control, when read: the last result on the first line, an empty line, the help.
package text
