package words

import (
	"encoding/hex"
	"math"
	"slices"
	"strings"
)

// Expr is a parsed query expression. It is immutable; the zero Expr has no
// terms and matches nothing.
type Expr struct {
	terms    []Term
	excluded []Term
	exts     filter[string]
	types    filter[Type]
	size     sizes
	id       *[32]byte
}

// Term is one part of an expression: normalised words, at least one, that stand
// next to each other. When Exact, they are whole words; else the first may
// begin at an inner start and the last may be only the beginning of a word.
type Term struct {
	Words []string
	Exact bool
}

// filter holds alternatives of which one must be, and values that must not be.
type filter[T comparable] struct {
	want, refuse []T
}

func (f filter[T]) empty() bool { return len(f.want)+len(f.refuse) == 0 }

// sizes is an inclusive range in bytes, set when a size filter was given.
type sizes struct {
	set      bool
	min, max int64
}

const maxSize = math.MaxInt64

// Terms are the words and phrases a file must hold. Do not change them.
func (e Expr) Terms() []Term { return e.terms }

// Excluded are the words and phrases a file must not hold. Do not change them.
func (e Expr) Excluded() []Term { return e.excluded }

// Exts are the extensions of which a file must have one; empty means all.
func (e Expr) Exts() []string { return e.exts.want }

// Types are the types of which a file must be one; empty means all.
func (e Expr) Types() []Type { return e.types.want }

// RefusedExts are the extensions a file must not have.
func (e Expr) RefusedExts() []string { return e.exts.refuse }

// RefusedTypes are the types a file must not be of.
func (e Expr) RefusedTypes() []Type { return e.types.refuse }

// HasSize says that there is a size filter.
func (e Expr) HasSize() bool { return e.size.set }

// SizeRange is the inclusive range of sizes in bytes a file must have; all sizes
// when the expression has no size filter.
func (e Expr) SizeRange() (least, most int64) {
	if !e.size.set {
		return 0, maxSize
	}
	return e.size.min, e.size.max
}

// ID is the content id a file must have, if the expression names one.
func (e Expr) ID() (id [32]byte, ok bool) {
	if e.id == nil {
		return id, false
	}
	return *e.id, true
}

// IsZero says that the expression asks for nothing, so it matches nothing.
func (e Expr) IsZero() bool {
	return len(e.terms) == 0 && e.id == nil && !e.size.set && len(e.exts.want)+len(e.types.want) == 0
}

// Equal says whether two expressions are written alike in canonical form.
func (e Expr) Equal(other Expr) bool { return e.String() == other.String() }

// String is the canonical form: terms as they came, then exclusions, ext:,
// type:, size: and id:. Parse reads it back to an equal Expr.
func (e Expr) String() string {
	var parts []string
	for _, t := range e.terms {
		parts = append(parts, t.String())
	}
	for _, t := range e.excluded {
		parts = append(parts, "-"+t.shortest())
	}
	parts = appendFilter(parts, "ext:", e.exts)
	parts = appendFilter(parts, "type:", typeWords(e.types))
	if e.size.set {
		parts = append(parts, "size:"+e.size.String())
	}
	if e.id != nil {
		parts = append(parts, "id:"+hex.EncodeToString(e.id[:]))
	}
	return strings.Join(parts, " ")
}

// String writes plain words with hyphens and whole ones in quotes.
func (t Term) String() string {
	if t.Exact {
		return `"` + strings.Join(t.Words, " ") + `"`
	}
	return strings.Join(t.Words, "-")
}

// shortest leaves the quotes out where an exclusion does without.
func (t Term) shortest() string {
	if len(t.Words) == 1 {
		return t.Words[0]
	}
	return t.String()
}

func (t Term) equal(other Term) bool {
	return t.Exact == other.Exact && slices.Equal(t.Words, other.Words)
}

func appendFilter(parts []string, key string, f filter[string]) []string {
	for _, v := range f.want {
		parts = append(parts, key+v)
	}
	for _, v := range f.refuse {
		parts = append(parts, "-"+key+v)
	}
	return parts
}

func typeWords(f filter[Type]) filter[string] {
	var out filter[string]
	for _, t := range f.want {
		out.want = append(out.want, t.String())
	}
	for _, t := range f.refuse {
		out.refuse = append(out.refuse, t.String())
	}
	return out
}
