package main

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// inside does f in a network namespace: what it listens on or dials is there. The
// empty name is where we are.
func inside(namespace string, f func() error) error {
	if namespace == "" {
		return f()
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		done <- func() error {
			handle, err := os.Open("/run/netns/" + namespace)
			if err != nil {
				return err
			}
			defer handle.Close()
			if err := unix.Setns(int(handle.Fd()), unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("enter the namespace %s: %w", namespace, err)
			}
			return f()
		}()
	}()
	return <-done
}
