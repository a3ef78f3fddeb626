package main

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// demoTexts are the files of the demonstration where the machine has none at hand.
//
//go:embed demofiles
var demoTexts embed.FS

// Bounds of what the demonstration copies.
const (
	demoCopyMax = 32 << 20 // bytes for each holder
	demoBigFile = 1 << 20  // a file of several chunk groups, so that two sources can share the work
)

// demoFiles are the files the demonstration shares: real ones.
type demoFiles struct {
	from      string // where they come from, for people
	folder    string // the name they are shared under
	query     string // finds some of them, a big one among them
	sources   []demoSource
	count     int
	sizeBytes int64
}

// A demoSource is one file: a path on disk, or inside the program.
type demoSource struct {
	name string
	open func() (io.ReadCloser, error)
}

// chooseDemoFiles takes the compiler's sources from the Go tree of this machine, else this very program and the texts inside it.
func chooseDemoFiles() (demoFiles, error) {
	for _, root := range goRoots() {
		dir := filepath.Join(root, "src", "cmd", "compile", "internal", "ssa")
		files, err := goFiles(dir)
		if err == nil {
			return files, nil
		}
	}
	return ownFiles()
}

// goRoots are the places a Go tree may be.
func goRoots() []string {
	roots := []string{os.Getenv("GOROOT")}
	if out, err := exec.Command("go", "env", "GOROOT").Output(); err == nil {
		roots = append(roots, strings.TrimSpace(string(out)))
	}
	return append(roots, "/usr/local/go", "/usr/lib/go")
}

func goFiles(dir string) (demoFiles, error) {
	files := demoFiles{from: dir, folder: "ssa", query: "rewrite ext:go"}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return files, err
	}
	big := false
	total := int64(0)
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() || !strings.HasSuffix(entry.Name(), ".go") || total+info.Size() > demoCopyMax {
			continue
		}
		total += info.Size()
		big = big || strings.HasPrefix(entry.Name(), "rewrite") && info.Size() >= demoBigFile
		path := filepath.Join(dir, entry.Name())
		files.sources = append(files.sources, demoSource{entry.Name(), func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	if !big {
		return files, fmt.Errorf("%s has no file large enough", dir)
	}
	return files, nil
}

// ownFiles are the texts inside this program, and the program itself.
func ownFiles() (demoFiles, error) {
	files := demoFiles{from: "this program", folder: "starling", query: "starling"}
	self, err := os.Executable()
	if err != nil {
		return files, fmt.Errorf("find this program: %w", err)
	}
	name := strings.TrimSuffix(filepath.Base(self), filepath.Ext(self)) + "-program.bin"
	files.sources = append(files.sources, demoSource{name, func() (io.ReadCloser, error) { return openPart(self, demoBigFile*4) }})
	return files, fs.WalkDir(demoTexts, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files.sources = append(files.sources, demoSource{entry.Name(), func() (io.ReadCloser, error) { return demoTexts.Open(path) }})
		}
		return err
	})
}

// openPart reads the beginning of a file, which keeps the copies of a large program short.
func openPart(path string, bytes int64) (io.ReadCloser, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(file, bytes), file}, nil
}

// copyTo writes the files into a folder of their own.
func (f *demoFiles) copyTo(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f.count, f.sizeBytes = 0, 0
	for _, source := range f.sources {
		n, err := source.copyTo(filepath.Join(dir, source.name))
		if err != nil {
			return fmt.Errorf("copy the files of the demonstration: %w", err)
		}
		f.count++
		f.sizeBytes += n
	}
	return nil
}

func (s demoSource) copyTo(path string) (int64, error) {
	in, err := s.open()
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, in)
	if closed := out.Close(); err == nil {
		err = closed
	}
	return n, err
}
