package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// stopTime is how long a child may take to end the kind way.
const stopTime = 5 * time.Second

// process is a child that runs beside us until stopped.
type process struct {
	cmd    *exec.Cmd
	first  *firstLine // of its stdout
	words  *lastWords // of its stderr
	exited chan struct{}
}

// launch starts a command in the background. It ends with ctx, with stop, and
// where the system can do that when this program is killed.
func launch(ctx context.Context, cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, first: newFirstLine(), words: &lastWords{}, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = p.first, p.words, stopTime
	tie(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.exited)
		_ = cmd.Wait() // how a stopped child ends tells nothing
	}()
	context.AfterFunc(ctx, p.stop)
	return p, nil
}

// line waits for the first line of stdout.
func (p *process) line(ctx context.Context) (string, error) {
	select {
	case line := <-p.first.line:
		return line, nil
	case <-p.exited:
		return "", p.died()
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// errEnded reports a process that should be running.
var errEnded = errors.New("it has ended")

func (p *process) died() error {
	return fmt.Errorf("%s: %w: %s", p.cmd.Args, errEnded, p.words)
}

// alive is an error when the process has ended.
func (p *process) alive() error {
	select {
	case <-p.exited:
		return p.died()
	default:
		return nil
	}
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// cpu returns the CPU time used so far, of a process that has ended as well.
func (p *process) cpu() time.Duration {
	if p.alive() != nil {
		return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	}
	return cpuOf(p.pid())
}

// stop ends the process the kind way, and after stopTime the other.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(stopTime)
	defer timer.Stop()
	select {
	case <-p.exited:
	case <-timer.C:
		p.cmd.Process.Kill()
		<-p.exited
	}
}

// firstLine hands on the first line that is written to it, and drops the rest.
type firstLine struct {
	line chan string
	part []byte
	told bool
}

func newFirstLine() *firstLine { return &firstLine{line: make(chan string, 1)} }

func (f *firstLine) Write(b []byte) (int, error) {
	if !f.told {
		f.part = append(f.part, b...)
		if line, _, whole := bytes.Cut(f.part, []byte("\n")); whole {
			f.told = true
			f.line <- string(line)
		}
	}
	return len(b), nil
}

// lastWords keeps the end of what is written to it, for error messages.
type lastWords struct {
	mu   sync.Mutex
	kept []byte
}

const lastWordsBytes = 2 << 10

func (l *lastWords) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, b...)
	l.kept = l.kept[max(0, len(l.kept)-lastWordsBytes):]
	return len(b), nil
}

func (l *lastWords) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.TrimSpace(string(l.kept))
}

// until asks again and again until something holds, or cannot any more.
func until(ctx context.Context, limit, every time.Duration, what string, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		done, err := holds()
		if done {
			return nil
		}
		if errors.Is(err, errEnded) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited for %s: %w", what, errors.Join(ctx.Err(), err))
		case <-ticker.C:
		}
	}
}
