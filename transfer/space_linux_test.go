package transfer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// smallDisk mounts a tmpfs of its own, or skips.
func smallDisk(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("a disk of its own wants root: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// TestDiskFull is figure A3: the disk is full, or fills at 10 to 90 % of a file.
// The download says so within 5 s, another one goes on meanwhile, and it
// completes within 30 s of there being room, without fetching anything again.
func TestDiskFull(t *testing.T) {
	for _, percent := range []int{0, 10, 50, 90} {
		t.Run(fmt.Sprint(percent, " %"), func(t *testing.T) {
			disk := smallDisk(t, "size=12m")
			synctest.Test(t, func(t *testing.T) { diskFull(t, disk, percent) })
		})
	}
}

func diskFull(t *testing.T, disk string, percent int) {
	s, other := newSample(t, 40*groupBytes, 1), newSample(t, 20*groupBytes, 2)
	n := newNetwork(t, false)
	up := n.options("a")
	up.UpBytesPerSec = 1 << 20
	a, z := n.start("a", up, nil), n.start("z", n.options("z"), nil)
	src := &fake{sample: s}
	ballast := filepath.Join(disk, "ballast")
	fill := func() { // takes all room but what percent of the file needs
		b := make([]byte, 1<<20)
		f, err := os.Create(ballast)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for err == nil {
			_, err = f.Write(b)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	if percent == 0 {
		fill()
	} else {
		src.group = func(_ int, b []byte) []byte {
			if src.sent() == 40*percent/100 {
				fill()
			}
			return b
		}
	}
	n.serve("src", src.serve)
	a.share(other)
	start := time.Now()
	if _, err := z.Get(Request{ID: other.id, Name: "other", Sources: []Source{"a"}}); err != nil {
		t.Fatal(err)
	}
	got := z.get(Request{ID: s.id, Name: "f", Dir: disk, Sources: []Source{"src"}})
	if got.Fail != FailNoSpace || !strings.Contains(got.Reason, "no space") || time.Since(start) > 5*time.Second {
		t.Fatalf("%s after %v: %s", got.Fail, time.Since(start), got.Reason)
	}
	want(t, other, z.wait(other.id, func(st Status) bool { return st.State.Final() }))
	held := z.Downloads()[1].HaveBytes
	os.Remove(ballast)
	freed := time.Now()
	for {
		st, changed := z.download(s.id).look()
		if st.State == Done {
			want(t, s, st)
			break
		}
		if time.Since(freed) > 30*time.Second {
			t.Fatalf("still %s: %s", st.State, st.Reason)
		}
		<-changed
	}
	if total := z.Downloads()[1].FetchedBytes; total != int64(len(s.data)) {
		t.Errorf("fetched %d bytes in all of %d, %d were held when the disk was full", total, len(s.data), held)
	}
}
