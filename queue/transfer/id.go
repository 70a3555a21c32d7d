package transfer

// ID numbers entries from 1, in the order in which they were created; never used twice in one spool.
type ID uint64
