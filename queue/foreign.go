package queue

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"inboxfs/queue/hint"
	"inboxfs/queue/list"
	"inboxfs/queue/reference"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
	"inboxfs/queue/wake"
)

const (
	codeLink = "LinkNotFollowed" // the code of an entry whose link leads to nothing that can be uploaded
	linkHint = "mend that and release it, or delete it"
)

// errNoLink: what was a link is something else now.
var errNoLink = errors.New("it is no link any more")

// Mounted says where the spool is shown: an absolute path without symbolic links, "" for nowhere. Nothing outside the
// spool is looked at before, because nobody could tell yet what lies in our own mount.
func (q *Queue) Mounted(dir string) error {
	finder, err := reference.New(filepath.Dir(q.o.Inbox), dir)
	if err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if !wake.Closed(q.mounted) { // else it is known
		q.finder, q.way = finder, hint.Way{Mount: dir}
		close(q.mounted)
	}
	return nil
}

// whenMounted waits until files outside the spool may be looked at.
func (q *Queue) whenMounted(ctx context.Context) error {
	select {
	case <-q.mounted:
		return nil
	case <-q.drain:
		return context.Canceled
	case <-ctx.Done():
		return ctx.Err()
	}
}

// openForeign is Job.Open.
func (q *Queue) openForeign(ctx context.Context, path string, progress *transfer.Progress) (*os.File, error) {
	if err := q.whenMounted(ctx); err != nil {
		return nil, err
	}
	progress.Begin() // a disk that does not answer keeps no place either
	defer progress.End()
	f, err := q.finder.Open(path)
	if err != nil {
		return nil, unfound(err)
	}
	return f, nil
}

// unfound is what it means for an upload that its file cannot be opened.
func unfound(err error) *transfer.Error {
	p := &transfer.Error{Kind: transfer.Final, Code: "FileChanged", Message: err.Error(),
		Hint: "put the file back and retry, or delete the entry", Err: err}
	var refused *reference.Refused
	switch {
	case !errors.As(err, &refused):
		p.Code, p.Hint = "LocalReadError", "check the disk, then retry"
	case refused.Is == reference.Nothing:
		p.Code = "FileNotExist"
	case errors.Is(err, fs.ErrPermission):
		p.Code, p.Hint = "PermissionDenied", "make the file readable, then retry"
	case scarce(err):
		p.Kind, p.Code, p.Hint = transfer.Resumable, "LocalReadError", ""
	case refused.Is == reference.Unreadable:
		p.Code, p.Hint = "LocalReadError", "check the disk, then retry"
	}
	return p
}

// follow finds the file to which the link of an entry leads now, as those see it who see the mount. Why there is none
// that can be uploaded is an *Error; other errors are about the link itself.
func (q *Queue) follow(e *entry) (f *os.File, real, name, text string, err error) {
	name, text, err = q.readLink(e)
	if err != nil {
		return nil, "", name, text, err
	}
	leads, err := q.finder.Link(name, text)
	if err == nil {
		f, real, err = q.finder.Find(leads)
	}
	var refused *reference.Refused
	if errors.As(err, &refused) && !scarce(err) {
		why := "the link points to " + refused.Is.String() + ": " + refused.Path
		if refused.Err != nil {
			why += ": " + refused.Err.Error()
		}
		return nil, "", name, text, &transfer.Error{Code: codeLink, Message: why, Hint: linkHint}
	}
	return f, real, name, text, err
}

// readLink says what the link of an entry is called and says, if it is to be followed. It holds the name, so that what
// lies there and who made it are of one link.
func (q *Queue) readLink(e *entry) (name, text string, err error) {
	q.mu.Lock()
	defer q.guardEntryLocked(e)()
	name, known, maker := e.name(), e.link, e.whose()
	away := e.gone || e.loose
	q.mu.Unlock()
	if away {
		return name, "", fs.ErrNotExist
	}
	path := q.spoolPath(name)
	if err := q.apart(path); err != nil {
		return name, "", err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return name, "", err
	}
	s, _, err := q.spooledAt(path, info)
	if err != nil {
		return name, "", err
	}
	if s.link == "" {
		return name, "", errNoLink
	}
	if s.link != known { // put there past us
		maker = Unknown
	}
	if why := maker.strange(info, q.o.Owned); why != "" {
		return name, s.link, &transfer.Error{Code: codeLink, Message: why + ", so it is not followed",
			Hint: strangeHint}
	}
	return name, s.link, nil
}

// look says what a reference leads to, and brings it to stable storage, and the name of its link, too.
func (q *Queue) look(s *sealing) {
	var f *os.File
	if s.link == "" {
		if f, s.Err = q.finder.Open(s.Path); s.Err != nil {
			s.Err = unfound(s.Err)
			return
		}
	} else if f, s.Path, s.name, s.link, s.Err = q.follow(s.e); s.Err != nil {
		return
	}
	if s.Info, s.Err = f.Stat(); s.Err == nil {
		s.Err = f.Sync()
		if errors.Is(s.Err, syscall.EINVAL) || errors.Is(s.Err, syscall.EROFS) || errors.Is(s.Err, syscall.ENOTSUP) {
			s.Err = nil // nothing can be lost where nothing can be written
		}
	}
	if s.Err == nil {
		s.check.look(f, s.Info)
	}
	s.Err = errors.Join(s.Err, f.Close())
	if s.Err == nil && s.link != "" {
		s.Err = make(spool.FolderSync).To(filepath.Dir(q.spoolPath(s.name)), filepath.Dir(q.o.Inbox))
	}
}

// aside runs a look that may hang, and lets whoever waits for it go when ctx ends.
func (q *Queue) aside(ctx context.Context, look func() error) error {
	if err := q.whenMounted(ctx); err != nil {
		return err
	}
	q.mu.Lock()
	if err := q.openLocked(); err != nil {
		q.mu.Unlock()
		return err
	}
	done := make(chan error, 1)
	q.looks.Go(func() { done <- look() })
	q.mu.Unlock()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lookAgain refuses to release a held link that still leads to nothing that can be uploaded, and a drop that still
// belongs to a spool, and notes what it is now.
func (q *Queue) lookAgain(ctx context.Context, id transfer.ID) error {
	q.mu.Lock()
	e := q.list.Get(id)
	if e == nil || e.State != list.Held {
		q.mu.Unlock()
		return nil
	}
	name, link := e.name(), e.link != ""
	q.mu.Unlock()
	err := q.apart(q.spoolPath(name))
	if err == nil && link {
		err = q.aside(ctx, func() error {
			f, _, _, _, err := q.follow(e)
			if err != nil {
				return err
			}
			return f.Close()
		})
	}
	var problem *transfer.Error
	if !errors.As(err, &problem) {
		return ctx.Err() // what else is wrong shows when it is sealed
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if e.State == list.Held && !e.gone && e.name() == name {
		e.problem = problem
		q.touchLocked()
		q.stageRowLocked(e)
	}
	return refuse(transfer.ErrInvalid, "release %q: %s", name, problem.Message)
}
