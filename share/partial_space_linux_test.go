package share

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// smallDisk mounts a tmpfs of its own, or skips.
func smallDisk(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("a disk of its own wants root: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

func TestNoSpace(t *testing.T) {
	dir := smallDisk(t, "size=3m")
	s := newSample(t, 8*groupBytes, 40)
	o := PartialOptions{Dir: dir, Name: "f", ID: s.id, StateDir: t.TempDir()}
	p := begin(t, s, o)
	// Someone else takes the space that was there when the fetch began.
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 5*groupBytes), 0o600); err != nil {
		t.Fatal(err)
	}
	var failed []int
	for g := range s.manifest.Groups() {
		switch err := p.WriteGroup(g, s.group(g)); {
		case errors.Is(err, ErrNoSpace):
			failed = append(failed, g)
		case err != nil:
			t.Fatal(err)
		}
	}
	if len(failed) == 0 || p.Have().Count() != 8-len(failed) {
		t.Fatalf("%d groups failed, %d are held", len(failed), p.Have().Count())
	}
	wantVerified(t, p, s)
	os.Remove(ballast)
	writeGroups(t, p, s, failed...)
	finish(t, p, s, "f", ExistsRename)
}

// TestNoSpaceForTheJournal fills the disk that holds the journal only.
func TestNoSpaceForTheJournal(t *testing.T) {
	state := smallDisk(t, "size=64k")
	s := newSample(t, 6*groupBytes, 41)
	o := PartialOptions{Dir: t.TempDir(), Name: "f", ID: s.id, StateDir: state}
	p := begin(t, s, o)
	writeGroups(t, p, s, 0)
	ballast, err := os.Create(filepath.Join(state, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = ballast.Write(make([]byte, 4096))
	}
	// The journal's last page is allocated: fill it with records until it is full.
	for i := 0; err == nil || !errors.Is(err, ErrNoSpace); i++ {
		if i > 1<<16 {
			t.Fatal("the disk never filled")
		}
		p.mu.Lock()
		err = spaceError(p.journal.add(recordHeld, p.have.Bytes()))
		p.mu.Unlock()
	}
	if err := p.WriteGroup(1, s.group(1)); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("an unwritable mark gave %v", err)
	}
	wantHave(t, p, 0)
	ballast.Close()
	os.Remove(ballast.Name())
	writeGroups(t, p, s, 1)
	abandon(p)
	if state, _ := readJournal(osDisk{}, journalPath(o.StateDir, o.ID)); state.damaged {
		t.Fatal("the record that did not fit was left torn")
	}
	p = openPartial(t, o)
	wantHave(t, p, 0, 1)
}

func TestFileLargerThanTheDisk(t *testing.T) {
	dir := smallDisk(t, "size=1m")
	s := newSample(t, 8*groupBytes, 42)
	o := PartialOptions{Dir: dir, Name: "f", ID: s.id, StateDir: t.TempDir()}
	p := openPartial(t, o)
	if err := p.SetManifest(context.Background(), s.manifest); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("a file larger than the disk gave %v", err)
	}
	if info, err := os.Stat(p.Path()); err != nil || info.Size() != 0 {
		t.Fatalf("space was taken: %v, %v", info, err)
	}
}
