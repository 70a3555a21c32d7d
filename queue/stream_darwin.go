package queue

import "syscall"

// seekHole finds the first gap of a file, or its end; lseek(2).
const seekHole = 3

// errNoSeekHole is what a filesystem answers that does not know of gaps.
const errNoSeekHole = syscall.ENOTTY
