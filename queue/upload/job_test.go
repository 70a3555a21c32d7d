package upload

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"inboxfs/queue/transfer"
)

// file makes a job for a file with size bytes that never repeat from part to part.
func file(t *testing.T, size int) (transfer.Job, []byte) {
	t.Helper()
	data := make([]byte, size)
	x := uint32(size)*2654435761 + 1
	for i := range data {
		x = x*1664525 + 1013904223
		data[i] = byte(x >> 24)
	}
	path := filepath.Join(t.TempDir(), "a.mp4")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return transfer.Job{ID: 7, Name: "clips/a.mp4", Path: path, Size: int64(size)}, data
}

// kind asserts that err is a *transfer.Error of this kind and code.
func kind(t *testing.T, err error, k transfer.Kind, code string) {
	t.Helper()
	var e *transfer.Error
	if !errors.As(err, &e) || e.Kind != k || e.Code != code {
		t.Fatalf("error = %#v (%v), want kind %d code %s", err, err, k, code)
	}
}

const part = minPart // the smallest part there is keeps the tests small

// small are Options with small parts.
func small(parts int) Options { return Options{PartSize: part, Parts: parts} }
