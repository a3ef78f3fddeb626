package transfer

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"starling/share"
	"starling/share/content"
)

// skipped is the reason of a download that was not wanted beside a file of its name.
const skipped = "a file of this name exists already; skipped"

// skip ends a download at once whose name is taken, where the owner wants that. Of
// one with a journal it may be the name of its own file, landed in an earlier run.
func (r *run) skip() *outcome {
	if share.PartialExists(r.partialOptions()) {
		return nil
	}
	return r.nameTaken()
}

func (r *run) nameTaken() *outcome {
	rec := r.d.snapshot()
	path := filepath.Join(rec.Dir, rec.Name)
	if _, err := os.Lstat(path); rec.OnExists != share.ExistsSkip || err != nil {
		return nil
	}
	return &outcome{state: Done, path: path, reason: skipped}
}

// copyOwn fills the partial from the library where the owner shares the file
// already; every group is verified as if it came from afar.
func (r *run) copyOwn() *outcome {
	own, err := r.x.library.Open(r.d.id)
	if err != nil {
		return nil // not ours, so it comes from others
	}
	defer own.Close()
	r.publish(Verifying)
	m := own.Manifest()
	if o := r.keep(sizeProven{manifest: m}); o != nil || r.ctx.Err() != nil {
		return o
	}
	all := content.NewBitset(m.Groups())
	all.SetAll()
	r.copyGroups(own, all)
	return nil
}

// copyGroups takes groups from a copy on this disk.
func (r *run) copyGroups(own io.ReaderAt, groups content.Bitset) {
	for g := range groups.All() {
		off, n := r.layout.Span(g)
		if err := r.copyGroup(g, io.NewSectionReader(own, off, n)); err != nil || r.ctx.Err() != nil {
			r.x.log.Warn("own copy is incomplete, the rest comes from others", "id", r.d.id.Short(), "err", err)
			break
		}
	}
	r.startPicker()
}

func (r *run) copyGroup(g int, own *io.SectionReader) error {
	if own.Size() <= wholeGroupBytes {
		data, err := io.ReadAll(own)
		if err != nil {
			return err
		}
		return r.partial.WriteGroup(g, data)
	}
	w, err := r.partial.Group(g)
	if w == nil || err != nil {
		return err
	}
	if _, err := io.Copy(w, own); err != nil {
		w.Abort()
		return err
	}
	return w.Commit()
}

// finish lands the complete file and lets the library have it. again means that
// groups turned out to be lost and are to be fetched once more.
func (r *run) finish() (o *outcome, again bool) {
	r.publish(Verifying)
	if o := r.noFile(); o != nil {
		return o, false
	}
	rec := r.d.snapshot()
	path, err := r.partial.Finish(r.ctx, rec.landsAs(), rec.OnExists)
	switch {
	case rec.Repair != nil && (errors.Is(err, share.ErrChanged) || errors.Is(err, share.ErrNotPlain) || errors.Is(err, os.ErrNotExist)):
		return r.notRepaired(err), false
	case errors.Is(err, content.ErrBadGroup):
		r.x.log.Warn("groups on the disk changed and are fetched again", "id", rec.ID.Short(), "err", err)
		return nil, true
	case errors.Is(err, share.ErrExists):
		r.d.offer(nil)
		if err := r.partial.Discard(); err != nil {
			r.x.log.Warn("partial file not removed", "id", rec.ID.Short(), "err", err)
		}
		r.partial = nil
		return &outcome{state: Done, path: path, reason: skipped}, false
	case errors.Is(err, share.ErrFalseIndex):
		return r.falseIndex(err), false
	case err != nil:
		return r.diskFailed(err), false
	}
	complaint := r.adopt(path)
	if stays := r.staysThere(path); complaint == "" {
		complaint = stays
	}
	r.x.o.hook(stepAdopted)
	return &outcome{state: Done, path: path, reason: complaint, landed: r.partial}, false
}

// adopt gives the finished file to the library, which serves it from now on.
func (r *run) adopt(path string) (complaint string) {
	q := r.d.snapshot().Repair
	done := q != nil && !r.restore(path, q)
	switch {
	case r.x.o.NoSeed:
		return ""
	case r.x.nobodys(r.d, path):
		return "the file is not served to others, as the folder is no longer shared with whom it was for"
	case done:
		return ""
	}
	if err := r.adoptAs(path, r.d.snapshot().Searchable); err != nil {
		r.x.log.Warn("finished file is not served", "id", r.d.id.Short(), "err", err)
		return "the file is complete, but it cannot be served to others: " + err.Error()
	}
	return ""
}

func (r *run) adoptAs(path string, searchable bool) (err error) {
	if folder := r.partial.Landed(); folder != nil {
		_, err = r.x.library.AdoptCollection(folder, r.partial.Manifest(), r.d.id, searchable)
	} else {
		_, err = r.x.library.Adopt(path, r.partial.Manifest(), r.d.id, searchable)
	}
	return err
}

// staysThere tells who asked to overwrite that a folder is never overwritten.
func (r *run) staysThere(path string) string {
	rec := r.d.snapshot()
	if r.partial.Landed() == nil || rec.OnExists != share.ExistsOverwrite || filepath.Base(path) == rec.Name {
		return ""
	}
	return fmt.Sprintf("%s was there and stays as it was: a folder is never overwritten", filepath.Join(rec.Dir, rec.Name))
}

// falseIndex ends a download whose publisher lied about its files. Nobody else
// has another content under its id, so nothing of it is kept.
func (r *run) falseIndex(err error) *outcome {
	r.d.offer(nil)
	if err := r.partial.Discard(); err != nil {
		r.x.log.Warn("partial folder not removed", "id", r.d.id.Short(), "err", err)
	}
	r.partial = nil
	return failed(FailVerification, "%v; nothing of it was kept", err)
}
