package forward

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Program is a proxy program that runs: tinyproxy (http) or microsocks (socks5), of the Debian packages tinyproxy-bin
// and microsocks.
type Program struct {
	URL *url.URL // with user name and password

	process *exec.Cmd
	ended   chan error
}

// Run starts the program for a kind of proxy, with its files in dir. Where it is not installed the error is
// exec.ErrNotFound. What it is asked for goes to onward, another HTTP proxy, unless that is nil, which microsocks
// needs. The caller must Close it.
func Run(dir, kind, user, password string, onward *url.URL) (*Program, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("forward: %w", err)
	}
	at := l.Addr().(*net.TCPAddr)
	if err := l.Close(); err != nil { // the program takes its place
		return nil, fmt.Errorf("forward: %w", err)
	}
	p := &Program{URL: &url.URL{Scheme: kind, Host: at.String()}, ended: make(chan error, 1)}
	if user != "" {
		p.URL.User = url.UserPassword(user, password)
	}
	if p.process, err = command(dir, kind, at.Port, user, password, onward); err != nil {
		return nil, err
	}
	if err := p.process.Start(); err != nil {
		return nil, fmt.Errorf("forward: %w", err)
	}
	go func() { p.ended <- p.process.Wait() }()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		c, err := net.Dial("tcp", at.String())
		if err == nil {
			return p, c.Close()
		}
		select {
		case err := <-p.ended:
			p.ended <- err
			return nil, fmt.Errorf("forward: %s ended: %w", p.process.Path, errors.Join(err, p.Close()))
		default:
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("forward: %s does not listen: %w", p.process.Path, errors.Join(err, p.Close()))
		}
	}
}

// Close ends the program.
func (p *Program) Close() error {
	err := p.process.Process.Kill()
	<-p.ended
	p.ended <- nil // for a second Close
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

func command(dir, kind string, port int, user, password string, onward *url.URL) (*exec.Cmd, error) {
	if kind == "socks5" {
		path, err := exec.LookPath("microsocks")
		args := []string{"-i", "127.0.0.1", "-p", fmt.Sprint(port)}
		if user != "" {
			args = append(args, "-u", user, "-P", password)
		}
		return exec.Command(path, args...), err
	}
	path, err := exec.LookPath("tinyproxy")
	if err != nil {
		return nil, err
	}
	config := fmt.Sprintf("Port %d\nListen 127.0.0.1\nTimeout 60\nMaxClients 100\nLogLevel Critical\n", port)
	if os.Geteuid() == 0 { // it leaves root behind, and can
		config += "User nobody\nGroup nogroup\n"
	}
	if user != "" {
		config += fmt.Sprintf("BasicAuth %s %s\n", user, password)
	}
	if onward != nil {
		config += "Upstream http " + onward.Host + "\n"
	}
	file := filepath.Join(dir, "tinyproxy.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, fmt.Errorf("forward: %w", err)
	}
	return exec.Command(path, "-d", "-c", file), nil
}
