// Package hint makes commands of hints: what a message says somebody may do can be pasted into a shell.
package hint
