package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// croc sends by a relay of its own on this machine; the sender is a new process
// each time, which has read and hashed the file before the receiver comes. It does
// not compress, which random bytes would only slow down.
type croc struct {
	stage  *stage
	source string
	relay  *process
	at     string // of the relay
}

const (
	crocCode  = "bench-croc-murmuration" // both sides are told the same
	crocPorts = 5                        // of a relay: one to meet and four to send by
)

func (c *croc) name() string    { return "croc, own relay" }
func (c *croc) missing() string { return notInstalled("croc") }

func (c *croc) start(ctx context.Context, s *stage, source string, _ place) (err error) {
	c.source = source
	if c.stage, err = s.room("croc"); err != nil {
		return err
	}
	var ports []string
	for range crocPorts {
		port, err := unusedPort()
		if err != nil {
			return err
		}
		ports = append(ports, fmt.Sprint(port))
	}
	c.at = "127.0.0.1:" + ports[0]
	if c.relay, err = c.stage.launchCommand(ctx, c.command(ctx, "relay", "--host", "127.0.0.1", "--ports", strings.Join(ports, ","))); err != nil {
		return err
	}
	for _, port := range ports {
		if err := untilListening(ctx, c.relay, loopback, port); err != nil {
			return err
		}
	}
	return nil
}

// command is a call of croc that knows nothing of its user's settings.
func (c *croc) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "croc", args...)
	cmd.Env = append(os.Environ(), "HOME="+c.stage.dir, "XDG_CONFIG_HOME="+c.stage.dir, "CROC_SECRET="+crocCode)
	cmd.Dir = c.stage.dir
	return cmd
}

func (c *croc) transfer(ctx context.Context, _ int) (result, error) {
	common := []string{"--relay", c.at, "--yes", "--ignore-stdin", "--overwrite", "--disable-clipboard", "--no-compress"}
	sender, err := c.stage.launchCommand(ctx, c.command(ctx, append(common, "send", "--no-local", c.source)...))
	if err != nil {
		return result{}, err
	}
	defer sender.stop()
	err = until(ctx, startTime, lookEvery, "the sender", func() (bool, error) {
		return strings.Contains(sender.words.String(), crocCode), sender.alive()
	})
	if err != nil {
		return result{}, err
	}
	target := filepath.Join(c.stage.dir, "files")
	if err := os.MkdirAll(target, 0o755); err != nil {
		return result{}, err
	}
	defer os.RemoveAll(target)
	before := c.relay.cpu()
	r, err := timed(sender, c.command(ctx, append(common, "--out", target)...))
	if err != nil {
		return r, err
	}
	r.cpu += c.relay.cpu() - before
	return r, sameFile(c.source, filepath.Join(target, filepath.Base(c.source)))
}
