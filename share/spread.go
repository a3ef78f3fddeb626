package share

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"starling/share/content"
)

// ErrFalseIndex says that a collection's index names other content ids than its
// files have: whoever published it lied.
var ErrFalseIndex = errors.New("its list of files is false")

// spread is the data of a partial collection. The index lies in the .part, at
// its place, the bytes of the files in files of their own, in a folder beside
// it. Files are open while they are read or written and no longer.
type spread struct {
	diskFile // the .part; it has the collection's size on paper only
	disk     disk
	dir      string // the folder of the files
	col      *content.Collection
	names    []string // per file: its path below dir, with slashes
	folds    bool

	mu    sync.Mutex     // guards right
	right content.Bitset // files that were written whole, and have their id
}

// folderPath is where the files of a partial collection lie.
func folderPath(o PartialOptions) string {
	return filepath.Join(o.Dir, o.Name+"."+o.ID.Short()+".files"+partSuffix)
}

// pathMax is the longest path that is sure to be one on a disk.
const pathMax = 4095

// newSpread names the files for a disk that folds case, or does not.
func newSpread(d disk, part diskFile, dir string, col *content.Collection, folds bool) (*spread, error) {
	s := &spread{diskFile: part, disk: d, dir: dir, col: col, folds: folds, right: content.NewBitset(len(col.Files()))}
	s.names = diskNames(col, folds)
	for _, name := range s.names {
		if len(dir)+1+len(name) > pathMax {
			return nil, fmt.Errorf("the paths of the collection become longer than %d bytes in %s; fetch it to a folder with a shorter path", pathMax, filepath.Dir(dir))
		}
	}
	return s, nil
}

// foldsCase tells whether a disk takes the folder's name in capitals for the
// folder.
func foldsCase(d disk, dir string) bool {
	return d.exists(strings.TrimSuffix(dir, partSuffix) + strings.ToUpper(partSuffix))
}

func (s *spread) path(file int) string {
	return filepath.Join(s.dir, filepath.FromSlash(s.names[file]))
}

