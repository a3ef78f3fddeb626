package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"starling/share"
	"starling/share/content"
)

// ErrPatience says that a Reader has waited for the next bytes for as long as it
// was to wait.
var ErrPatience = errors.New("no byte came for too long")

// patienceDefault is how long a Reader waits for its next bytes. Sources that
// vanish end the download before; queues of sources may take longer than this.
const patienceDefault = 5 * time.Minute

// findsMax bounds how often one read looks for the file anew, when what it was
// read from has gone: it may move once or twice, as a download that lands does.
const findsMax = 8

// Reader reads a file of which some may still be on its way, and waits for what
// is: an io.ReadSeeker and io.ReaderAt of one goroutine. Bytes that came from
// others are verified before they are read; those of a shared or finished file
// are as they lie on the disk, in the state that was hashed.
type Reader struct {
	x       *Exchange
	ctx     context.Context
	request Request
	layout  content.Layout
	name    string
	pos     int64
	wake    chan struct{}

	file  io.ReaderAt // the whole file, or nil
	close func()
	from  *download // what is waited for, or nil
}

// Open gives a Reader of a file, once its size is proven: of the shared or
// finished file, else of the download under way, which then fetches what is read
// first, else of a new one, which lies in the state folder and is removed soon
// after its last reader, see Request.Linger. ctx ends reads that wait. Errors: of
// a download that fails, its FailError; ErrPatience; ErrStopped.
func (x *Exchange) Open(ctx context.Context, q Request) (*Reader, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	if q.Patience == 0 {
		q.Patience = patienceDefault
	}
	r := &Reader{x: x, ctx: ctx, request: q, wake: make(chan struct{}, 1)}
	for range findsMax {
		if err := r.find(); err != nil {
			return nil, err
		}
		err := r.await(func() (bool, error) { return r.settled(), nil }, -1)
		if err == nil {
			return r, nil
		}
		r.leave()
		if !errors.Is(err, errMoved) {
			return nil, err
		}
	}
	return nil, errMoved
}

// errMoved says that the file is to be looked for anew.
var errMoved = errors.New("the file has moved while it was read")

// Name is the file's name, as far as it is known.
func (r *Reader) Name() string { return r.name }

// SizeBytes is the file's proven size.
func (r *Reader) SizeBytes() int64 { return r.layout.SizeBytes }

// find looks for the best place to read from.
func (r *Reader) find() error {
	h, err := r.x.library.Open(r.request.ID)
	if err == nil {
		r.file, r.close = h, func() { h.Close() }
		r.name, r.layout = h.File().Name, h.Manifest().Layout
		return nil
	}
	if r.openFinished() {
		return nil
	}
	r.from, err = r.x.attach(r)
	return err
}

// openFinished opens a finished download that is not served: its owner seeds
// nothing. The file must be what was written.
func (r *Reader) openFinished() bool {
	d := r.x.download(r.request.ID)
	if d == nil {
		return false
	}
	rec := d.snapshot()
	info, err := os.Lstat(rec.Path)
	if rec.State != Done || rec.Reason == skipped || err != nil || !info.Mode().IsRegular() || info.Size() != rec.SizeBytes || info.ModTime().After(rec.Finished) {
		return false
	}
	f, err := os.Open(rec.Path)
	if err != nil {
		return false
	}
	r.file, r.close = f, func() { f.Close() }
	r.name, r.layout = rec.Name, content.LayoutOf(rec.SizeBytes)
	return true
}

// settled takes over the proven size once there is one.
func (r *Reader) settled() bool {
	if r.file != nil {
		return true
	}
	p := r.from.partialNow()
	if p == nil {
		return false
	}
	r.name, r.layout = r.from.snapshot().Name, p.Manifest().Layout
	return true
}

// Read reads what is there from the current place on, at least one byte.
func (r *Reader) Read(b []byte) (int, error) {
	n, err := r.some(b, r.pos)
	r.pos += int64(n)
	return n, err
}

// ReadAt fills b, or says why not.
func (r *Reader) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) && err == nil {
		var more int
		more, err = r.some(b[n:], off+int64(n))
		n += more
	}
	return n, err
}

// Seek moves the place that Read reads from.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.pos
	case io.SeekEnd:
		offset += r.layout.SizeBytes
	}
	if offset < 0 {
		return 0, fmt.Errorf("seek to %d", offset)
	}
	r.pos = offset
	return offset, nil
}

// Close ends the Reader. What it alone wanted is fetched no further.
func (r *Reader) Close() error {
	r.leave()
	return nil
}

func (r *Reader) leave() {
	if r.close != nil {
		r.close()
	}
	if r.from != nil {
		r.from.detach(r, r.request.Linger)
		r.x.wakeRun()
	}
	r.file, r.close, r.from = nil, nil, nil
}

// some reads at least one byte at off and at most to the end of its group.
func (r *Reader) some(b []byte, off int64) (n int, err error) {
	if off >= r.layout.SizeBytes {
		return 0, io.EOF
	}
	group := int(off / r.layout.GroupBytes())
	start, length := r.layout.Span(group)
	if b = b[:min(int64(len(b)), start+length-off)]; len(b) == 0 {
		return 0, nil
	}
	for range findsMax {
		err = r.await(func() (done bool, err error) {
			n, err = r.try(b, off)
			return n > 0 || err != nil, err
		}, group)
		if n > 0 || !errors.Is(err, errMoved) {
			return n, err
		}
		r.leave()
		size := r.layout
		if err := r.find(); err != nil {
			return 0, err
		}
		if r.file != nil && r.layout != size {
			return 0, fmt.Errorf("read %s: %w", r.request.ID.Short(), share.ErrChanged)
		}
		r.layout = size
	}
	return 0, fmt.Errorf("read %s: %w", r.request.ID.Short(), err)
}

// try reads what is there now; nothing and no error where that is not enough.
func (r *Reader) try(b []byte, off int64) (int, error) {
	if r.file != nil {
		if n, _ := r.file.ReadAt(b, off); n == len(b) {
			return n, nil
		}
		return 0, errMoved
	}
	p := r.from.partialNow()
	if p == nil {
		return 0, nil
	}
	n, err := p.ReadAt(b, off)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, share.ErrNotHeld), errors.Is(err, os.ErrClosed):
		return 0, nil
	}
	return 0, fmt.Errorf("read %s: %w", r.request.ID.Short(), err)
}

// await looks until done, at each group that comes and each change of the
// download, with its play head at a group, where one is named. The error is errMoved when the
// download is no longer the place to read from.
func (r *Reader) await(done func() (bool, error), head int) error {
	var patience <-chan time.Time
	for {
		if r.from == nil {
			ok, err := done()
			if !ok && err == nil {
				err = errMoved
			}
			return err
		}
		status, changed := r.from.look()
		if head >= 0 {
			r.from.playFrom(r, head)
		}
		if ok, err := done(); ok || err != nil {
			return err
		}
		if err := r.x.over(r.from, status); err != nil {
			return err
		}
		if patience == nil {
			timer := time.NewTimer(r.request.Patience)
			defer timer.Stop()
			patience = timer.C
		}
		select {
		case <-r.wake:
		case <-changed:
		case <-patience:
			return fmt.Errorf("%w: %v; the download is %s (%s)", ErrPatience, r.request.Patience, status.State, status.Reason)
		case <-r.ctx.Done():
			return context.Cause(r.ctx)
		case <-r.x.life.Done():
			return ErrStopped
		}
	}
}
