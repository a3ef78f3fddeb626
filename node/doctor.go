package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"starling/config"
)

// The outcomes of a check.
const (
	checkOK   = "ok"
	checkWarn = "warn"
	checkFail = "fail"
)

// Free space below which doctor speaks up.
const (
	spaceWarnBytes = 1 << 30
	spaceFailBytes = 64 << 20
)

func ok(name, found string) Check           { return Check{Name: name, Result: checkOK, Found: found} }
func warn(name, found, remedy string) Check { return Check{name, checkWarn, found, remedy} }
func fail(name, found, remedy string) Check { return Check{name, checkFail, found, remedy} }

// Diagnose looks for what keeps a node from working: first at its files, then at the running node, or at the machine when none runs. It
// changes nothing.
func Diagnose(ctx context.Context, c *config.Config) []Check {
	dir := c.Node.StateDir
	checks := []Check{checkStateDir(dir), checkIdentity(dir), checkClock(dir, time.Now()), checkSpace("downloads disk", c.Node.Downloads), checkSpace("state disk", dir)}
	client, err := Dial(dir)
	if err == nil {
		defer client.Close()
		var status Status
		if status, err = client.Status(ctx); err == nil {
			return append(checks, checkRunning(status)...)
		}
	}
	if errors.Is(err, ErrNotRunning) {
		checks = append(checks, warn("node", "no node is running", "start one: starling up"))
	} else {
		checks = append(checks, fail("node", err.Error(), "stop it by its process id and start it again"))
	}
	return append(checks, checkPort(c.Overlay), checkInterfaces(localInterfaces()))
}

func checkStateDir(dir string) Check {
	const name = "state folder"
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ok(name, dir+" will be made at the first start")
	case err != nil:
		return fail(name, err.Error(), "choose another folder with --state DIR")
	case !info.IsDir():
		return fail(name, dir+" is not a folder", "choose another with --state DIR")
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return warn(name, fmt.Sprintf("%s is open to others of this machine (mode %04o)", dir, info.Mode().Perm()), "chmod 700 "+QuoteArg(dir))
	}
	probe, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return fail(name, "cannot be written: "+err.Error(), "give this user the right to write there, or choose another with --state DIR")
	}
	probe.Close()
	os.Remove(probe.Name())
	return ok(name, dir)
}

// checkIdentity looks at the key's file without reading the key.
func checkIdentity(dir string) Check {
	const name = "identity"
	path := filepath.Join(dir, identityName)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ok(name, "a key will be made at the first start")
	case err != nil:
		return fail(name, err.Error(), "give this user the right to read it")
	case !info.Mode().IsRegular():
		return fail(name, path+" is not a plain file", "move it away; a new key, and so a new node id, will be made")
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return fail(name, fmt.Sprintf("%s can be read by others (mode %04o)", path, info.Mode().Perm()), "chmod 600 "+QuoteArg(path))
	case info.Size() == 0:
		return fail(name, path+" is empty", "put a backup back, or move it away to get a new node id")
	}
	return ok(name, path)
}

// checkClock compares the clock with what must lie in the past: the build of this program and the files the node has written.
func checkClock(dir string, now time.Time) Check {
	const name, remedy = "clock", "set the clock; signed hits of a node whose clock is hours off are not believed"
	past, source := BuildInfo().time, "this program was built"
	entries, _ := os.ReadDir(dir) // a folder that cannot be read has been reported
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.ModTime().After(past) {
			past, source = info.ModTime(), entry.Name()+" was written"
		}
	}
	if now.Add(time.Minute).Before(past) {
		return fail(name, fmt.Sprintf("it says %s, but %s at %s", now.Format(time.DateTime), source, past.Format(time.DateTime)), remedy)
	}
	return ok(name, now.Format("2006-01-02 15:04:05 MST"))
}

// checkSpace asks about the nearest folder above dir that exists.
func checkSpace(name, dir string) Check {
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	free, err := freeBytes(dir)
	found := fmt.Sprintf("%d MB free at %s", free/1e6, dir)
	switch {
	case err != nil:
		return warn(name, err.Error(), "")
	case free < spaceFailBytes:
		return fail(name, found, "free some space; downloads stop when there is none")
	case free < spaceWarnBytes:
		return warn(name, found, "free some space before you fetch large files")
	}
	return ok(name, found)
}

// checkRunning judges what the running node says of itself.
func checkRunning(s Status) []Check {
	checks := []Check{ok("node", fmt.Sprintf("process %d, %s", s.PID, s.Version))}
	if len(s.Addresses) == 0 {
		checks = append(checks, fail("port", "the node listens nowhere", "look at overlay.listen and overlay.port with 'starling config show --origin'"))
	} else {
		checks = append(checks, ok("port", strings.Join(s.Addresses, " ")))
	}
	checks = append(checks, checkInterfaces(s.Reach.Interfaces), checkMulticast(s.Reach))
	for _, notice := range s.Notices {
		checks = append(checks, checkNotice(notice))
	}
	if s.Neighbours == 0 {
		return append(checks, warn("neighbours", "none", "type on the other machine: "+s.Reach.Invite))
	}
	return append(checks, ok("neighbours", fmt.Sprint(s.Neighbours)))
}

// checkNotice sorts a notice by what it is about.
func checkNotice(notice string) Check {
	if strings.HasPrefix(notice, shareNotice) || strings.Contains(notice, damageNotice) {
		return warn("shares", notice, "")
	}
	return warn("state files", notice, "")
}

func checkInterfaces(names []string) Check {
	if len(names) == 0 {
		return warn("interfaces", "only loopback is up", "connect this machine to a network; nodes on this machine still find each other")
	}
	return ok("interfaces", strings.Join(names, ", "))
}

func checkMulticast(r Reach) Check {
	switch {
	case !r.LAN:
		return ok("multicast", "not used (overlay.lan is false)")
	case r.Multicast == "works":
		return ok("multicast", r.Multicast)
	}
	return warn("multicast", r.Multicast, "let UDP port 5353 through the firewall, or join by hand with 'starling connect'")
}

// checkPort tries the port the next node would take.
func checkPort(o config.Overlay) Check {
	if len(o.Listen) > 0 {
		return ok("port", "will listen on "+strings.Join(o.Listen, " "))
	}
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", o.Port))
	if err != nil {
		return warn("port", fmt.Sprintf("TCP port %d: %v", o.Port, err), "the node will take the next free one; name it in firewalls with overlay.port")
	}
	defer l.Close()
	return ok("port", fmt.Sprintf("TCP port %d is free", l.Addr().(*net.TCPAddr).Port))
}

// localInterfaces lists the interfaces that are up, without loopback.
func localInterfaces() []string {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var out []string
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		line := i.Name
		addresses, _ := i.Addrs()
		for _, a := range addresses {
			line += " " + a.String()
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}
