// Package names tells from a path below the inbox whether it is a drop at all.
//
// A path is cut at its slashes and every component is held against two lists of patterns:
//
//	clips/a.mp4              no component matches          Final    uploaded once complete
//	clips/a.mp4.part         one matches the wait list     Waiting  held back until it is renamed
//	clips/.DS_Store          one matches the ignore list   Ignored  accepted, kept, never uploaded
//	.Trash-1000/files/a.mp4  one is a folder for which there is a pattern
//	take1.part/a.mp4         a pattern for files says nothing of a folder: Final
//
// A pattern that ends in a slash is for folders and counts for all that is in them; any other is for the last component
// only. To ask about what is in a folder, ask for the folder's name with a slash behind.
//
// Ignored wins over Waiting wherever in the path the two stand, so that junk inside a half-made folder stays junk.
//
// A pattern is a glob for one component: * any run of characters, ? one character, [a-z] one of a set, [^a-z] one
// outside it, \ takes the next character as it is. Three marks go around it:
//
//	(?i)Thumbs.db   upper and lower case are the same (ASCII letters only)
//	.~tmp~/         matches folders, and nothing else: the component must be followed by a slash
//	sedXXXXXX       at the end, what mkstemp puts there: six letters or digits, at least one a capital letter
//
// The capital is what tells sedQx7b2K from sediments, which nobody would come to rename. Of the names that mkstemp
// makes, (36/62)^6 = 4 % have none. Such a file is taken for final, which matters only if its program stops for the
// settle time after it has closed the file and before it renames it; zip and sed do that at once, and if they are
// killed while they write, the file is held for that. Hidden names do without this: .*.[0-9A-Za-z]... has all of
// rsync's.
//
// Class is asked for every name in every listing, so Compile sorts the patterns by the first byte that a matching
// name must begin with, else by the last byte it must end with. A usual final name meets no pattern at all, and
// only what is left of a glob after its literal ends goes through path.Match. Rules never change once compiled and
// can be used from many goroutines.
package names
