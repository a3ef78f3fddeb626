package share

import (
	"strings"

	"starling/share/words"
)

// filter is what the columns of a segment can say of type:, size: and ext:.
type filter struct {
	coarse       bool // type or size matter
	typed        bool // there are types of which one must be
	types        [words.Collection + 2]bool
	least, most  sizeCode
	sized        bool
	record       bool // id:, or an ext: of several parts: more than the index knows
	wantedByType []words.Type
}

func newFilter(e words.Expr) filter {
	f := filter{wantedByType: e.Types(), typed: len(e.Types()) > 0}
	for i := range f.types {
		f.types[i] = !f.typed
	}
	for _, t := range e.Types() {
		f.types[slot(t)] = true
	}
	for _, t := range e.RefusedTypes() {
		f.types[slot(t)] = false
	}
	least, most := e.SizeRange()
	f.least, f.most = sizeCodeOf(least), sizeCodeOf(most)
	f.sized = e.HasSize()
	f.coarse = f.sized || f.typed || len(e.RefusedTypes()) > 0
	_, f.record = e.ID()
	for _, ext := range e.Exts() {
		f.record = f.record || strings.Contains(ext, ".")
	}
	return f
}

// slot keeps types from the future, which no expression names, in bounds.
func slot(t words.Type) int { return int(min(t, words.Collection+1)) }

// plausible judges type and size by the columns.
func (f *filter) plausible(v *view, doc uint32) bool {
	if !f.types[slot(v.types[doc])] {
		return false
	}
	size := v.size(doc)
	return f.least <= size && size <= f.most
}

// possible says that some of 64 documents may have a size that is wanted.
func (f *filter) possible(b sizeBlock) bool { return b.most >= f.least && b.least <= f.most }

// needsRecord says that the columns cannot tell.
func (f *filter) needsRecord(v *view, doc uint32) bool {
	return f.record || f.sized && (v.size(doc) == f.least || v.size(doc) == f.most)
}

// lastPart of an extension such as tar.gz is what the index knows.
func lastPart(ext string) string { return ext[strings.LastIndexByte(ext, '.')+1:] }
