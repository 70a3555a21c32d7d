// Package webpage writes status.html: the queue as a page that opens from any file manager, without a server.
//
//	queue.Overview ──> view (words, at most so many rows and bytes) ──> page.html + style.css ──> bytes
//
// The page has no script. It reloads itself by <meta refresh>, and a policy of its own (Content-Security-Policy)
// forbids everything but the one style sheet in it, which is told by its hash. Names and messages come from users and
// servers; html/template escapes them, and a name with control characters is shown as list has it.
//
// However long the list is and whatever it holds, the page stays below 200 KB. It is filled with blanks up to a
// multiple of 8 KiB, because a browser asks for the size apart from the content, and a bar that grows by one digit
// would cost the last byte of the page.
package webpage
