package share

import (
	"io"

	"starling/share/content"
	"starling/share/tags"
	"starling/share/words"
)

// about is what a file says of itself: its type, judged by content and name, and
// its tags. The zero value says that nobody has looked yet; the type is the name's
// until then.
type about struct {
	looked bool
	typ    words.Type
	tags   string // one line, as tags.About gives it
}

// aboutVersion is that of the rules in share/tags. What a catalog holds of another
// version is looked at again, which reads the beginnings of files and hashes none.
const aboutVersion = 1

// lookInto reads what an open file says of itself. The name counts as well.
func lookInto(f io.ReaderAt, sizeBytes int64, name string) about {
	typ, line := tags.About(f, sizeBytes, name)
	return about{looked: true, typ: typ, tags: line}
}

// describe puts on a record what its file says, if anybody has looked.
func (r *record) describe(a about) {
	if a.looked && r.pack == nil {
		r.looked, r.typ, r.tags = true, a.typ, a.tags
	}
}

// unseen says that the file is hashed and that nobody knows what it says.
func (r *record) unseen() bool { return !r.looked && r.pack == nil }

// catalogued is what the catalog remembers of a file in one state.
type catalogued struct {
	id content.ID
	about
}

// value is how the catalog writes it: the id alone, as the first catalogs
// did, or id ‖ version ‖ type ‖ tags.
func (k catalogued) value() []byte {
	b := append(make([]byte, 0, len(k.id)+2+len(k.tags)+4), k.id[:]...)
	if !k.looked {
		return b
	}
	return append(append(b, aboutVersion, byte(k.typ)), k.tags...)
}

// parseCatalogued reads a value whose checksum is good; false for what is none.
func parseCatalogued(v []byte) (k catalogued, ok bool) {
	if len(v) < len(k.id) {
		return k, false
	}
	k.id = content.ID(v[:len(k.id)])
	if v = v[len(k.id):]; len(v) >= 2 && v[0] == aboutVersion {
		k.about = about{looked: true, typ: words.Type(v[1]), tags: string(v[2:])}
	}
	return k, true
}
