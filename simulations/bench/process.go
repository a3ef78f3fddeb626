package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// process is a child that serves until stopped.
type process struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner // of its stdout
}

// launch starts a command and keeps its stdout for reading.
func launch(ctx context.Context, name string, args ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &process{cmd: cmd, lines: bufio.NewScanner(out)}, nil
}

// line reads one line of stdout.
func (p *process) line() (string, error) {
	if !p.lines.Scan() {
		return "", fmt.Errorf("%s ended before it said anything", p.cmd.Path)
	}
	return p.lines.Text(), nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop ends the process the kind way, and after five seconds the other.
func (p *process) stop() {
	if p == nil {
		return
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.AfterFunc(5*time.Second, func() { p.cmd.Process.Kill() })
	defer timer.Stop()
	_ = p.cmd.Wait()
}

// timed runs a receiver to its end beside a serving process and measures both.
func timed(sender *process, receiver *exec.Cmd) (result, error) {
	before := cpuOf(sender.pid())
	resetPeak(sender.pid())
	began := time.Now()
	out, err := receiver.CombinedOutput()
	r := result{elapsed: time.Since(began)}
	if err != nil {
		return r, fmt.Errorf("%s: %w\n%s", receiver.Path, err, out)
	}
	r.cpu = cpuOf(sender.pid()) - before + receiver.ProcessState.UserTime() + receiver.ProcessState.SystemTime()
	r.rss = [2]int64{peakOf(sender.pid()), peakOfFinished(receiver.ProcessState)}
	return r, nil
}
