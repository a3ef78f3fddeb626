package share

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"starling/share/content"
)

// abandon leaves a partial as a killed process would: nothing is said, the
// kernel closes the files.
func abandon(p *Partial) { p.shut() }

// bootDisk is the real disk under a boot id of the test's.
type bootDisk struct {
	osDisk
	boot string
}

func (d bootDisk) bootID() string { return d.boot }

// rebooted makes the options of a later run after the machine went down.
func rebooted(o PartialOptions) PartialOptions {
	o.disk = bootDisk{boot: "another"}
	return o
}

func spoil(t testing.TB, path string, off int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], off); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 0x40
	if _, err := f.WriteAt(b[:], off); err != nil {
		t.Fatal(err)
	}
}

// wantVerified fails when a held group's bytes are not the file's.
func wantVerified(t testing.TB, p *Partial, s sample) {
	t.Helper()
	for g := range p.Have().All() {
		off, n := s.manifest.Span(g)
		buf := make([]byte, n)
		if _, err := p.ReadAt(buf, off); err != nil || !bytes.Equal(buf, s.group(g)) {
			t.Fatalf("group %d is held and wrong (%v)", g, err)
		}
	}
}

func TestUncleanStopInTheSameBootKeepsMarks(t *testing.T) {
	s := newSample(t, 4*groupBytes, 20)
	o := s.options(t)
	o.disk = bootDisk{boot: "one"}
	p := begin(t, s, o)
	writeGroups(t, p, s, 0, 2)
	abandon(p)
	p = openPartial(t, o)
	wantHave(t, p, 0, 2)
	wantVerified(t, p, s)
}

func TestMarksAreHashedAgainAfterAReboot(t *testing.T) {
	for name, next := range map[string]string{"another boot": "two", "unknown boot": ""} {
		s := newSample(t, 4*groupBytes, 21)
		o := s.options(t)
		o.disk = bootDisk{boot: next}
		if next != "" {
			o.disk = bootDisk{boot: "one"}
		}
		p := begin(t, s, o)
		writeGroups(t, p, s, 0, 1, 2)
		abandon(p)
		spoil(t, p.Path(), groupBytes+77)
		o.disk = bootDisk{boot: next}
		p = openPartial(t, o)
		wantHave(t, p, 0, 2)
		wantVerified(t, p, s)
		writeGroups(t, p, s, 1, 3)
		finish(t, p, s, name, ExistsRename)
	}
}

func TestMarksAreBelievedAfterACleanEnd(t *testing.T) {
	s := newSample(t, 2*groupBytes, 22)
	o := s.options(t)
	p := begin(t, s, o)
	writeGroups(t, p, s, 0)
	p.Close()
	info, err := os.Stat(p.Path())
	must(t, err)
	spoil(t, p.Path(), 5)                                      // shows that nothing was read,
	must(t, os.Chtimes(p.Path(), time.Time{}, info.ModTime())) // for the file looks untouched
	p = openPartial(t, rebooted(o))
	wantHave(t, p, 0)
	// Such a group of an earlier run is caught before the file is called finished.
	writeGroups(t, p, s, 1)
	if _, err := p.Finish(context.Background(), "f", ExistsRename); !errors.Is(err, content.ErrBadGroup) {
		t.Fatalf("finishing a spoilt file gave %v", err)
	}
	wantHave(t, p, 1)
	writeGroups(t, p, s, 0)
	finish(t, p, s, "f", ExistsRename)
}

// TestTornJournal cuts the journal at every length: no cut may lose the bytes
// on disk or count a wrong one.
func TestTornJournal(t *testing.T) {
	s := newSample(t, 4*groupBytes, 23)
	o := s.options(t)
	p := begin(t, s, o)
	writeGroups(t, p, s, 3, 1)
	abandon(p)
	path := journalPath(o.StateDir, o.ID)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		p := begin(t, s, o)
		if have := p.Have(); have.Count() != 2 && !atRecordEnd(whole, cut) {
			t.Fatalf("cut at %d of %d: holds %d groups", cut, len(whole), have.Count())
		}
		wantVerified(t, p, s)
		abandon(p)
	}
}

// atRecordEnd tells a cut that looks like an earlier, healthy state. A killed
// process cannot cause one: its records are in the kernel.
func atRecordEnd(whole []byte, cut int) bool {
	s, found := parseJournal(whole[:cut])
	return found && s.manifest != nil && !s.damaged
}

func TestDamagedJournal(t *testing.T) {
	s := newSample(t, 6*groupBytes, 24)
	o := s.options(t)
	p := begin(t, s, o)
	writeGroups(t, p, s, 5, 0, 2)
	abandon(p)
	path := journalPath(o.StateDir, o.ID)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		b := bytes.Clone(whole)
		for range 1 + rnd.IntN(3) {
			b[rnd.IntN(len(b))] ^= byte(1 + rnd.IntN(255))
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		p := begin(t, s, o)
		wantHave(t, p, 0, 2, 5)
		wantVerified(t, p, s)
		abandon(p)
	}
}

