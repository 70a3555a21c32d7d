package status

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"inboxfs/control/client"
)

// Show writes what the queue of the mount at dir is like, once.
func Show(ctx context.Context, dir string, out *os.File) error {
	o, err := client.Read(ctx, dir, overview)
	if err != nil {
		return err
	}
	if s := terminal(out); s != nil {
		return s.print(layout(o, dir, s.width, whole, time.Now()))
	}
	return write(out, layout(o, dir, 0, whole, time.Now()))
}

func write(out io.Writer, lines []line) error {
	var b bytes.Buffer
	for _, l := range lines {
		b.WriteString(l.text + "\n")
	}
	_, err := out.Write(b.Bytes())
	return err
}

// JSON writes one object: queue, with the keys of that file, and list, which is list.json.
func JSON(ctx context.Context, dir string, out io.Writer) error {
	b, err := client.Read(ctx, dir, object)
	if err != nil {
		return err
	}
	_, err = out.Write(b)
	return err
}

func object(dir string) ([]byte, error) {
	glance, err := os.ReadFile(filepath.Join(dir, "status.json"))
	if err != nil {
		return nil, err
	}
	var read struct{ Queue json.RawMessage }
	if err := json.Unmarshal(glance, &read); err != nil {
		return nil, fmt.Errorf("status.json: %w", err)
	}
	listed, err := os.ReadFile(filepath.Join(dir, "list.json"))
	if err != nil {
		return nil, err
	}
	b := bytes.NewBufferString(`{"queue":`)
	b.Write(read.Queue)
	b.WriteString(",\n\"list\":")
	b.Write(bytes.TrimSuffix(listed, []byte("\n")))
	b.WriteString("}\n")
	return b.Bytes(), nil
}
