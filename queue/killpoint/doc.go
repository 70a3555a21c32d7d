// Package killpoint marks the places where a kill is worth trying: behind each step that changes what the spool, the
// journal, the event log or the server knows.
//
//	killpoint.At("object: verified and forgotten")
//
// In the program that users get, At is an empty function, of which nothing is left. Built with the tag killpoint, it
// counts how often the process passed the point, and
//
//	KILLPOINT=NAME#N     kills the process with SIGKILL when it passes NAME for the Nth time
//	KILLPOINT_LOG=FILE   appends NAME and a newline when it passes NAME for the first time
//
// A name stands in one place of the code only, as a literal: TestKillMatrix in fs/story finds all of them there, and
// kills at each.
package killpoint
