package share

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"starling/share/content"
)

// unreadableMax is how many groups of a file may fail to be read before the rest
// of it is left: a dying disk takes seconds for each.
const unreadableMax = 8

// compare reads an open file against its manifest.
func (v *verification) compare(f *os.File, rec *record, out *Verified) {
	from := v.o.through(out.Path, f)
	m, err := v.catalog.manifest(rec.id, rec.stat.size)
	if err != nil {
		v.compareWhole(from, rec, out)
		return
	}
	bad, unread := content.NewBitset(m.Groups()), content.NewBitset(m.Groups())
	for g := 0; g < m.Groups() && unread.Count() < unreadableMax && errors.Join(v.ctx.Err(), rec.root.gone.Err()) == nil; g++ {
		switch err := v.group(from, m, g); {
		case err == nil:
		case errors.Is(err, content.ErrBadGroup):
			bad.Set(g)
		default:
			unread.Set(g)
			out.Err = cause(err)
		}
	}
	if bad.Count() > 0 {
		v.secondLook(f, from, m, bad)
	}
	out.State = stateOf(bad, unread)
	for g := range unread.All() {
		bad.Set(g)
	}
	out.Bad = bad
}

// secondLook reads what was bad once more: the memory may have been at fault.
func (v *verification) secondLook(f *os.File, from io.ReaderAt, m *content.Manifest, bad content.Bitset) {
	dropCache(f)
	counted := v.counts.Bytes
	for g := range bad.Clone().All() {
		if v.group(from, m, g) == nil {
			bad.Clear(g)
		}
	}
	v.counts.Bytes = counted
}

func stateOf(bad, unread content.Bitset) VerifyState {
	switch {
	case bad.Count() > 0:
		return VerifiedDamaged
	case unread.Count() > 0:
		return VerifiedUnreadable
	}
	return VerifiedOK
}

// group reads one group; the error is content.ErrBadGroup where its bytes are
// others, a file that is cut included, and the disk's where it cannot be read.
func (v *verification) group(f io.ReaderAt, m *content.Manifest, g int) error {
	off, n := m.Span(g)
	sum := m.Verifier(g)
	for end := off + n; off < end; {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		piece := v.buf[:min(int64(len(v.buf)), recheckBytes, end-off)]
		read, err := f.ReadAt(piece, off)
		switch {
		case read == len(piece):
		case err == nil, errors.Is(err, io.EOF):
			return fmt.Errorf("%w: group %d is cut short", content.ErrBadGroup, g)
		default:
			return err
		}
		if _, err := sum.Write(piece); err != nil {
			return err
		}
		off += int64(len(piece))
		v.count(len(piece))
	}
	return sum.Verify()
}

// compareWhole does without a manifest, which the catalog has lost: then nobody
// can tell which of the groups are bad.
func (v *verification) compareWhole(f io.ReaderAt, rec *record, out *Verified) {
	whole := io.NewSectionReader(f, 0, rec.stat.size)
	id, m, err := v.hasher.Hash(&countingReader{v.ctx, rec.root.gone, whole, v.count}, rec.stat.size)
	switch {
	case err == nil && id == rec.id:
		v.catalog.put(rec.stat, catalogued{id: id, about: about{rec.looked, rec.typ, rec.tags}}, m)
		out.State = VerifiedOK
	case err == nil:
		out.State, out.Bad = VerifiedDamaged, content.NewBitset(out.Groups)
		out.Bad.SetAll()
	default:
		out.State, out.Err = VerifiedUnreadable, cause(err)
	}
}

// BadRange is a run of bad groups.
type BadRange struct {
	Group, Groups int
	Off, Bytes    int64
}

// BadRanges gives the bad groups as ranges, at most limit of them.
func (f Verified) BadRanges(limit int) (out []BadRange, more bool) {
	l := content.LayoutOf(f.SizeBytes)
	for g := f.Bad.NextSet(0); g >= 0; {
		if len(out) == limit {
			return out, true
		}
		end := f.Bad.NextMissing(g)
		if end < 0 {
			end = f.Bad.Len()
		}
		off, _ := l.Span(g)
		last, n := l.Span(end - 1)
		out = append(out, BadRange{Group: g, Groups: end - g, Off: off, Bytes: last + n - off})
		g = f.Bad.NextSet(end)
	}
	return out, false
}

// toVerify lists the files that the targets name: those on the shelf, and those
// that are off it because they are damaged.
func (l *Library) toVerify(targets []string) (list []*record, err error) {
	wanted := make([]target, len(targets))
	for i, t := range targets {
		wanted[i] = newTarget(t)
	}
	take := func(rec *record) {
		ours := len(wanted) == 0
		for i := range wanted {
			ours = wanted[i].names(rec) || ours
		}
		if ours {
			list = append(list, rec)
		}
	}
	for _, r := range l.shelf.all() {
		if r == l.packs {
			continue // their files lie in the others
		}
		for _, rec := range l.shelf.listing(r) {
			take(rec)
		}
	}
	for _, f := range l.damage.all() {
		if !f.listed() {
			continue
		}
		rec := l.place(string(f.Path), false)
		rec.id, rec.stat = f.ID, f.stat()
		take(rec)
	}
	for _, t := range wanted {
		if !t.found && l.folderNamed(t) == nil {
			return nil, fmt.Errorf("%s: %w: it names no shared folder, and no shared file lies there", t.word, ErrNotShared)
		}
	}
	return list, nil
}

// target is a word that names files: a root, or what lies at a path.
type target struct {
	word  string
	path  string // absolute and resolved; empty: it is a root's name
	found bool
}

func newTarget(word string) target {
	if !filepath.IsAbs(word) {
		return target{word: word}
	}
	clean := filepath.Clean(word)
	if info, err := os.Stat(clean); err == nil && info.IsDir() {
		return target{word: word, path: resolved(clean)}
	}
	return target{word: word, path: filepath.Join(resolved(filepath.Dir(clean)), filepath.Base(clean))}
}

func (t *target) names(rec *record) bool {
	if t.path == "" {
		name, _, _ := strings.Cut(rec.path, "/")
		t.found = t.found || name == t.word
		return name == t.word
	}
	path := rec.root.onDisk(rec.raw)
	ours := path == t.path || within(path, t.path)
	if !ours && rec.root.adopted() { // its path is what it was fetched to, through a link maybe
		path = filepath.Join(resolved(filepath.Dir(path)), filepath.Base(path))
		ours = path == t.path || within(path, t.path)
	}
	t.found = t.found || ours
	return ours
}

// folderNamed is the root that a target names, though it may have no files.
func (l *Library) folderNamed(t target) *root {
	for _, r := range l.shelf.folders() {
		if r.name == t.word || t.path != "" && samePath(r.dir, t.path) {
			return r
		}
	}
	return nil
}
