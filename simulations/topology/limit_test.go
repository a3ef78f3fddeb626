package topology

import (
	"errors"
	"math"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

// What the error says would fit does fit, and not much more does.
func TestWhatTheLimitNamesFits(t *testing.T) {
	fit := regexp.MustCompile(`up to ([0-9,]+) nodes fit`)
	rapid.Check(t, func(t *rapid.T) {
		l := Limit{Bytes: rapid.Int64Range(1<<20, 1<<45).Draw(t, "bytes")}
		nodes := rapid.IntRange(1, 1<<31).Draw(t, "nodes")
		edges := rapid.IntRange(0, 20*nodes).Draw(t, "edges")
		err := l.Check(nodes, edges)
		if (BytesFor(nodes, edges) > l.Bytes) != (err != nil) {
			t.Fatalf("%d bytes of %d: %v", BytesFor(nodes, edges), l.Bytes, err)
		}
		if err == nil {
			return
		}
		found := fit.FindStringSubmatch(err.Error())
		if found == nil || !errors.Is(err, ErrTooBig) {
			t.Fatal(err)
		}
		n, _ := strconv.Atoi(strings.ReplaceAll(found[1], ",", ""))
		degree := 2 * float64(edges) / float64(nodes)
		with := func(n float64) int64 { return BytesFor(int(n), int(n*degree/2)) }
		if with(float64(n)) > l.Bytes || with(float64(n)*1.02+2) <= l.Bytes {
			t.Fatalf("%d nodes take %d, 2 %% more take %d: %v", n, with(float64(n)), with(float64(n)*1.02+2), err)
		}
	})
}

func TestLimitSaysWhatIsNeeded(t *testing.T) {
	// 10^8·1400 + 4·10^8·2·100 bytes = 204.9 GiB; 20 GiB / (1400+8·100) = 9.76 million.
	const want = "100,000,000 nodes with 400,000,000 links need about 205 GiB, and 20 GiB are free: " +
		"too big for the memory of this machine; with 8 links for each node, up to 9,760,000 nodes fit"
	if err := (Limit{Bytes: 20 << 30}).Check(100_000_000, 400_000_000); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

func TestNoLimit(t *testing.T) {
	for _, l := range []Limit{{}, {Bytes: -1}} {
		if err := l.Check(math.MaxInt, math.MaxInt); err != nil {
			t.Error(err)
		}
	}
	if got := BytesFor(math.MaxInt, math.MaxInt); got != math.MaxInt64 {
		t.Errorf("the greatest world takes %d bytes", got)
	}
	if err := (Limit{Bytes: math.MaxInt64 - 1}).Check(math.MaxInt, math.MaxInt); err == nil {
		t.Error("the greatest world fits")
	}
	if err := (Limit{Bytes: 1}).Check(1, 0); err == nil || !strings.Contains(err.Error(), "up to 0 nodes") {
		t.Errorf("%v", err)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is written %s", n, got)
		}
	}
}

const meminfo = "MemTotal:       24684096 kB\nMemFree:        100 kB\nMemAvailable:   1000 kB\nBuffers:            9600 kB\n"

func TestSystemFree(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"nothing known":   {nil, 0},
		"no group":        {map[string]string{"proc/meminfo": meminfo}, 1000 << 10},
		"garbage":         {map[string]string{"proc/meminfo": "MemAvailable: lots\n", "proc/self/cgroup": "0::\n::\nx\n\x00"}, 0},
		"absurd":          {map[string]string{"proc/meminfo": "MemAvailable: 9223372036854775807 kB\n"}, 0},
		"absurd, below 0": {map[string]string{"proc/meminfo": "MemAvailable: -5 kB\n"}, 0},
		"version 2": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/b/memory.current": "5\n",
			"sys/fs/cgroup/a/memory.max": "500000\n", "sys/fs/cgroup/a/memory.current": "200000\n",
			"sys/fs/cgroup/a/memory.stat": "anon 7\ninactive_file 1000\nactive_file 9\n"}, 301000},
		"version 2, the group above has less": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "400000\n", "sys/fs/cgroup/a/b/memory.current": "5\n",
			"sys/fs/cgroup/a/memory.max": "500000\n", "sys/fs/cgroup/a/memory.current": "200000\n"}, 300000},
		"version 2 in a container": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n",
			"sys/fs/cgroup/memory.max": "400000\n", "sys/fs/cgroup/memory.current": "100000\n"}, 300000},
		"version 1 in a container, by the path of its host": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "8:pids:/x\n4:memory:/docker/123\n0::/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "400000\n", "sys/fs/cgroup/memory/memory.usage_in_bytes": "150000\n",
			"sys/fs/cgroup/memory/memory.stat": "inactive_file 3\ntotal_inactive_file 50000\n"}, 300000},
		"version 1 without a limit": {map[string]string{
			"proc/self/cgroup":                           "4:memory:/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n", "sys/fs/cgroup/memory/memory.usage_in_bytes": "1\n"}, 0},
		"more memory than the limit leaves": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n",
			"sys/fs/cgroup/memory.max": "400000\n", "sys/fs/cgroup/memory.current": "400001\n"}, 1},
	} {
		files := fstest.MapFS{}
		for path, text := range c.files {
			files[path] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := systemFree(files); got != c.want {
			t.Errorf("%s: %d bytes free, want %d", name, got, c.want)
		}
	}
}

func TestAvailableHonoursGOMEMLIMIT(t *testing.T) {
	before := debug.SetMemoryLimit(1 << 30)
	defer debug.SetMemoryLimit(before)
	// The process itself takes some megabytes of the gigabyte.
	if got := Available(); got <= 0 || got >= 1<<30 {
		t.Errorf("%d bytes available of a gibibyte", got)
	}
	debug.SetMemoryLimit(1)
	if got := Available(); got != 1 {
		t.Errorf("%d bytes available of one", got)
	}
}
