// Package level finds how many requests at once bring the most bytes to the other end of a line, for parts = "auto".
//
//	Enter ── a request ── Moved, Moved, ... ── Leave
//	  │                     │                    └─ TimedOut, Refused: fewer at once
//	  └─ waits while        └─ tells how fast the line is with
//	     Now are under way     as many under way as may be
//
// It climbs a hill, by the bytes that moved in one window of time after another:
//
//	rest     Now stays; its speed is what a probe has to beat          ── after some windows ──> probe
//	probe    twice as many at once, for one window
//	           faster by a third of what a free line would give: stay  ──> probe, further up
//	           otherwise: back                                         ──> probe with a quarter more, once, then rest
//
// When the line is full a further connection brings nothing, so it is not kept: Now ends below twice the fewest that
// fill it. A window counts only if all that may be under way were so from its beginning to its end; the first moments
// after Now changed do not count, since connections begin slowly, or faster than they can go on.
//
// A request that timed out, or that the server refused because there were too many, takes a probe back; outside of one,
// a quarter of Now goes. Then it stays below what was too much for a while, twice as long each time. What happens until
// something arrives again says nothing about that: then the line is down, or the server.
//
// Waiting out a refusal is not done here: queue/upload lets all requests pause together, and this only says how many go
// on.
package level
