package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// runChild is this program in the part of one side of a transfer.
func runChild(part string, args []string) {
	err := errors.New("no such part")
	switch part {
	case "child-http-serve":
		err = serveHTTP(args[0])
	case "child-http-get":
		err = getHTTP(args[0], args[1])
	case "child-bare-serve":
		err = serveBare(args[0])
	case "child-bare-get":
		err = getBare(args[0], args[1])
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench %s: %v\n", part, err)
		os.Exit(1)
	}
}

// untilListening waits for a server to take connections.
func untilListening(ctx context.Context, port int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no server on port %d: %w", port, err)
		case <-ticker.C:
		}
	}
}

func sameSize(source, target string) error {
	a, err := os.Stat(source)
	if err != nil {
		return err
	}
	b, err := os.Stat(target)
	if err != nil {
		return err
	}
	if a.Size() != b.Size() {
		return fmt.Errorf("%d of %d bytes arrived", b.Size(), a.Size())
	}
	return nil
}
