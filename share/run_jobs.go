package share

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"starling/share/words"
)

// takeFound queues what one root had new; a nil root ends the look.
func (k *keeper) takeFound(s scanned) {
	if s.root == nil {
		if k.part {
			k.endPart(time.Now())
			return
		}
		k.endLook()
		k.watchNotice(nil)
		return
	}
	k.forgetFaults(s)
	k.making.due = k.making.due || s.changed
	if s.changed {
		k.dropBroken(s.root)
	}
	now, first := time.Now(), !k.known[s.root] && s.covers == nil
	if first && !s.missing {
		k.known[s.root] = true
	}
	for _, j := range s.jobs {
		j.calm = j.calm || first
		k.meet(j, now)
	}
	k.queue = slices.Clone(k.queue) // let go of what was handed out
	slices.SortStableFunc(k.queue, func(a, b job) int { return cmp.Compare(a.stat.size, b.stat.size) })
}

// meet deals with a file without a hash that a look has found.
func (k *keeper) meet(j job, now time.Time) {
	waiting, ok := k.retries.files[j.name()]
	switch {
	case !ok:
		k.enqueue(j, now)
	case waiting.stat != j.stat:
		k.retries.renew(j, now, rest(j, now, k.opts.QuietTime))
	}
}

// enqueue hashes a file soon, or later when it has only just changed.
func (k *keeper) enqueue(j job, now time.Time) {
	if stat, ok := k.busy[j.name()]; ok && stat == j.stat {
		return
	}
	if wait := rest(j, now, k.opts.QuietTime); j.pack == nil && wait > 0 {
		k.retries.add(j, now, wait)
		return
	}
	k.busy[j.name()] = j.stat
	k.queue = append(k.queue, j)
	k.meter.add(j.root, j.stat.size, now)
}

// lookAt brings one file up to date, whatever the shelf says of it.
func (k *keeper) lookAt(j job) {
	if j.root.gone.Err() != nil {
		return
	}
	if j.pack != nil {
		k.lookSoon() // its files tell
		return
	}
	old := k.shelf.byName(j.root, j.path, j.raw)
	stat, err := j.root.look(j.raw)
	if old != nil && (err != nil || old.stat != stat) {
		k.shelf.change(j.root, nil, []*record{old})
		k.dropBroken(j.root)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		k.fault(j.root, j.raw, err)
	}
	if err != nil || old != nil && old.stat == stat && !old.unseen() {
		return
	}
	j.calm, j.stat = j.stat == stat, stat
	if known, ok := k.catalog.lookup(stat); ok {
		if k.judge(j.root, j.raw, false).left() { // patterns may have come meanwhile; what is hashed is judged by its reader
			return
		}
		k.keep(j, known)
		if known.looked {
			return
		}
	}
	k.enqueue(j, time.Now())
}

// take deals with the outcome of a job.
func (k *keeper) take(h hashed) {
	k.meter.end(h.root, h.unread, time.Now())
	if h.stat.size > briefMax {
		k.large--
	}
	h = k.stillShared(h) // a look may have begun since the reader asked
	if k.busy[h.name()] == h.stat {
		delete(k.busy, h.name())
	}
	gone := h.root.gone.Err() != nil || errors.Is(h.err, fs.ErrNotExist)
	k.making.due = k.making.due || h.pack == nil
	switch {
	case h.pack != nil:
		k.takePack(h)
	case h.err == nil:
		k.fault(h.root, h.raw, nil)
		if k.settleAdopted(h) {
			k.keep(h.job, h.catalogued)
		}
	case gone:
		k.fault(h.root, h.raw, nil)
	case errors.Is(h.err, ErrChanged):
		if !k.retries.has(h.name()) { // a look may have seen it change already
			k.retries.add(h.job, time.Now(), 0)
		}
	default:
		k.fault(h.root, h.raw, h.err)
	}
}

// keep puts a hashed file where shelveFresh finds it.
func (k *keeper) keep(j job, found catalogued) {
	rec := &record{
		path: j.path, raw: j.raw, id: found.id, stat: j.stat, typ: words.TypeOf(j.raw), searchable: j.searchable, root: j.root, pack: j.pack, lies: j.lies,
	}
	rec.describe(found.about)
	if j.pack != nil {
		rec.typ = words.Collection
	}
	k.fresh[j.root] = append(k.fresh[j.root], rec)
}

// shelveFresh shares what was hashed. It is done for many files at once, as
// each change of the shelf costs a new listing.
func (k *keeper) shelveFresh() {
	for r, records := range k.fresh {
		k.shelf.change(r, records, nil)
	}
	clear(k.fresh)
	for r := range k.faulty {
		k.tellFaults(r)
	}
	clear(k.faulty)
}

// fault notes that a file could not be read, or, with nil, that it could. It is told
// with the next files that are shared: telling looks at all of them.
func (k *keeper) fault(r *root, raw string, err error) {
	if err == nil && k.faults[r] == nil {
		return
	}
	if k.faults[r] == nil {
		k.faults[r] = make(map[string]error)
	}
	if k.faults[r][raw] = err; err == nil {
		delete(k.faults[r], raw)
	}
	if k.faulty == nil {
		k.faulty = make(map[*root]bool)
	}
	k.faulty[r] = true
}

// forgetFaults drops those of files that a look did not find any more.
func (k *keeper) forgetFaults(s scanned) {
	if k.faults[s.root] == nil {
		return
	}
	there := make(map[string]bool, len(s.jobs))
	for _, j := range s.jobs {
		there[j.raw] = true
	}
	maps.DeleteFunc(k.faults[s.root], func(raw string, _ error) bool { return !there[raw] && (s.covers == nil || s.covers(raw)) })
	k.tellFaults(s.root)
}

func (k *keeper) tellFaults(r *root) {
	f := faults{count: len(k.faults[r])}
	for raw := range k.faults[r] {
		if text := fmt.Sprintf("%s: %v", DisplayName(raw), cause(k.faults[r][raw])); f.first == "" || text < f.first {
			f.first = text
		}
	}
	if f.count == 0 {
		delete(k.faults, r)
	}
	k.shelf.setUnread(r, f.String())
}

// cause is the reason without the path, which is said already.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