// lay makes the folders, and the files that no byte will come for.
func (s *spread) lay() error {
	last := ""
	for i, f := range s.col.Files() {
		if dir := path.Dir(s.names[i]); dir != "." && dir != last {
			if err := s.disk.makeIn(s.dir, dir); err != nil {
				return err
			}
			last = dir
		}
		if f.SizeBytes > 0 {
			continue
		}
		if err := s.disk.create(s.dir, s.names[i], nil); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// each calls do for each file that b, which begins at off, lies in. The index is
// file -1.
func (s *spread) each(b []byte, off int64, do func(file int, b []byte, at int64) (int, error)) (n int, err error) {
	for n < len(b) && err == nil {
		file, at := s.col.Locate(off + int64(n))
		left := int64(len(s.col.Index())) - at
		switch {
		case file == len(s.names):
			return n, io.EOF
		case file >= 0:
			left = s.col.Files()[file].SizeBytes - at
		}
		var m int
		m, err = do(file, b[n:n+int(min(int64(len(b)-n), left))], at)
		n += m
	}
	return n, err
}

// WriteAt writes each byte to its file.
func (s *spread) WriteAt(b []byte, off int64) (int, error) { return s.each(b, off, s.write) }

func (s *spread) write(file int, b []byte, at int64) (n int, err error) {
	if file < 0 {
		return s.diskFile.WriteAt(b, at)
	}
	f := s.col.Files()[file]
	whole := int64(len(b)) == f.SizeBytes
	if whole {
		err = s.disk.create(s.dir, s.names[file], b)
		n = len(b)
	}
	if !whole || errors.Is(err, fs.ErrExist) {
		n, err = s.overwrite(file, b, at)
	}
	s.note(file, whole && err == nil && content.Sum(b) == f.ID)
	return n, err
}

func (s *spread) overwrite(file int, b []byte, at int64) (int, error) {
	f, err := s.disk.openIn(s.dir, s.names[file], os.O_CREATE, 0o666)
	if err != nil {
		return 0, err
	}
	n, err := f.WriteAt(b, at)
	return n, errors.Join(err, f.Close())
}

func (s *spread) note(file int, right bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if right {
		s.right.Set(file)
	} else {
		s.right.Clear(file)
	}
}

// ReadAt reads each byte from its file.
func (s *spread) ReadAt(b []byte, off int64) (int, error) { return s.each(b, off, s.read) }

func (s *spread) read(file int, b []byte, at int64) (int, error) {
	if file < 0 {
		return s.diskFile.ReadAt(b, at)
	}
	f, err := s.disk.openIn(s.dir, s.names[file], 0, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	n, err := f.ReadAt(b, at)
	if n == len(b) {
		err = nil
	}
	return n, err
}

// Stat is that of the .part, but for the time of change: it tells any state of all
// files from any other.
func (s *spread) Stat() (fs.FileInfo, error) {
	info, err := s.diskFile.Stat()
	return spreadInfo{info, s}, err
}

type spreadInfo struct {
	fs.FileInfo
	spread *spread
}

// ModTime is no time, but a hash over the states of all files.
func (i spreadInfo) ModTime() time.Time {
	states := binary.LittleEndian.AppendUint64(nil, uint64(i.FileInfo.ModTime().UnixNano()))
	for file := range i.spread.names {
		state, _ := i.spread.disk.state(i.spread.dir, i.spread.names[file]) // one that is missing has the zero state
		states = append(states, state.key()...)
	}
	sum := content.Sum(states)
	return time.Unix(0, int64(binary.LittleEndian.Uint64(sum[:])>>1))
}

// Sync puts index and files on the disk, with one wait for all.
func (s *spread) Sync() error {
	return errors.Join(s.diskFile.Sync(), s.disk.syncTree(s.dir, s.diskFile))
}

func (s *spread) dropCache() {
	s.diskFile.dropCache()
	for i := range s.names {
		if f, err := s.disk.openIn(s.dir, s.names[i], 0, 0); err == nil {
			f.dropCache()
			f.Close()
		}
	}
}

// seal makes sure that every file is there and has the id that the index says;
// those that were written whole need no reading, unless the disk folds case: it
// may have rules of its own by which two names are one. Errors: ErrFalseIndex,
// ErrReplaced when a file is not as it was written.
func (s *spread) seal(ctx context.Context) (*Landed, error) {
	l := &Landed{Path: s.dir, Collection: s.col, raws: s.names, folds: s.folds, manifests: make(map[int]*content.Manifest)}
	l.stats = make([]fileStat, len(s.names))
	var next atomic.Int64
	var mu sync.Mutex // guards l.manifests
	tasks, ctx := errgroup.WithContext(ctx)
	for range s.disk.readers() {
		tasks.Go(func() error {
			var h content.Hasher
			for i := int(next.Add(1)) - 1; i < len(s.names); i = int(next.Add(1)) - 1 {
				m, err := s.sealFile(ctx, &h, i, &l.stats[i])
				if err != nil {
					return err
				}
				if m.Groups() > 1 {
					mu.Lock()
					l.manifests[i] = m
					mu.Unlock()
				}
			}
			return nil
		})
	}
	return l, tasks.Wait()
}

func (s *spread) sealFile(ctx context.Context, h *content.Hasher, i int, stat *fileStat) (m *content.Manifest, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f := s.col.Files()[i]
	if *stat, err = s.disk.state(s.dir, s.names[i]); err == nil && stat.size != f.SizeBytes {
		err = fmt.Errorf("its size is %d bytes, not %d", stat.size, f.SizeBytes)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrReplaced, s.path(i), err)
	}
	s.mu.Lock()
	known := s.right.Has(i) && !s.folds
	s.mu.Unlock()
	if m, one := content.OneGroup(f.ID, f.SizeBytes); known && one {
		return m, nil
	}
	id, m, err := s.hash(ctx, h, i)
	if err == nil && id != f.ID {
		err = s.wrong(i)
	}
	return m, err
}

// wrong says why a file has another id than the index says. Where two names are
// one file, fetching it again would never end.
func (s *spread) wrong(i int) error {
	name := DisplayName(s.col.Files()[i].Path)
	if other := s.sameFile(i); other >= 0 {
		return fmt.Errorf("%s and %s are one file on this disk; fetch the collection to another", name, DisplayName(s.col.Files()[other].Path))
	}
	return fmt.Errorf("%w: %s is not what it says", ErrFalseIndex, name)
}

// sameFile finds another name that leads to the file; -1 where there is none.
func (s *spread) sameFile(i int) int {
	if !s.folds {
		return -1
	}
	f, err := s.disk.openIn(s.dir, s.names[i], 0, 0)
	if err != nil {
		return -1
	}
	defer f.Close()
	for other := range s.names {
		if same, err := f.isAt(s.path(other)); other != i && same && err == nil {
			return other
		}
	}
	return -1
}

func (s *spread) hash(ctx context.Context, h *content.Hasher, i int) (content.ID, *content.Manifest, error) {
	f, err := s.disk.openIn(s.dir, s.names[i], 0, 0)
	if err != nil {
		return content.ID{}, nil, err
	}
	defer f.Close()
	n := s.col.Files()[i].SizeBytes
	r := &countingReader{ctx, context.Background(), io.NewSectionReader(f, 0, n), func(int) {}}
	return h.Hash(r, n)
}

// holds tells whether every group is held that a file has bytes in.
func (s *spread) holds(file int, l content.Layout, have content.Bitset) bool {
	from, size := s.col.Offset(file), s.col.Files()[file].SizeBytes
	missing := have.NextMissing(int(from / l.GroupBytes()))
	return size == 0 || missing < 0 || int64(missing)*l.GroupBytes() >= from+size
}

// held counts the files that are here.
func (s *spread) held(l content.Layout, have content.Bitset) (n int) {
	for i := range s.names {
		if s.holds(i, l, have) {
			n++
		}
	}
	return n
}

// whole looks whether the files that should be here are, and have their sizes.
func (s *spread) whole(l content.Layout, have content.Bitset) bool {
	for i, f := range s.col.Files() {
		if !s.holds(i, l, have) {
			continue
		}
		if stat, err := s.disk.state(s.dir, s.names[i]); err != nil || stat.size != f.SizeBytes {
			return false
		}
	}
	return true
}
