package share

import (
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// faultDisk is a disk in memory that loses power, or the process that uses it.
// It promises no more than POSIX does: written bytes and sizes are safe after an
// fsync of the file, names after one of the folder, and until then each write,
// truncation and name may be lost, done, or done in part, whatever came before
// it. A failed fsync loses writes that can still be read until the cache is
// dropped, and the next fsync knows nothing of it, as on Linux.
type faultDisk struct {
	rng  *rand.Rand
	boot string

	names map[string]*inode // what a process sees
	safe  map[string]*inode // what is on the platter
	owed  []nameOp          // names not yet on the platter
	all   []*inode

	until    int     // steps until the end comes; negative: it does not
	power    bool    // what ends then: the power, or only the process
	fails    float64 // the chance that a step fails
	lost     bool    // a failed fsync or read may have lost what a process was told is kept
	off      bool    // until restart
	failNext int     // so many steps fail for sure
	life     int     // of the processes, one after the other
	clock    int64
}

// ended is the panic of the step at which the process ends.
type ended struct{}

type inode struct {
	dir             bool
	data            []byte // what a process reads
	safe            []byte // what is on the platter
	owed            []dataOp
	mtime, safeTime int64
	holder          int // the life that has it locked
}

// dataOp is a write, or with size >= 0 a truncation.
type dataOp struct {
	off  int64
	data []byte
	size int64
}

// nameOp gives to the name to a file and takes its name from away; either may be
// empty.
type nameOp struct {
	from, to string
	file     *inode
}

func newFaultDisk(rng *rand.Rand) *faultDisk {
	root := &inode{dir: true}
	return &faultDisk{
		rng: rng, boot: "boot 1", until: -1, life: 1,
		names: map[string]*inode{"/": root}, safe: map[string]*inode{"/": root},
	}
}

// step counts one change of the disk; do makes it, in part at the end.
func (d *faultDisk) step(do func()) error {
	switch {
	case d.off:
		return os.ErrClosed
	case d.until == 0:
		d.off = true
		if d.rng.IntN(2) == 0 {
			do()
		}
		panic(ended{})
	case d.failNext > 0:
		d.failNext--
		return syscall.ENOSPC
	case d.rng.Float64() < d.fails:
		return []error{syscall.ENOSPC, syscall.EIO}[d.rng.IntN(2)]
	}
	d.until--
	d.clock++
	do()
	return nil
}

// restart ends the process, and before it the power, if that was to fail.
func (d *faultDisk) restart() {
	if d.power {
		d.cutPower()
	}
	d.off, d.until, d.lost = false, -1, false
	d.life++
}

// cutPower leaves what was on the platter and some of what was on its way.
func (d *faultDisk) cutPower() {
	done := []float64{0, 0.5, 0.9, 1}[d.rng.IntN(4)]
	for _, op := range d.owed {
		if d.rng.Float64() < done {
			op.apply(d.safe)
		}
	}
	d.owed = nil
	maps.DeleteFunc(d.safe, func(path string, _ *inode) bool { return !d.reachable(path) })
	d.names = maps.Clone(d.safe)
	for _, f := range d.all {
		if d.rng.IntN(3) == 0 {
			d.rng.Shuffle(len(f.owed), func(i, j int) { f.owed[i], f.owed[j] = f.owed[j], f.owed[i] })
		}
		for _, op := range f.owed {
			if d.rng.Float64() < done {
				f.safe = d.torn(op).apply(f.safe)
			}
		}
		f.owed, f.data = nil, slices.Clone(f.safe)
		if d.rng.IntN(2) == 0 {
			f.mtime = f.safeTime
		}
		f.safeTime = f.mtime
	}
	d.boot = "boot " + strconv.Itoa(d.life+1) // the life to come
}

func (d *faultDisk) reachable(path string) bool {
	for path != "/" {
		path = filepath.Dir(path)
		if f := d.safe[path]; f == nil || !f.dir {
			return false
		}
	}
	return true
}

// torn gives what may be left of a write: all of it, its beginning, and in the
// block where it broke off perhaps neither old nor new bytes.
func (d *faultDisk) torn(op dataOp) dataOp {
	if len(op.data) == 0 || d.rng.IntN(2) == 0 {
		return op
	}
	n := d.rng.IntN(len(op.data) + 1)
	if d.rng.IntN(2) == 0 {
		n -= n % 512
	}
	end := n
	if d.rng.IntN(2) == 0 {
		end = min(n+512, len(op.data))
	}
	op.data = slices.Clone(op.data[:end])
	for i := n; i < end; i++ {
		op.data[i] = byte(d.rng.Uint32())
	}
	return op
}

func (op dataOp) apply(to []byte) []byte {
	end := op.off + int64(len(op.data))
	if op.size >= 0 {
		end = op.size
		to = to[:min(int64(len(to)), end)]
	}
	if grow := end - int64(len(to)); grow > 0 {
		to = append(to, make([]byte, grow)...)
	}
	copy(to[min(op.off, int64(len(to))):], op.data)
	return to
}

func (op nameOp) apply(names map[string]*inode) {
	if op.from != "" && names[op.from] == op.file {
		delete(names, op.from)
	}
	if op.to != "" {
		names[op.to] = op.file
	}
	if op.from != "" && op.to != "" && op.file.dir {
		moveTree(names, op.from, op.to)
	}
}

func (d *faultDisk) name(op nameOp) error {
	return d.step(func() {
		op.apply(d.names)
		d.owed = append(d.owed, op)
	})
}

func (d *faultDisk) open(path string, flag int, _ fs.FileMode) (diskFile, error) {
	f := d.names[path]
	switch {
	case d.off:
		return nil, os.ErrClosed
	case f == nil && flag&os.O_CREATE == 0:
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	case f != nil && flag&os.O_EXCL != 0:
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrExist}
	case f == nil:
		if parent := d.names[filepath.Dir(path)]; parent == nil || !parent.dir {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		f = &inode{mtime: d.clock + 1}
		d.all = append(d.all, f)
		if err := d.name(nameOp{to: path, file: f}); err != nil {
			return nil, err
		}
	}
	h := &faultFile{inode: f, disk: d, life: d.life}
	if flag&os.O_TRUNC != 0 {
		return h, h.Truncate(0)
	}
	return h, nil
}

func (d *faultDisk) read(path string, limit int64) ([]byte, error) {
	f := d.names[path]
	if f == nil || d.off {
		return nil, fs.ErrNotExist
	}
	return slices.Clone(f.data[:min(limit, int64(len(f.data)))]), nil
}

func (d *faultDisk) exists(path string) bool { return d.names[path] != nil }

func (d *faultDisk) rename(from, to string, replace bool) error {
	f := d.names[from]
	switch {
	case f == nil:
		return fs.ErrNotExist
	case !replace && d.names[to] != nil:
		return fs.ErrExist
	}
	return d.name(nameOp{from: from, to: to, file: f})
}

func (d *faultDisk) remove(path string) error {
	f := d.names[path]
	if f == nil {
		return fs.ErrNotExist
	}
	return d.name(nameOp{from: path, file: f})
}

func (d *faultDisk) mkdirAll(path string, perm fs.FileMode) error {
	if d.names[path] != nil {
		return nil
	}
	if err := d.mkdirAll(filepath.Dir(path), perm); err != nil {
		return err
	}
	return d.name(nameOp{to: path, file: &inode{dir: true}})
}

func (d *faultDisk) syncDir(dir string) error {
	return d.step(func() {
		d.owed = slices.DeleteFunc(d.owed, func(op nameOp) bool {
			in := op.from != "" && filepath.Dir(op.from) == dir || op.to != "" && filepath.Dir(op.to) == dir
			if in {
				op.apply(d.safe)
			}
			return in
		})
	})
}

func (d *faultDisk) free(string) (int64, bool) { return 0, false }
func (d *faultDisk) bootID() string            { return d.boot }

// faultFile is an inode that a process has open.
type faultFile struct {
	*inode
	disk  *faultDisk
	life  int
	holds bool // the lock
}

func (f *faultFile) dead() bool { return f.disk.off || f.life != f.disk.life }

func (f *faultFile) change(op dataOp) error {
	if f.dead() {
		return os.ErrClosed
	}
	return f.disk.step(func() {
		if f.disk.off && len(op.data) > 0 { // the end comes while it is written
			op.data = op.data[:f.disk.rng.IntN(len(op.data))]
		}
		f.data = op.apply(f.data)
		f.owed = append(f.owed, op)
		f.mtime = f.disk.clock
	})
}

func (f *faultFile) WriteAt(b []byte, off int64) (int, error) {
	err := f.change(dataOp{off: off, data: slices.Clone(b), size: -1})
	if err != nil && !f.dead() {
		part := dataOp{off: off, data: slices.Clone(b[:f.disk.rng.IntN(len(b)+1)]), size: -1}
		f.data = part.apply(f.data)
		f.owed = append(f.owed, part)
		return len(part.data), err
	}
	return len(b), err
}

func (f *faultFile) Truncate(size int64) error { return f.change(dataOp{size: size}) }

func (f *faultFile) ReadAt(b []byte, off int64) (int, error) {
	switch {
	case f.dead():
		return 0, os.ErrClosed
	case f.disk.rng.Float64() < f.disk.fails:
		f.disk.lost = true
		return 0, syscall.EIO
	}
	if len(b) > 0 && off >= int64(len(f.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *faultFile) Sync() error {
	if f.dead() {
		return os.ErrClosed
	}
	err := f.disk.step(func() {
		if f.disk.off {
			return // not reached any more
		}
		for _, op := range f.owed {
			f.safe = op.apply(f.safe)
		}
		f.owed, f.safeTime = nil, f.mtime
	})
	if err == nil {
		return nil
	}
	for _, op := range f.owed { // gone, but for what reached the platter
		if f.disk.rng.IntN(2) == 0 {
			f.safe = op.apply(f.safe)
		}
	}
	f.owed, f.disk.lost = nil, true
	return err
}

func (f *faultFile) dropCache() {
	f.data = slices.Clone(f.safe)
	for _, op := range f.owed {
		f.data = op.apply(f.data)
	}
}

func (f *faultFile) Close() error {
	if f.holds {
		f.holder = 0
	}
	return nil
}

func (f *faultFile) lock() error {
	if f.holder == f.disk.life {
		return ErrPartialLocked
	}
	f.holder, f.holds = f.disk.life, true
	return nil
}

func (f *faultFile) isAt(path string) (bool, error) { return f.disk.names[path] == f.inode, nil }

func (f *faultFile) Chmod(fs.FileMode) error { return nil }

func (f *faultFile) Stat() (fs.FileInfo, error) { return faultInfo{f.inode}, nil }

type faultInfo struct{ *inode }

func (i faultInfo) Name() string       { return "" }
func (i faultInfo) Size() int64        { return int64(len(i.data)) }
func (i faultInfo) Mode() fs.FileMode  { return 0o600 }
func (i faultInfo) ModTime() time.Time { return time.Unix(0, i.mtime) }
func (i faultInfo) IsDir() bool        { return i.dir }
func (i faultInfo) Sys() any           { return nil }
