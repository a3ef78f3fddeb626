package transfer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"starling/share"
	"starling/share/content"
)

// Repair makes a Request one for what is wrong with a file on this disk: its good
// groups are kept, the others come from the network, and the whole takes the file's
// place in one step. Until then, and when nobody has the groups, it stays as it is.
type Repair struct {
	// Path is the file, absolute and without links on the way.
	Path string
	// State is the one it is in. A file that its owner changes meanwhile is not
	// touched any more.
	State share.FileState
	// Manifest spares asking others for it; may be nil.
	Manifest *content.Manifest
	// Adopt has a file count as fetched that the library does not know. Without it
	// nothing is served that its owner has stopped sharing meanwhile.
	Adopt bool
	// Told says that only its owner's word makes the file one of this content. It is
	// not believed when no group of the file bears it out: a slip would replace what
	// may be the only copy of something else.
	Told bool
}

// ErrBusy says that a content is on its way to another place already.
var ErrBusy = errors.New("the same content is being fetched already")

// repairRecord is what is remembered of a Repair.
type repairRecord struct {
	Name  []byte            `json:"name"` // of the file, as the disk has it
	State share.FileState   `json:"state"`
	Adopt bool              `json:"adopt,omitempty"`
	Told  bool              `json:"told,omitempty"`
	known *content.Manifest // never stored: another source has it
}

func (q *Repair) record() *repairRecord {
	if q == nil {
		return nil
	}
	return &repairRecord{Name: []byte(filepath.Base(q.Path)), State: q.State, Adopt: q.Adopt, Told: q.Told, known: q.Manifest}
}

// placed fills in where the .part of a repair lies: beside the file.
func (q *Request) placed() {
	if q.Repair != nil {
		q.Dir, q.Name, q.OnExists = filepath.Dir(q.Repair.Path), filepath.Base(q.Repair.Path), share.ExistsOverwrite
	}
}

// target is the file that a download repairs; empty where it repairs none.
func (rec *record) target() string {
	if rec.Repair == nil {
		return ""
	}
	return filepath.Join(rec.Dir, string(rec.Repair.Name))
}

// landsAs is the name of the finished file.
func (rec *record) landsAs() string {
	if rec.Repair != nil {
		return string(rec.Repair.Name)
	}
	return rec.Name
}

// clashes refuses a repair while the same content is on its way to another place.
func (d *download) clashes(q *Request) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if q.Repair == nil || d.rec.State.Final() && d.stopped == nil || d.rec.target() == q.Repair.Path {
		return nil
	}
	to := d.rec.target()
	if to == "" {
		to = filepath.Join(d.rec.Dir, d.rec.Name)
	}
	return fmt.Errorf("%w, to %s (download %d); repair %s when that has ended", ErrBusy, to, d.number, q.Repair.Path)
}

// beginRepair takes up what an earlier run left, and the manifest where it is known
// here. The list says what the .part is for before there is one: found again by its
// journal alone, it would be a download of its own.
func (r *run) beginRepair() *outcome {
	if o := r.targetGone(); o != nil {
		return o
	}
	r.publish(Verifying)
	r.x.remember(r.d)
	if share.PartialExists(r.partialOptions()) {
		if o := r.openPartial(); o != nil || r.partial == nil {
			return o
		}
		if m := r.partial.Manifest(); m != nil {
			r.settled(m)
			return nil
		}
	}
	return r.knownManifest()
}

// targetGone fails while the file is not there. It may come back with its disk, so
// that what has been put together for it stays.
func (r *run) targetGone() *outcome {
	rec := r.d.snapshot()
	path := rec.target()
	_, err := os.Lstat(path)
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	return failed(FailOther, "%s is not there; if its disk is away, repair it again when that is back; if it was deleted, 'starling cancel %d' forgets the repair", path, rec.Number)
}

// knownManifest takes up the manifest that came with a repair, or that of another
// copy in the library. Without either it comes from the network.
func (r *run) knownManifest() *outcome {
	m := r.d.snapshot().Repair.known
	if m == nil {
		own, err := r.x.library.Open(r.d.id)
		if err != nil {
			return nil
		}
		m = own.Manifest()
		own.Close()
	}
	return r.keep(sizeProven{manifest: m})
}

