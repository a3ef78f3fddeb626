package topology

import (
	"bytes"
	"io/fs"
	"math"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// Available estimates the memory that this process may still take, in bytes: the
// least of what the system has free, what its control group leaves, and what
// GOMEMLIMIT leaves. 0 is unknown, as on systems that do not show it in /proc.
func Available() int64 {
	free := systemFree(os.DirFS("/"))
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		free = least(free, max(limit-int64(m.Sys-m.HeapReleased), 1))
	}
	return free
}

// systemFree reads Linux's files below root. Anywhere else they are missing,
// which makes it 0.
func systemFree(root fs.FS) int64 {
	free := int64(0)
	for line := range fileLines(root, "proc/meminfo") {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			rest, _ = strings.CutSuffix(strings.TrimSpace(rest), " kB")
			kib, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
			if err == nil && kib > 0 && kib < unlimited>>10 {
				free = kib << 10
			}
		}
	}
	for line := range fileLines(root, "proc/self/cgroup") {
		// "0::/path" is version 2, "7:memory:/path" version 1.
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(fields) < 3:
		case fields[0] == "0" && fields[1] == "":
			free = least(free, groupFree(root, version2, fields[2]))
		case fields[1] == "memory":
			free = least(free, groupFree(root, version1, fields[2]))
		}
	}
	return free
}

// A groupLayout says where one version of control groups keeps its numbers.
type groupLayout struct {
	mount, limit, used, cache string
}

var (
	version1 = groupLayout{"sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file "}
	version2 = groupLayout{"sys/fs/cgroup", "memory.max", "memory.current", "inactive_file "}
)

// groupFree is the least that a group and those above it leave; 0 if none has a
// limit. Within a container the path may be the host's: its end is then found at
// the mount.
func groupFree(root fs.FS, l groupLayout, group string) int64 {
	free := int64(0)
	for group = path.Clean("/" + group); ; group = path.Dir(group) {
		folder := path.Join(l.mount, group)
		limit, limited := fileNumber(root, path.Join(folder, l.limit))
		used, known := fileNumber(root, path.Join(folder, l.used))
		if limited && known {
			free = least(free, max(limit-used+groupCache(root, folder, l), 1))
		}
		if group == "/" {
			return free
		}
	}
}

// groupCache is what a group could give back at once: file pages nobody uses.
func groupCache(root fs.FS, folder string, l groupLayout) int64 {
	for line := range fileLines(root, path.Join(folder, "memory.stat")) {
		if rest, ok := strings.CutPrefix(line, l.cache); ok {
			n, _ := strconv.ParseUint(strings.TrimSpace(rest), 10, 62) // at most 2^62-1, 0 if it is no number
			return int64(n)
		}
	}
	return 0
}

// unlimited and more is what version 1 writes where there is no limit.
const unlimited = 1 << 62

// fileNumber reads a file of one number; "max" is none.
func fileNumber(root fs.FS, name string) (int64, bool) {
	b, err := fs.ReadFile(root, name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64)
	return n, err == nil && n >= 0 && n < unlimited
}

// fileLines are the lines of a file, none if it cannot be read.
func fileLines(root fs.FS, name string) func(yield func(string) bool) {
	b, _ := fs.ReadFile(root, name) // what cannot be read is not known
	return strings.Lines(string(b))
}

// least is the smaller of two numbers of which 0 is unknown.
func least(a, b int64) int64 {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}
