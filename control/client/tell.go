package client

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Tell writes a line to control of the mount at dir and returns, when what it asks for holds, what control says to it.
// The error has the words of a refusal, and wraps its errno.
func Tell(ctx context.Context, dir, line string) (said string, err error) {
	verb, _, _ := strings.Cut(line, " ")
	if strings.ContainsAny(line, "\n\x00") {
		return "", fmt.Errorf("%s: a line cannot hold a line break; name the file as #ID, or as a Go-quoted string",
			verb)
	}
	f, err := Read(ctx, dir, open)
	if err != nil {
		return "", err
	}
	written := make(chan error, 1)
	go func() {
		_, err := f.WriteString(line + "\n")
		written <- err
	}()
	select {
	case err = <-written:
	case <-ctx.Done(): // the process ends, and the write with it
		return "", fmt.Errorf("%s: given up before it was answered", verb)
	}
	said = firstLine(f)
	why, refused := strings.CutPrefix(said, "error: ")
	switch {
	case err == nil:
		return strings.TrimPrefix(said, "ok: "), f.Close()
	case refused:
		err = refusal{why, err}
	default: // it did not get as far as control
		err = explain(dir, err)
	}
	return "", errors.Join(err, f.Close())
}

// refusal is why control refused a line, and the errno of the write.
type refusal struct {
	words string
	errno error
}

func (r refusal) Error() string { return r.words }
func (r refusal) Unwrap() error { return r.errno }

// open opens control, unless it is a file of that name in an ordinary folder.
func open(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "control"), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if said := firstLine(f); strings.HasPrefix(said, "ok: ") || strings.HasPrefix(said, "error: ") {
		return f, nil
	}
	return nil, errors.Join(fs.ErrNotExist, f.Close())
}

// firstLine is what control says; "" if it cannot be read, which says nothing about what was written.
func firstLine(f *os.File) string {
	words := make([]byte, 4096)
	n, _ := f.ReadAt(words, 0)
	said, _, _ := strings.Cut(string(words[:n]), "\n")
	return said
}
