package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
)

// rawTCP is the wall of a link: one TCP connection, a copy loop on either side,
// no encryption, nothing verified.
type rawTCP struct {
	at              place
	work, source    string
	server          *process
	listenerAddress string
}

func (r *rawTCP) name() string    { return "raw TCP copy" }
func (r *rawTCP) missing() string { return "" }

func (r *rawTCP) start(ctx context.Context, s *stage, source string, at place) (err error) {
	r.work, r.source, r.at = s.dir, source, at
	if r.server, err = s.launch(ctx, within(at.server, self(), "child-raw-serve", source, at.address)...); err != nil {
		return err
	}
	r.listenerAddress, err = r.server.line(ctx)
	return err
}

func (r *rawTCP) transfer(ctx context.Context, _ int) (result, error) {
	target := filepath.Join(r.work, "raw.bin")
	defer os.Remove(target)
	line := within(r.at.client, self(), "child-raw-get", r.listenerAddress, target)
	res, err := timed(r.server, exec.CommandContext(ctx, line[0], line[1:]...))
	if err != nil {
		return res, err
	}
	return res, sameFile(r.source, target)
}

func serveRaw(source, address string) error {
	l, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		if err := sendRaw(c, source); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

func sendRaw(c net.Conn, source string) error {
	defer c.Close()
	f, err := os.Open(source)
	if err != nil {
		return err
	}
	defer f.Close()
	return copyPlainly(c, f)
}

func getRaw(address, target string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	f, err := os.Create(target)
	if err != nil {
		return err
	}
	defer f.Close()
	return copyPlainly(f, c)
}

// copyPlainly reads and writes: no sendfile, no splice, which nothing that
// encrypts or verifies could use.
func copyPlainly(w io.Writer, r io.Reader) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, make([]byte, copyBuffer))
	return err
}
