package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"starling/node"
)

// How long commands wait for a node to come up or to go, and how often they look.
const (
	startWait = 30 * time.Second
	stopWait  = 30 * time.Second
	lookEvery = 20 * time.Millisecond
)

// detach starts this very command line again without --detach in a process of its own and returns when that one answers.
func (a *app) detach(ctx context.Context) error {
	loaded, err := a.settings.load()
	if err != nil {
		return err
	}
	dir := loaded.Node.StateDir
	if client, err := node.Dial(dir); err == nil {
		client.Close()
		return &node.BusyError{Dir: dir, PID: client.PID()}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the state folder: %w", err)
	}
	logPath := filepath.Join(dir, logName)
	child, err := a.spawn(logPath)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	return a.awaitChild(ctx, dir, logPath, child, ended)
}

func (a *app) spawn(logPath string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	log, err := os.OpenFile(logPath, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	defer log.Close()
	child := exec.Command(self, withoutDetach(os.Args[1:])...)
	child.Stdout, child.Stderr = log, log
	child.SysProcAttr = ownSession()
	if err := child.Start(); err != nil {
		return nil, fmt.Errorf("start the node: %w", err)
	}
	return child, nil
}

// withoutDetach drops the flag in all its spellings.
func withoutDetach(args []string) []string {
	return slices.DeleteFunc(slices.Clone(args), func(arg string) bool {
		return arg == "-d" || arg == "--detach" || strings.HasPrefix(arg, "--detach=")
	})
}

// awaitChild returns when the child's API answers, when it ends, or when it takes too long.
func (a *app) awaitChild(ctx context.Context, dir, logPath string, child *exec.Cmd, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			return &exitError{code: max(exitFailed, child.ProcessState.ExitCode()), err: errors.New(lastWords(logPath, err))}
		case <-ctx.Done():
			return fmt.Errorf("the node (process %d) does not answer yet; its log is %s: %w", child.Process.Pid, logPath, ctx.Err())
		case <-look.C:
			if client, err := node.Dial(dir); err == nil {
				defer client.Close()
				return a.sayDetached(ctx, client, logPath)
			}
		}
	}
}

func (a *app) sayDetached(ctx context.Context, client *node.Client, logPath string) error {
	status, err := client.Status(ctx)
	if err != nil || a.json {
		return firstError(err, func() error { return a.emit(status) })
	}
	fmt.Fprintln(a.out, status.PID)
	a.sayf("%s in the background as process %d; log in %s", green.in(a.talk, "up"), status.PID, node.Display(logPath))
	a.sayf("  stop it with: %s", downLine(status.StateDir))
	return nil
}

// lastWords is the end of a log, where the reason stands, or else how the process ended.
func lastWords(logPath string, ended error) string {
	text, err := logTail(logPath)
	words := strings.TrimSpace(text)
	switch {
	case err != nil:
		return fmt.Sprintf("the node stopped at once (%v), and its log cannot be read: %v", ended, err)
	case words == "":
		return fmt.Sprintf("the node stopped at once (%v) and said nothing", ended)
	}
	return strings.TrimPrefix(words, "starling: ")
}

// logTailBytes is enough for a reason and the lines before it.
const logTailBytes = 2000

func logTail(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	from := max(0, info.Size()-logTailBytes)
	text, err := io.ReadAll(io.NewSectionReader(file, from, logTailBytes))
	return string(text), err
}
