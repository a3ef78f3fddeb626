package share

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// stopIn finishes a complete partial called f in a process that ends at a step,
// after do.
func stopIn(t testing.TB, s sample, o PartialOptions, step string, do func(p *Partial)) {
	t.Helper()
	var p *Partial
	o.Hook = func(at string) {
		if at == step {
			do(p)
			panic(ended{})
		}
	}
	defer func() {
		if recover() != (ended{}) {
			t.Fatalf("step %q never came", step)
		}
		abandon(p)
	}()
	p = begin(t, s, o)
	writeGroups(t, p, s, allOf(s)...)
	_, err := p.Finish(context.Background(), "f", ExistsRename)
	must(t, err)
}

// endingDisk ends a context as soon as a byte is read.
type endingDisk struct {
	idleDisk
	end context.CancelFunc
}

type endingFile struct {
	diskFile
	end context.CancelFunc
}

func (d endingDisk) open(path string, flag int, perm os.FileMode) (diskFile, error) {
	f, err := d.idleDisk.open(path, flag, perm)
	return endingFile{f, d.end}, err
}

func (d endingDisk) openIn(dir, name string, flag int, perm os.FileMode) (diskFile, error) {
	f, err := d.idleDisk.openIn(dir, name, flag, perm)
	return endingFile{f, d.end}, err
}

func (f endingFile) ReadAt(b []byte, off int64) (int, error) {
	f.end()
	return f.diskFile.ReadAt(b, off)
}

// A start that is ended while it reads a file that has landed leaves it as it
// was, for the next to find it.
func TestEndedOpenKeepsWhatHasLanded(t *testing.T) {
	folder := newFolderSample(t, map[string]string{"a": "1", "b/c": "2"})
	for name, s := range map[string]sample{"file": newSample(t, 2*groupBytes+1, 30), "folder": folder.sample} {
		o := s.options(t)
		stopIn(t, s, o, StepRenamed, func(*Partial) {})
		ctx, end := context.WithCancel(context.Background())
		ending := o
		ending.disk = endingDisk{end: end}
		if _, err := OpenPartial(ctx, ending); !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: an ended open gave %v", name, err)
		}
		p := openPartial(t, o)
		if path := p.Path(); path != filepath.Join(o.Dir, "f") || !p.Have().Complete() {
			t.Errorf("%s: %d groups of it are held in %s", name, p.Have().Count(), path)
		}
	}
}

// Between the two steps of a rename the file has both names: it keeps the new one.
func TestLandedTwice(t *testing.T) {
	s := newSample(t, 2*groupBytes+1, 31)
	o := s.options(t)
	landing := filepath.Join(o.Dir, "f")
	stopIn(t, s, o, StepLanding, func(p *Partial) {
		if err := os.Link(p.Path(), landing); err != nil {
			t.Skipf("no hard links here: %v", err)
		}
	})
	p := openPartial(t, o)
	if p.Path() != landing {
		t.Fatalf("it is fetched again, into %s", p.Path())
	}
	wantHave(t, p, 0, 1, 2)
	wantOnly(t, o.Dir, "f", "state")
}

// What takes the place of the .part after it was checked does not land.
func TestPartSwappedWhileLanding(t *testing.T) {
	s := newSample(t, 1000, 32)
	for _, step := range []string{StepOnDisk, StepLanding} {
		o := s.options(t)
		o.Hook = func(at string) {
			if at == step {
				must(t, os.Rename(partPath(o), filepath.Join(o.Dir, "aside")))
				must(t, os.WriteFile(partPath(o), make([]byte, 1000), 0o600))
			}
		}
		p := begin(t, s, o)
		writeGroups(t, p, s, 0)
		if path, err := p.Finish(context.Background(), "f", ExistsRename); !errors.Is(err, ErrReplaced) {
			t.Errorf("swapped when %s: %q, %v", step, path, err)
		}
		wantOnly(t, o.Dir, "aside", filepath.Base(partPath(o)), "state")
	}
}
