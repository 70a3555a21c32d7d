package client

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Tell writes a line to control of the mount at dir and returns, when what it asks for holds, what control says to it. The
// error has the words of a refusal, and wraps its errno.
func Tell(ctx context.Context, dir, line string) (said string, err error) {
	verb, _, _ := strings.Cut(line, " ")
	if strings.ContainsAny(line, "\n\x00") {
		return "", fmt.Errorf("%s: a line cannot hold a line break; name the file as #ID, or as a Go-quoted string", verb)
	}
	f, err := Read(ctx, dir, func(dir string) (*os.File, error) { return os.OpenFile(filepath.Join(dir, "control"), os.O_RDWR, 0) })
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
	words := make([]byte, 4096)
	n, _ := f.ReadAt(words, 0) // only for the words: err says whether it was refused
	said, _, _ = strings.Cut(string(words[:n]), "\n")
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
