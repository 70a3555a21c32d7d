// Package status is `inboxfs status`: a mount's queue in a terminal, in lines, or as JSON. It is a reader like any
// other and knows nothing but the virtual files; a mount that does not answer is given up after a while.
//
//	MOUNT/status.json ──read──> queue.Overview ──layout──> lines of a width ──screen──> a terminal
//	                                                            └──────────────> plain lines, where there is none
//
// A line never is wider than the terminal; widths are those of what a terminal shows, in which 影 takes two columns and
// a combining accent none. Whatever is no character with a shape (escapes, controls, marks that turn the direction of
// writing) is shown as in a Go string literal. With --watch the screen is the terminal's alternate one, as of an
// editor: what was there before comes back, and only lines that changed are written.
package status
