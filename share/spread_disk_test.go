package share

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"starling/share/content"
)

// oneNameDisk is a disk that folds case, and takes two names for one beyond what
// we know of.
type oneNameDisk struct{ idleDisk }

func (oneNameDisk) one(path string) string {
	if filepath.Base(path) == "two" {
		return filepath.Join(filepath.Dir(path), "one")
	}
	return path
}

func (d oneNameDisk) exists(path string) bool {
	capitals := strings.ToUpper(partSuffix)
	if base, ok := strings.CutSuffix(path, capitals); ok {
		path = base + partSuffix
	}
	return d.idleDisk.exists(d.one(path))
}

func (d oneNameDisk) create(dir, name string, b []byte) error {
	return d.idleDisk.create(dir, d.one(name), b)
}

func (d oneNameDisk) openIn(dir, name string, flag int, perm fs.FileMode) (diskFile, error) {
	f, err := d.idleDisk.openIn(dir, d.one(name), flag, perm)
	return oneNameFile{f}, err
}

func (d oneNameDisk) open(path string, flag int, perm fs.FileMode) (diskFile, error) {
	f, err := d.idleDisk.open(d.one(path), flag, perm)
	return oneNameFile{f}, err
}

type oneNameFile struct{ diskFile }

func (f oneNameFile) isAt(path string) (bool, error) {
	return f.diskFile.isAt(oneNameDisk{}.one(path))
}

func (d oneNameDisk) state(dir, name string) (fileStat, error) {
	return d.idleDisk.state(dir, d.one(name))
}

// Where two names may be one file, having written a file tells nothing of what it
// holds later. To fetch it again helps as little, and would never end.
func TestTwoNamesThatAreOneFileDoNotLand(t *testing.T) {
	s := newFolderSample(t, map[string]string{"one": "111", "two": "222"})
	o := s.options(t)
	o.disk = oneNameDisk{}
	p := begin(t, s.sample, o)
	writeGroups(t, p, s.sample, 0)
	if !p.folder().folds {
		t.Fatal("the disk should fold case")
	}
	path, err := p.Finish(context.Background(), o.Name, ExistsRename)
	if err == nil || !strings.Contains(err.Error(), "one file on this disk") {
		t.Errorf("landed as %q, %v", path, err)
	}
}

// A file that another program has changed is no lie of the publisher's: what is
// lost of it is fetched again.
func TestChangedFileIsFetchedAgain(t *testing.T) {
	s := newFolderSample(t, treeFiles(5, 0))
	o := s.options(t)
	p := begin(t, s.sample, o)
	writeGroups(t, p, s.sample, allOf(s.sample)...)
	spoil(t, filepath.Join(folderPath(o), "large"), 2*groupBytes)
	if _, err := p.Finish(context.Background(), o.Name, ExistsRename); !errors.Is(err, content.ErrBadGroup) {
		t.Fatalf("finish: %v", err)
	}
	lost := p.Have().NextMissing(0)
	if have := p.Have(); lost < 0 || have.Count() != have.Len()-1 {
		t.Fatalf("%d groups of %d are held", have.Count(), have.Len())
	}
	writeGroups(t, p, s.sample, lost)
	path, err := p.Finish(context.Background(), o.Name, ExistsRename)
	must(t, err)
	s.wantTree(t, path)
}

// An index of which a group was lost names no files, even where it can be read.
func TestFolderOfALostIndexIsMadeAnew(t *testing.T) {
	s := newFolderSample(t, treeFiles(6, 0))
	o := s.options(t)
	p := begin(t, s.sample, o)
	writeGroups(t, p, s.sample, allOf(s.sample)...)
	must(t, p.Close())
	p = openPartial(t, o)
	id := s.col.Files()[0].ID
	spoil(t, partPath(o), int64(bytes.Index(s.data, id[:])))
	if _, err := p.Finish(context.Background(), o.Name, ExistsRename); !errors.Is(err, content.ErrBadGroup) {
		t.Fatalf("finish: %v", err)
	}
	must(t, p.Close())
	p = openPartial(t, o)
	if p.IndexGroups() != 0 {
		t.Error("the lost index is believed")
	}
	writeGroups(t, p, s.sample, 0)
	if have := p.Have(); !have.Complete() {
		t.Fatalf("%d groups of %d were found again", have.Count(), have.Len())
	}
	path, err := p.Finish(context.Background(), o.Name, ExistsRename)
	must(t, err)
	s.wantTree(t, path)
}