func TestStaleRecordIsNotBelieved(t *testing.T) {
	b := []byte(journalMagic)
	moved := appendRecord(nil, int64(len(b))+1, recordClosed, nil)
	if _, _, ok := parseRecord(moved, int64(len(b))); ok {
		t.Fatal("a record from another place was believed")
	}
	if _, _, ok := parseRecord(moved, int64(len(b))+1); !ok {
		t.Fatal("the record is not good where it belongs either")
	}
}

func TestPartGoneOrCut(t *testing.T) {
	s := newSample(t, 4*groupBytes, 25)
	o := s.options(t)
	p := begin(t, s, o)
	writeGroups(t, p, s, 0, 3)
	abandon(p)
	if err := os.Truncate(p.Path(), 2*groupBytes); err != nil {
		t.Fatal(err)
	}
	p = openPartial(t, o)
	wantHave(t, p, 0)
	abandon(p)
	if err := os.Remove(p.Path()); err != nil {
		t.Fatal(err)
	}
	p = openPartial(t, o)
	wantHave(t, p)
	if p.Manifest() == nil {
		t.Fatal("the manifest went with the .part")
	}
	writeGroups(t, p, s, 0, 1, 2, 3)
	finish(t, p, s, "f", ExistsRename)
}

func TestPartSwappedForALink(t *testing.T) {
	s := newSample(t, 2*groupBytes, 26)
	o := s.options(t)
	p := begin(t, s, o)
	writeGroups(t, p, s, 0, 1)
	other := filepath.Join(o.Dir, "other")
	if err := os.WriteFile(other, s.data, 0o600); err != nil {
		t.Fatal(err)
	}
	os.Remove(p.Path())
	if err := os.Symlink(other, p.Path()); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if _, err := p.Finish(context.Background(), "f", ExistsRename); !errors.Is(err, ErrReplaced) {
		t.Fatalf("finishing a swapped .part gave %v", err)
	}
	abandon(p)
	if p, err := OpenPartial(context.Background(), o); err == nil {
		p.Close()
		t.Fatal("a symbolic link was opened as .part")
	}
}

// TestCrashWhileLanding stops at every step of Finish and opens again: the file
// is never lost and never lands twice.
func TestCrashWhileLanding(t *testing.T) {
	type crash struct{}
	for _, step := range []string{"landing", "renamed", "synced"} {
		s := newSample(t, 2*groupBytes+1, 27)
		o := s.options(t)
		o.Hook = func(at string) {
			if at == step {
				panic(crash{})
			}
		}
		p := begin(t, s, o)
		writeGroups(t, p, s, 0, 1, 2)
		func() {
			defer func() {
				if recover() != (crash{}) {
					t.Fatalf("%s: did not crash", step)
				}
			}()
			p.Finish(context.Background(), "f", ExistsRename)
		}()
		abandon(p)
		o.Hook = nil
		p = openPartial(t, rebooted(o))
		wantHave(t, p, 0, 1, 2)
		path := finish(t, p, s, "f", ExistsRename)
		if filepath.Base(path) != "f" {
			t.Fatalf("%s: landed again at %s", step, path)
		}
		wantOnly(t, o.Dir, "f", "state")
		wantOnly(t, o.StateDir)
	}
}

// failingDisk is the real disk, but the next fsync of the .part spoils a byte and fails.
type failingDisk struct {
	osDisk
	t     testing.TB
	fails *int
}

type failingFile struct {
	diskFile
	disk failingDisk
	path string
}

func (d failingDisk) open(path string, flag int, perm os.FileMode) (diskFile, error) {
	f, err := d.osDisk.open(path, flag, perm)
	if err != nil || !IsPartialName(path) {
		return f, err
	}
	return failingFile{f, d, path}, nil
}

func (f failingFile) Sync() error {
	if *f.disk.fails--; *f.disk.fails >= 0 {
		spoil(f.disk.t, f.path, groupBytes+9)
		return errors.New("input/output error")
	}
	return f.diskFile.Sync()
}

func TestFailedFsyncIsNotBelieved(t *testing.T) {
	s := newSample(t, 3*groupBytes, 28)
	o := s.options(t)
	fails := 1
	o.disk = failingDisk{t: t, fails: &fails}
	p := begin(t, s, o)
	writeGroups(t, p, s, 0, 1, 2)
	if _, err := p.Finish(context.Background(), "f", ExistsRename); !errors.Is(err, content.ErrBadGroup) {
		t.Fatalf("finishing after a failed fsync gave %v", err)
	}
	wantHave(t, p, 0, 2)
	writeGroups(t, p, s, 1)
	finish(t, p, s, "f", ExistsRename)
}

func FuzzJournal(f *testing.F) {
	s := newSample(f, 3*groupBytes, 29)
	o := s.options(f)
	p := begin(f, s, o)
	writeGroups(f, p, s, 1)
	p.Close()
	whole, err := os.ReadFile(journalPath(o.StateDir, o.ID))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(journalMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, found := parseJournal(b)
		if got.manifest == nil {
			return
		}
		if !found || got.manifest.Prove(got.header.ID) != nil || got.have.Len() != got.manifest.Groups() {
			t.Fatalf("believed %+v", got.header)
		}
	})
}
