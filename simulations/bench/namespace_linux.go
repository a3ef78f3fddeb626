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
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer home.Close()
	away, err := os.Open("/run/netns/" + namespace)
	if err != nil {
		return err
	}
	defer away.Close()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := enter(away)
		if err == nil {
			err = f()
			if back := enter(home); back != nil {
				done <- back
				return // still locked: the thread goes, and nothing else runs on it
			}
		}
		// A thread that ended would take the children with it that it has started.
		runtime.UnlockOSThread()
		done <- err
	}()
	return <-done
}

func enter(namespace *os.File) error {
	if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the namespace %s: %w", namespace.Name(), err)
	}
	return nil
}
