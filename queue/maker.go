package queue

import (
	"context"
	"io/fs"
	"os"
	"syscall"
)

// Who is the user who made a symbolic link, or gave it its name, which a relative one is followed from. inboxfs opens
// what a link leads to with its own user's rights, so only links of that user are followed. Only who asked for the link
// tells: in the spool all belongs to an ordinary user who mounts, whoever made it.
type Who uint8

const (
	Unknown  Who = iota // nobody saw it: it was found at the start, or had a name that is never uploaded
	Owner               // the user that inboxfs runs as
	Stranger            // another
)

type strangerKey struct{}

// AskedByStranger marks what another user than who mounted asks for. What inboxfs would do with the rights of its own
// user, such as opening any file that is named, is not done for it.
func AskedByStranger(ctx context.Context) context.Context {
	return context.WithValue(ctx, strangerKey{}, true)
}

// ByStranger reports whether it is marked so.
func ByStranger(ctx context.Context) bool { return ctx.Value(strangerKey{}) != nil }

// then is who answers for a link of who when by gives it a name.
func (who Who) then(by Who) Who {
	if by == Owner {
		return who
	}
	return by
}

// whose is who answers for the link of an entry, which may have yet to follow folders that others moved.
func (e *entry) whose() Who { return e.whoseUpTo(nil) }

// whoseUpTo leaves out what is above top.
func (e *entry) whoseUpTo(top *dir) Who {
	who := e.maker
	if e.link == "" || e.isLoose() {
		return who
	}
	for d := e.dir; d != nil; d = d.parent {
		for r := d.moved; r.awaits(e); r = r.before {
			who = who.then(r.by)
		}
		if d == top {
			break
		}
	}
	return who
}

// movedBy is who answers for a move of a folder by a user: also for moves of the folders above, which not all entries
// may have followed, and which they leave behind. d may be nil.
func (d *dir) movedBy(by Who) Who {
	if d == nil {
		return by
	}
	for d = d.parent; d != nil; d = d.parent {
		for r := d.moved; r != nil; r = r.before {
			by = r.by.then(by)
		}
	}
	return by
}

// madeBy is who answers for the link of e (nil: it has no entry) when by gives it a name.
func (e *entry) madeBy(by Who) Who {
	if e == nil || e.link == "" {
		return Unknown.then(by)
	}
	return e.whose().then(by)
}

// foreign reports whether links of who are not followed. owned: as Options.Owned.
func (who Who) foreign(owned bool) bool { return who == Stranger || who == Unknown && !owned }

// strange says why a link is not followed; "" when it is. owned: as Options.Owned.
func (who Who) strange(info fs.FileInfo, owned bool) string {
	st, ok := info.Sys().(*syscall.Stat_t)
	ours := ok && int(st.Uid) == os.Geteuid()
	switch {
	case !ours:
		return "the link belongs to another user than inboxfs"
	case who == Stranger:
		return "the link was made, or given its name, by another user than inboxfs runs as"
	case who.foreign(owned):
		return "nobody saw who made the link: it lay in the inbox at the start, or came from a name that is never " +
			"uploaded"
	}
	return ""
}

// strangeHint says what may be done about a link that is not followed for who made it.
const strangeHint = "make the link anew as the user who mounts, or give addFile the path that it leads to, " +
	"or delete it"
