// Package hook tells a program or a web server of the user's what happened, event by event, in the order of the event
// log, each at least once:
//
//	event log ──Follower──▶ one of Events? ──▶ Command or URL ──▶ SPOOL/hooks.seq: told up to here
//	                                              │  ▲
//	                                              └──┘ failed: again, with growing waits, Tries times in a row
//
// The uploads know nothing of it and never wait for it: it reads the log in its own time. It remembers after each event
// how far it came, so after a crash at most one event is told twice; its seq says that it is the same. A spool that had
// no hooks begins with what happens from now on. While hooks are behind, the log may be rotated: what is then older
// than events.keep files is not told, and the daemon's log says how many events that were.
//
// What is told is the line of the event log as JSON, whatever format the log has, on standard input or as the body of a
// POST. A command also finds EVENT, ID and FILE in its environment, and none of our credentials.
package hook
