// Package names tells from a path below the inbox whether it is a drop at all.
//
// A path is cut at its slashes and every component is held against two lists of patterns:
//
//	clips/a.mp4              no component matches          Final    uploaded once complete
//	clips/a.mp4.part         one matches the wait list     Waiting  held back until it is renamed
//	clips/.DS_Store          one matches the ignore list   Ignored  accepted, kept, never uploaded
//	.Trash-1000/files/a.mp4  a folder counts as its files
//
// Ignored wins over Waiting wherever in the path the two stand, so that junk inside a half-made folder stays junk.
//
// A pattern is a glob for one component: * any run of characters, ? one character, [a-z] one of a set, [^a-z] one
// outside it, \ takes the next character as it is. Two marks go around it:
//
//	(?i)Thumbs.db   upper and lower case are the same (ASCII letters only)
//	.~tmp~/         matches folders only: the component must be followed by a slash
//
// Class is asked for every name in every listing, so Compile sorts the patterns by the first byte that a matching
// name must begin with, else by the last byte it must end with. A usual final name meets no pattern at all, and
// only what is left of a glob after its literal ends goes through path.Match. Rules never change once compiled and
// can be used from many goroutines.
package names
