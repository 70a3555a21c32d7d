package faultproxy

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
)

// exchange is one request on the line.
type exchange struct {
	p      *Proxy
	client net.Conn
	in     *bufio.Reader // from the client
	r      *http.Request
	body   []byte
	raw    []byte // all of the request
	action string
}

const page = "<html><head><title>502 Bad Gateway</title></head><body>Please log in.<br></body></html>"

// handle does to the request what the fault says. It returns whether the connection goes on.
func (x *exchange) handle(f Fault) bool {
	switch f {
	case LostBefore:
		return x.reset()
	case LostAfter:
		x.forward(x.raw)
		return x.reset()
	case Twice:
		answer := x.forward(x.raw)
		x.forward(x.raw)
		return x.answer(answer)
	case TwiceLast:
		x.forward(x.raw)
		return x.answer(x.forward(x.raw))
	case Hang:
		x.left()
		return false
	case Late:
		x.p.belate(x.what(), x.raw)
		x.left()
		return false
	case LateAnswer:
		x.forward(x.raw)
		x.left()
		return false
	case CutRequest:
		x.send(x.raw[:len(x.raw)-1-max(len(x.body), len(x.raw)-len(x.body))/2])
		return x.reset()
	case CutAnswer:
		head, body := split(x.forward(x.raw))
		if len(body) == 0 {
			x.write(head[:len(head)/2])
		} else {
			x.write(append(head, body[:len(body)/2]...))
		}
		return x.reset()
	case HTML200:
		x.forward(x.raw)
		return x.answer(fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s",
			len(page), x.visible(page)))
	case HTML502:
		return x.answer(fmt.Appendf(nil,
			"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s", len(page),
			x.visible(page)))
	case Empty200:
		x.forward(x.raw)
		return x.answer([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
	case CutXML:
		head, body := split(x.forward(x.raw))
		body = append(body[:len(body)/2:len(body)/2], "<Cut"...)
		return x.answer(append(length(head, func(int) int { return len(body) }), x.visible(string(body))...))
	case LongLength:
		head, body := split(x.forward(x.raw))
		x.write(append(length(head, func(n int) int { return n + 100 }), body...))
		return false
	case ShortLength:
		head, body := split(x.forward(x.raw))
		return x.answer(append(length(head, func(n int) int { return n / 2 }), body...))
	}
	answer := x.forward(x.raw)
	if late := x.p.overdue(x.what()); late != nil {
		x.forward(late)
	}
	return x.answer(answer)
}

// what is the same for a request and its repetition.
func (x *exchange) what() string {
	if x.r.URL.Path == "/" {
		return x.action
	}
	return x.action + x.r.URL.RequestURI()
}

// visible is a body, or nothing where the answer to the request has none.
func (x *exchange) visible(body string) string {
	if x.r.Method == http.MethodHead {
		return ""
	}
	return body
}

// forward asks the endpoint and returns all of its answer; nil when there is none.
func (x *exchange) forward(request []byte) []byte {
	c, err := x.p.dial()
	if err != nil {
		return nil
	}
	defer c.Close() // it was read to its end
	if _, err := c.Write(request); err != nil {
		return nil
	}
	var raw bytes.Buffer
	resp, err := http.ReadResponse(bufio.NewReader(io.TeeReader(c, &raw)), x.r)
	if err != nil {
		return nil
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return nil
	}
	return raw.Bytes()
}

// send lets the endpoint see bytes, and no more.
func (x *exchange) send(some []byte) {
	if c, err := x.p.dial(); err == nil {
		_, _ = c.Write(some)                 // a broken line is what is wanted
		_, _ = io.Copy(io.Discard, ended(c)) // until the endpoint has done with it
		_ = c.Close()                        // likewise
	}
}

// ended is c, to which nothing more is written.
func ended(c net.Conn) net.Conn {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.CloseWrite() // fails on a connection that has ended already
	}
	return c
}

// write and answer give the client bytes; it may have left.
func (x *exchange) write(some []byte) { _, _ = x.client.Write(some) }

func (x *exchange) answer(all []byte) bool {
	_, err := x.client.Write(all)
	return err == nil && all != nil
}

// left waits until the client has left.
func (x *exchange) left() { _, _ = x.in.ReadByte() } // whatever comes, the client has no more use for this request

// reset ends the client's connection the hard way.
func (x *exchange) reset() bool {
	if tcp, ok := x.client.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails on a connection that is gone already
	}
	return false
}

// split takes an answer apart: its head with the blank line, and its body.
func split(answer []byte) (head, body []byte) {
	before, after, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	return append(bytes.Clone(before), "\r\n\r\n"...), after
}

var contentLength = regexp.MustCompile(`(?i)\r\nContent-Length: (\d+)`)

// length is a head with another Content-Length.
func length(head []byte, is func(int) int) []byte {
	return contentLength.ReplaceAllFunc(head, func(line []byte) []byte {
		n, err := strconv.Atoi(string(contentLength.FindSubmatch(line)[1]))
		if err != nil {
			return line
		}
		return fmt.Appendf(nil, "\r\nContent-Length: %d", is(n))
	})
}
