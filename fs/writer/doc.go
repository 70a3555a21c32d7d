// Package writer knows the programs that write files here: who opened and who closes one, and how that program ends. It
// asks the kernel by /proc and by pidfds, and is asked from within the handlers of OPEN and FLUSH, whose threads wait.
//
//	OPEN   Opening ──> Opener    who opens, and whether that program serves others
//	FLUSH  Closing ──> Writer    who closes; one that ends with the file open says how (Ended)
//	                     │ Closed, Opened
//	                     ▼
//	       Programs ──> Program  alive, watched by a pidfd ──> its end ──> Ending.Fault, when the settle time is over
//	                                                            \──> told at once, if that was badly
//	       Busy                  a program that closed a file and works on in that folder
//	       CarrierOf             a program of which one run is one drop: the folders that it makes are its own
//	       Habits                what is known of programs: relays write for others; some end badly after whole files
//
// Limits: other PID namespaces and systems without /proc tell nothing (Known); how a program ended is told by Linux
// 6.15.
package writer
