package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

const (
	mib        = 1 << 20
	gib        = 1 << 30
	copyBuffer = 256 << 10
)

func randomFile(path string, size int64) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.CopyN(f, rand.Reader, size)
	return err
}

func parseSize(s string) (int64, error) {
	if s == "" {
		return 0, fmt.Errorf("no size: write it as 256M or 1G")
	}
	shift := map[byte]uint{'K': 10, 'M': 20, 'G': 30}[s[len(s)-1]]
	digits := s
	if shift > 0 {
		digits = s[:len(s)-1]
	}
	n, err := strconv.ParseInt(digits, 10, 40)
	if err != nil || n < 1 || n > 1<<50>>shift {
		return 0, fmt.Errorf("%q is no size: write it as 256M or 1G", s)
	}
	return n << shift, nil
}

// sameFile compares the bytes of two files, outside of what is timed.
func sameFile(wantPath, gotPath string) error {
	want, err := os.Open(wantPath)
	if err != nil {
		return err
	}
	defer want.Close()
	got, err := os.Open(gotPath)
	if err != nil {
		return err
	}
	defer got.Close()
	a, b := make([]byte, copyBuffer), make([]byte, copyBuffer)
	for {
		n, wantErr := io.ReadFull(want, a)
		m, gotErr := io.ReadFull(got, b)
		if !bytes.Equal(a[:n], b[:m]) || (wantErr == nil) != (gotErr == nil) {
			return fmt.Errorf("%s is not what was sent", gotPath)
		}
		if errors.Is(wantErr, io.EOF) || errors.Is(wantErr, io.ErrUnexpectedEOF) {
			return nil
		}
		if wantErr != nil {
			return wantErr
		}
	}
}

// sameTree compares a file, or a folder with all that is in it.
func sameTree(want, got string) error {
	wanted, err := filesIn(want)
	if err != nil {
		return err
	}
	there, err := filesIn(got)
	if err != nil {
		return err
	}
	if !slices.Equal(wanted, there) {
		return fmt.Errorf("%s has %d files, sent were %d, or their names differ", got, len(there), len(wanted))
	}
	for _, name := range wanted {
		if err := sameFile(filepath.Join(want, name), filepath.Join(got, name)); err != nil {
			return err
		}
	}
	return nil
}

// filesIn lists the files below a folder, or "." for a file.
func filesIn(root string) (names []string, err error) {
	err = filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		names = append(names, name)
		return err
	})
	return names, err
}
