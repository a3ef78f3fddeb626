package share

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// systemTrees are refused with all below them: settings, secrets, logs, mail and
// data of programs and of other users.
var systemTrees = strings.Fields(`/etc /boot /proc /sys /dev /run /lost+found /cores /usr/local/etc
	/var/lib /var/mail /var/spool /var/log /var/backups /var/db /var/root /var/run /System /Library
	/private/etc /private/var/db /private/var/root /private/var/mail /private/var/spool /private/var/log /private/var/backups /private/var/run`)

// systemSpots are refused themselves; folders in them may be somebody's own.
var systemSpots = strings.Fields("/root /var /home /var/home /Users /tmp /var/tmp /private /private/var /private/tmp /Volumes /run/media")

// ownInSystem are exceptions: disks that were plugged in, and memory.
var ownInSystem = []string{"/run/media", "/dev/shm"}

func systemFolder(dir string) bool {
	if runtime.GOOS == "windows" {
		return windowsFolder(filepath.ToSlash(dir[len(filepath.VolumeName(dir)):]))
	}
	if slices.ContainsFunc(systemSpots, func(spot string) bool { return sameFolder(dir, spot) }) {
		return true
	}
	if slices.ContainsFunc(ownInSystem, func(own string) bool { return dir != own && within(dir, own) }) {
		return false
	}
	return slices.ContainsFunc(systemTrees, func(tree string) bool { return leadsThrough(dir, tree) })
}

// windowsTrees are refused on every drive, whatever is below them.
var windowsTrees = []string{"windows", "windows.old", "program files", "program files (x86)", "programdata", "system volume information", "$recycle.bin", "recovery",
	"perflogs", "boot", "efi", "msocache", "$windows.~bt", "$winreagent", "documents and settings"}

// windowsFolder takes the path behind the drive, with slashes.
func windowsFolder(path string) bool {
	first, rest, _ := strings.Cut(strings.Trim(strings.ToLower(path), "/"), "/")
	first = strings.TrimRight(first, " .")
	return slices.Contains(windowsTrees, first) || first == "users" && rest == ""
}

// leadsThrough says whether path is dir or lies in it. Both are clean and
// absolute. It compares what is on the disk too, which a name in other letters, a
// folder that is mounted twice or a short name cannot get round.
func leadsThrough(path, dir string) bool {
	if within(path, dir) {
		return true
	}
	info, err := os.Stat(dir)
	if err != nil {
		return false
	}
	for p := path; filepath.Dir(p) != p; p = filepath.Dir(p) {
		if at, err := os.Stat(p); err == nil && os.SameFile(at, info) {
			return true
		}
	}
	return false
}

func sameFolder(a, b string) bool {
	if a == b {
		return true
	}
	at, errA := os.Stat(a)
	other, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(at, other)
}
