package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// needsNamespaces says why there can be no network namespaces here; empty: there
// can.
func needsNamespaces() string {
	if os.Geteuid() != 0 {
		return "it needs root, for network namespaces"
	}
	return notInstalled("ip", "tc")
}

// namespace makes a network namespace that goes with the stage, and everything in
// it: its ends of links and their queues.
func (s *stage) namespace(ctx context.Context, name string) (string, error) {
	sweepNamespaces(ctx)
	full := fmt.Sprintf("%s%d-%d-%s", namespacePrefix, os.Getpid(), s.namespaces.Add(1), name)
	if err := command(ctx, "ip", "netns", "add", full); err != nil {
		return "", err
	}
	s.later(func() { // also when ctx is done
		ctx, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		if err := command(ctx, "ip", "netns", "del", full); err != nil {
			s.say("namespace %s is left: %v", full, err)
		}
	})
	return full, command(ctx, "ip", "-n", full, "link", "set", "lo", "up")
}

const namespacePrefix = "sbench-"

// sweepNamespaces removes those of runs that were killed: their names tell the
// process they were made by.
func sweepNamespaces(ctx context.Context) {
	entries, _ := os.ReadDir("/run/netns") // none yet: nothing to remove
	for _, entry := range entries {
		var pid int
		if n, _ := fmt.Sscanf(entry.Name(), namespacePrefix+"%d-", &pid); n != 1 {
			continue
		}
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); os.IsNotExist(err) {
			_ = command(ctx, "ip", "netns", "del", entry.Name()) // another run may do the same
		}
	}
}

// A cable joins two namespaces. Each end sends at the rate, through a token
// bucket; 0 is as fast as the machine is.
type cable struct {
	from, to               string // namespaces
	fromAddress, toAddress string // IPv4 addresses, alone in a /30
	bits                   int64  // per second
	burst                  int64  // bytes the bucket holds
	latency                time.Duration
}

// lay makes the cable; it goes with its namespaces.
func (c cable) lay(ctx context.Context) error {
	near, far := "to-"+lastPart(c.to), "to-"+lastPart(c.from)
	if err := command(ctx, "ip", "link", "add", near, "netns", c.from, "type", "veth", "peer", "name", far, "netns", c.to); err != nil {
		return err
	}
	for _, end := range []struct{ namespace, device, address string }{{c.from, near, c.fromAddress}, {c.to, far, c.toAddress}} {
		if err := command(ctx, "ip", "-n", end.namespace, "addr", "add", end.address+"/30", "dev", end.device); err != nil {
			return err
		}
		if err := command(ctx, "ip", "-n", end.namespace, "link", "set", end.device, "up"); err != nil {
			return err
		}
		if c.bits == 0 {
			continue
		}
		if err := command(ctx, "tc", "-n", end.namespace, "qdisc", "add", "dev", end.device, "root", "tbf",
			"rate", fmt.Sprintf("%dbit", c.bits), "burst", fmt.Sprint(c.burst), "latency", fmt.Sprintf("%dus", c.latency.Microseconds())); err != nil {
			return err
		}
	}
	return nil
}

// lastPart is what a namespace was called by who made it.
func lastPart(namespace string) string {
	return namespace[strings.LastIndex(namespace, "-")+1:]
}

// command runs a short command and says what it said when it fails.
func command(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// within is a command line inside a network namespace.
func within(namespace string, args ...string) []string {
	if namespace == "" {
		return args
	}
	return append([]string{"ip", "netns", "exec", namespace}, args...)
}
