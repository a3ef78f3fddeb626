package share

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Bytes that were written while a file is read are not served: the other side
// would take us for a liar.
func TestPackIsReadSteadily(t *testing.T) {
	text := bytes.Repeat([]byte("t"), 4*groupBytes)
	c, _, _ := landIn(t, filepath.Join(realDir(t), "Album"), map[string]string{"a": string(text)})
	path := filepath.Join(c.Path, "a")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	r := &packReader{pack: newPack(c.Collection, c.Path, c.raws, c.stats, fileName{}), opener: opener{dir: c.Path}}
	defer r.Close()
	got, from := make([]byte, len(text)), int64(len(c.Collection.Index()))
	for range 300 {
		written := make(chan error)
		go func() {
			_, err := f.WriteAt([]byte("changed"), int64(len(text)-7))
			written <- err
		}()
		_, err := r.ReadAt(got, from)
		must(t, <-written)
		if err == nil && !bytes.Equal(got, text) || err != nil && !errors.Is(err, ErrChanged) {
			t.Fatalf("changed bytes were served, or: %v", err)
		}
		_, err = f.WriteAt(text[:7], int64(len(text)-7))
		must(t, err)
		must(t, os.Chtimes(path, time.Time{}, time.Unix(0, c.stats[0].mtime)))
	}
}
