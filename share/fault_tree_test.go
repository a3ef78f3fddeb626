package share

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

func (d *faultDisk) openIn(dir, name string, flag int, perm fs.FileMode) (diskFile, error) {
	return d.open(dir+"/"+name, flag, perm)
}

func (d *faultDisk) makeIn(dir, name string) error { return d.mkdirAll(dir+"/"+name, 0) }

func (d *faultDisk) create(dir, name string, b []byte) error {
	f, err := d.open(dir+"/"+name, os.O_CREATE|os.O_EXCL, 0)
	if err != nil {
		return err
	}
	if len(b) > 0 {
		_, err = f.WriteAt(b, 0)
	}
	return errors.Join(err, f.Close())
}

func (d *faultDisk) state(dir, name string) (fileStat, error) {
	f := d.names[dir+"/"+name]
	if f == nil || f.dir || d.off {
		return fileStat{}, fs.ErrNotExist
	}
	return fileStat{ino: uint64(slices.Index(d.all, f)), size: int64(len(f.data)), mtime: f.mtime}, nil
}

func (d *faultDisk) readers() int { return 1 }

func (d *faultDisk) chmod(string, fs.FileMode) error { return nil }

func (d *faultDisk) removeAll(path string) error {
	for _, name := range slices.Backward(d.beneath(path)) {
		if err := d.remove(name); err != nil {
			return err
		}
	}
	return nil
}

// beneath gives the names of a folder and all in it, the folder first.
func (d *faultDisk) beneath(path string) (names []string) {
	for name := range d.names {
		if name == path || strings.HasPrefix(name, path+"/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (d *faultDisk) syncTree(dir string, _ diskFile) error {
	for _, name := range d.beneath(dir) {
		if d.names[name].dir {
			if err := d.syncDir(name); err != nil {
				return err
			}
			continue
		}
		f, err := d.open(name, 0, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// moveTree renames what lies in a folder that is renamed.
func moveTree(names map[string]*inode, from, to string) {
	for name, f := range names {
		if rest, inside := strings.CutPrefix(name, from+"/"); inside {
			delete(names, name)
			names[to+"/"+rest] = f
		}
	}
}

// wantLanded looks whether a finished file or folder is as it must be.
func (w *faultWorld) wantLanded(path string, i int) error {
	want := map[string]string{path: string(w.samples[i].data)}
	if folder, ok := w.folders[i]; ok {
		clear(want)
		for at, name := range diskNames(folder.col, false) {
			want[path+"/"+name] = folder.files[folder.col.Files()[at].Path]
		}
	}
	for name, text := range want {
		if b, err := w.disk.read(name, 1<<30); err != nil || string(b) != text {
			return fmt.Errorf("%s has %d bytes of %d: %w", name, len(b), len(text), err)
		}
	}
	return nil
}

// What is given back of a .part is not needed any more: after a power cut that
// leaves only what was waited for, every group is still held.
func TestEmptiedPartIsNotMissed(t *testing.T) {
	s := newFolderSample(t, map[string]string{"a": strings.Repeat("a", 300<<10), "b/c": strings.Repeat("c", 300<<10)})
	for seed := range uint64(20) {
		d := newFaultDisk(rand.New(rand.NewPCG(seed, 3)))
		o := PartialOptions{Dir: "/d", Name: "f", ID: s.id, StateDir: "/s", disk: d}
		p := begin(t, s.sample, o)
		o.emptyFromBytes = 1
		p.opts.emptyFromBytes = 1
		for _, g := range []int{2, 1, 0} { // the index last, so that all is copied
			writeGroups(t, p, s.sample, g)
		}
		if p.IndexGroups() == 0 {
			t.Fatal("no folder")
		}
		d.power = true
		d.restart()
		p, err := OpenPartial(context.Background(), o)
		must(t, err)
		if !p.Have().Complete() {
			t.Errorf("seed %d: %d groups of 3 are left", seed, p.Have().Count())
		}
	}
}
