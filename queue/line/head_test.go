package line

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestHeadLeavesWithItsBody: a small file takes one packet, and a request whose body was in memory is not kept back,
// whatever that ends with.
func TestHeadLeavesWithItsBody(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	first := make(chan string)
	go func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for p := make([]byte, 64<<10); ; {
			n, err := c.Read(p)
			if err != nil {
				return
			}
			first <- string(p[:n])
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") // the client says what came of it
		}
	}()
	l := New(&http.Transport{WriteBufferSize: 16 << 10}, Options{Connect: time.Second})
	defer l.CloseIdleConnections()
	content := strings.Repeat("content ", 1000)
	for what, body := range map[string]io.Reader{
		"of a file":          io.MultiReader(strings.NewReader(content)),
		"of a file of lines": io.MultiReader(strings.NewReader(content + "\r\n\r\n")),
		"in memory":          bytes.NewReader([]byte(content)),
		"of lines in memory": strings.NewReader(content + "\r\n\r\n"),
	} {
		ctx := Watched(context.Background(), 10*time.Second)
		r, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+listener.Addr().String(), body)
		if err != nil {
			t.Fatal(err)
		}
		if r.ContentLength = int64(len(content)); strings.Contains(what, "lines") {
			r.ContentLength += 4
		}
		went := make(chan error, 1)
		go func() {
			resp, err := l.RoundTrip(r)
			if err == nil {
				err = resp.Body.Close()
			}
			went <- err
		}()
		if got := <-first; !strings.Contains(got, content) {
			t.Fatalf("%s: first came %q", what, got)
		}
		if err := <-went; err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}
