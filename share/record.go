package share

import (
	"path"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"starling/share/content"
	"starling/share/words"
)

// wireNameMaxBytes is the longest name a hit may carry.
const wireNameMaxBytes = 255

// File is one shared file as others see it.
type File struct {
	ID         content.ID
	Name       string // the last component of Path, valid UTF-8, ≤ 255 bytes; a stranger to any screen: see DisplayName
	Path       string // virtual: root name, folders, name, slash-separated, valid UTF-8
	SizeBytes  int64
	Type       words.Type
	Modified   time.Time
	Searchable bool   // false: served to those who know its id, and listed nowhere
	Files      int    // of a collection: how many files it holds
	Tags       string // what the file says of itself, one line; empty where it says nothing
}

// fileStat is what tells one state of a file from another. It is the key under
// which hashes are remembered.
type fileStat struct {
	dev, ino uint64
	size     int64 // bytes
	mtime    int64 // nanoseconds since 1970
}

// record is one hashed file. What describes the file never changes; a file that
// changed, or was looked into, gets a new record.
type record struct {
	path       string // virtual, as File.Path
	raw        string // the name below the root's folder as the disk has it, slashes
	id         content.ID
	stat       fileStat
	typ        words.Type
	tags       string // what the file says of itself, one line
	looked     bool   // typ and tags are the file's own word; until then typ is the name's
	searchable bool
	root       *root
	pack       *pack       // of a collection
	lies       string      // of what was fetched: where, see liesAt
	off        atomic.Bool // it was taken off the shelf; changed with shelf.mu held

	next *record // another file of the same content; guarded by shelf.mu

	seg *segment // where the index holds it, guarded by index.mu
	doc uint32
}

func (r *record) file() File {
	f := File{
		ID: r.id, Name: wireName(path.Base(r.path)), Path: r.path, SizeBytes: r.stat.size, Type: r.typ,
		Modified: time.Unix(0, r.stat.mtime), Searchable: r.searchable, Tags: r.tags,
	}
	if r.pack != nil {
		f.Modified, f.Files = time.Unix(0, r.pack.modified()), len(r.pack.stats)
	}
	return f
}

// unchanged looks whether the file is still as it was hashed. Of a collection,
// that is found out when its files are read.
func (r *record) unchanged() bool {
	if r.pack != nil {
		return true
	}
	stat, err := r.root.look(r.raw)
	return err == nil && stat == r.stat
}

func (r *record) document() words.Doc {
	return words.Doc{Path: r.path, SizeBytes: r.stat.size, Type: r.typ, ID: r.id, Tags: r.tags}
}

// virtualName makes valid UTF-8 of a name as the disk has it. Everything else
// about it stays; screens and other disks have their own rules.
func virtualName(raw string) string { return strings.ToValidUTF8(raw, "_") }

// wireName cuts a name to what a hit may carry, keeping its extension.
func wireName(name string) string {
	if len(name) <= wireNameMaxBytes {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > extensionMaxBytes {
		ext = ""
	}
	keep := wireNameMaxBytes - len(ext)
	for !utf8.RuneStart(name[keep]) {
		keep--
	}
	return name[:keep] + ext
}