// toPrime says that this run has not looked at the file it repairs, and can now.
func (r *run) toPrime() bool {
	return !r.primed && r.picker != nil && r.d.snapshot().Repair != nil
}

// prime keeps what is good of the file that is repaired, then what another copy on
// this disk has.
func (r *run) prime() *outcome {
	r.primed = true
	rec := r.d.snapshot()
	if r.partial.Path() == rec.target() {
		return nil // an earlier run was stopped after it had taken the file's place
	}
	r.publish(Verifying)
	if o := r.noFile(); o != nil {
		return o
	}
	taken, whole, err := r.partial.Prime(r.ctx, rec.target(), rec.Repair.State)
	switch {
	case r.ctx.Err() != nil:
		return nil
	case err != nil:
		return r.notRepaired(err)
	case whole:
		return r.nothingWrong(rec)
	}
	if rec.Repair.Told && r.partial.Have().Count() == 0 {
		r.giveUpPart()
		return failed(FailOther, "nothing of %s is of the content %s, so there is nothing to repair and it stays as it is; 'starling get ID --to DIR --on-exists overwrite' puts that content in its place",
			rec.target(), rec.ID.Short())
	}
	r.x.log.Info("repair keeps what is good", "id", rec.ID.Short(), "groups", r.layout.Groups(), "kept", taken)
	r.primeFromOwn()
	r.startPicker()
	return nil
}

// noFile ends the repair of a file by the id of a collection, which shows when the
// groups of its index are here.
func (r *run) noFile() *outcome {
	if r.d.snapshot().Repair == nil || r.partial.IndexGroups() == 0 {
		return nil
	}
	r.giveUpPart()
	return failed(FailOther, "%s is the id of a collection, which is no file", r.d.id.Short())
}

func (r *run) primeFromOwn() {
	own, err := r.x.library.Open(r.d.id)
	if err != nil {
		return // no other copy of it here
	}
	defer own.Close()
	have := r.partial.Have()
	missing := content.NewBitset(have.Len())
	for g := have.NextMissing(0); g >= 0; g = have.NextMissing(g + 1) {
		missing.Set(g)
	}
	r.copyGroups(own, missing)
}

// nothingWrong ends the repair of a file whose bytes are all as they should be.
func (r *run) nothingWrong(rec record) *outcome {
	_, err := r.x.library.Restored(rec.target(), r.partial.Manifest(), rec.ID, rec.Repair.State)
	if errors.Is(err, share.ErrChanged) {
		return r.notRepaired(err)
	}
	if err != nil {
		r.x.log.Warn("file that is well is not shared", "id", rec.ID.Short(), "err", err)
	}
	r.giveUpPart()
	return &outcome{state: Done, path: rec.target(), reason: "nothing was wrong with it"}
}

// notRepaired words why a file is not replaced. What has been put together is of no
// use any more where the file is another by now.
func (r *run) notRepaired(err error) *outcome {
	switch {
	case r.targetGone() != nil:
		return r.targetGone()
	case errors.Is(err, share.ErrChanged), errors.Is(err, share.ErrNotPlain):
		r.giveUpPart()
		return failed(FailOther, "the file was changed while it was being repaired, and stays as it is now (%v)", err)
	}
	return r.diskFailed(err)
}

func (r *run) giveUpPart() {
	r.d.offer(nil)
	if err := r.partial.Discard(); err != nil {
		r.x.log.Warn("partial file not removed", "id", r.d.id.Short(), "err", err)
	}
	r.partial = nil
}

// restore gives a repaired file back to the library. adopt: it is none of its files,
// and its owner wants it to count as fetched.
func (r *run) restore(path string, q *repairRecord) (adopt bool) {
	state, err := r.partial.LandedState()
	known := false
	if err == nil {
		known, err = r.x.library.Restored(path, r.partial.Manifest(), r.d.id, state)
	}
	if err != nil {
		r.x.log.Warn("repaired file is not shared yet, the next look finds it", "id", r.d.id.Short(), "err", err)
	}
	return !known && err == nil && q.Adopt
}
