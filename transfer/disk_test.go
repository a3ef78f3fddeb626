//go:build unix

package transfer

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestSharedFileChanges changes a file while it is sent: not a wrong byte is
// taken for good, and its holder is honest about it rather than cut off.
func TestSharedFileChanges(t *testing.T) {
	changes := map[string]func(path string) error{
		"cut":     func(path string) error { return os.Truncate(path, 5*groupBytes+17) },
		"emptied": func(path string) error { return os.Truncate(path, 0) },
		"overwritten": func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteAt(bytes.Repeat([]byte("other"), 12*groupBytes/5), 0)
			return err
		},
		"lengthened": func(path string) error { return os.Truncate(path, 13*groupBytes) },
		"removed":    os.Remove, // what is open stays as it was
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { sharedFileChanges(t, change, name == "removed") })
		})
	}
}

func sharedFileChanges(t *testing.T, change func(path string) error, completes bool) {
	n := newNetwork(t, false)
	o := n.options("a")
	o.UpBytesPerSec = 1 << 20
	a := n.start("a", o, nil)
	s := newSample(t, 12*groupBytes, 71)
	path := filepath.Join(t.TempDir(), "shared")
	past := time.Unix(1e9, 0)
	if err := os.WriteFile(path, s.data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
	if _, err := a.lib.Adopt(path, s.manifest, s.id, true); err != nil {
		t.Fatal(err)
	}
	o = n.options("b")
	o.GiveUpAfter = 5 * time.Second
	b := n.start("b", o, nil)
	if _, err := b.Get(Request{ID: s.id, Name: "f", Sources: []Source{"a"}}); err != nil {
		t.Fatal(err)
	}
	b.wait(s.id, func(st Status) bool { return st.HaveBytes >= 3*groupBytes })
	if err := change(path); err != nil {
		t.Fatal(err)
	}
	got := b.wait(s.id, func(st Status) bool { return st.State.Final() })
	if completes {
		want(t, s, got)
		return
	}
	if from := source(t, got, "a"); from.State == SourceCutOff || got.State != Failed || got.Fail != FailNotFound {
		t.Errorf("it ended %s (%s), the source is %s: %s", got.State, got.Reason, from.State, from.Reason)
	}
	part, err := os.ReadFile(filepath.Join(o.Dir, "f."+s.id.Short()+".part"))
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for g := range s.manifest.Groups() {
		off, size := s.manifest.Span(g)
		if bytes.Equal(part[off:off+size], s.group(g)) {
			held++
		} else if !bytes.Equal(part[off:off+size], make([]byte, size)) {
			t.Errorf("group %d was taken and is wrong", g)
		}
	}
	if int64(held)*groupBytes != got.HaveBytes {
		t.Errorf("%d groups lie there, %d bytes are said to be held", held, got.HaveBytes)
	}
}

// TestFolderRemoved takes the folder of a download away while it runs: it says
// what happened, and goes on from the start when told to.
func TestFolderRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		o := n.options("a")
		o.UpBytesPerSec = 1 << 20
		a, b := n.start("a", o, nil), n.start("b", n.options("b"), nil)
		s := newSample(t, 8*groupBytes, 72)
		a.share(s)
		dir := filepath.Join(t.TempDir(), "gone")
		if _, err := b.Get(Request{ID: s.id, Name: "f", Dir: dir, Sources: []Source{"a"}}); err != nil {
			t.Fatal(err)
		}
		b.wait(s.id, func(st Status) bool { return st.HaveBytes >= 3*groupBytes })
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		got := b.wait(s.id, func(st Status) bool { return st.State.Final() })
		if got.State != Failed || got.Fail != FailOther || !strings.Contains(got.Reason, "moved or replaced") {
			t.Fatalf("it ended %s, %s: %s", got.State, got.Fail, got.Reason)
		}
		if err := b.Resume(s.id); err != nil {
			t.Fatal(err)
		}
		want(t, s, b.wait(s.id, func(st Status) bool { return st.State.Final() }))
	})
}
