package main

import (
	"errors"
	"fmt"
	"os"
)

// runChild is this program in the part of one side of a transfer.
func runChild(part string, args []string) {
	parts := map[string]func(args []string) error{
		"child-http-serve": func(args []string) error { return serveHTTP(args[0], args[1]) },
		"child-http-get":   func(args []string) error { return getHTTP(args[0], args[1]) },
		"child-bare-serve": func(args []string) error { return serveBare(args[0], args[1]) },
		"child-raw-serve":  func(args []string) error { return serveRaw(args[0], args[1]) },
		"child-raw-get":    func(args []string) error { return getRaw(args[0], args[1]) },
		"child-liar":       func(args []string) error { return serveLiar(args[0], args[1], args[2], args[3]) },
		"child-hash-share": func(args []string) error { return hashShare(args[0], args[1], args[2]) },
		"child-hash-zeebo": func(args []string) error { return hashZeebo(args[0], args[1]) },
		"child-bare-get":   func(args []string) error { return getBare(args[0], args[1]) },
	}
	err := errors.New("no such part")
	if play, ok := parts[part]; ok {
		err = play(args)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench %s: %v\n", part, err)
		os.Exit(1)
	}
}
