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

// TestDiskFull fills the disk at 0 to 90 % of a file. The download says so within
// 5 s, another one goes on meanwhile, and it completes within 30 s of there being
// room, without fetching anything again.
func TestDiskFull(t *testing.T) {
	for percent := 0; percent < 100; percent += 10 {
		t.Run(fmt.Sprint(percent, " %"), func(t *testing.T) {
			disk := smallDisk(t, "size=12m")
			synctest.Test(t, func(t *testing.T) { diskFull(t, disk, percent, func(o *Options) { o.Dir = disk }) })
		})
	}
}

// TestStateDiskFull fills the disk of the state folder, alone and with the
// downloads on it.
func TestStateDiskFull(t *testing.T) {
	for name, both := range map[string]bool{"state": false, "both": true} {
		t.Run(name, func(t *testing.T) {
			disk := smallDisk(t, "size=12m")
			synctest.Test(t, func(t *testing.T) {
				diskFull(t, disk, 0, func(o *Options) {
					o.StateDir = filepath.Join(disk, "state")
					if both {
						o.Dir = disk
					}
				})
			})
		})
	}
}

func diskFull(t *testing.T, disk string, percent int, lay func(*Options)) {
	s, other := newSample(t, 40*groupBytes, 1), newSample(t, 20*groupBytes, 2)
	n := newNetwork(t, false)
	up := n.options("a")
	up.UpBytesPerSec = 1 << 20
	o := n.options("z")
	elsewhere := o.Dir
	lay(&o)
	a, z := n.start("a", up, nil), n.start("z", o, nil)
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
	if _, err := z.Get(Request{ID: other.id, Name: "other", Dir: elsewhere, Sources: []Source{"a"}}); err != nil {
		t.Fatal(err)
	}
	got := z.get(Request{ID: s.id, Name: "f", Sources: []Source{"src"}})
	if got.Fail != FailNoSpace || !strings.Contains(got.Reason, "no space") || time.Since(start) > 5*time.Second {
		t.Fatalf("%s after %v: %s", got.Fail, time.Since(start), got.Reason)
	}
	t.Logf("it says after %v: %s", time.Since(start), got.Reason)
	if !strings.HasPrefix(o.StateDir, disk) { // else there is no room for any journal
		want(t, other, z.wait(other.id, func(st Status) bool { return st.State.Final() }))
	}
	held := z.Downloads()[1].HaveBytes
	os.Remove(ballast)
	goesOn(t, z, s)
	if total := z.Downloads()[1].FetchedBytes; total != int64(len(s.data)) {
		t.Errorf("fetched %d bytes in all of %d, %d were held when the disk was full", total, len(s.data), held)
	}
}

// goesOn waits for a download that the disk had no room for.
func goesOn(t *testing.T, z *node, s sample) {
	t.Helper()
	freed := time.Now()
	for {
		st, changed := z.download(s.id).look()
		switch {
		case st.State == Done:
			t.Logf("it is complete %v after there was room", time.Since(freed))
			want(t, s, st)
			return
		case time.Since(freed) > 30*time.Second:
			t.Fatalf("still %s: %s", st.State, st.Reason)
		}
		select {
		case <-changed:
		case <-time.After(time.Second): // of virtual time: it may never try again
		}
	}
}
