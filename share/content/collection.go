package content

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// Limits of a collection, for owners and for what strangers publish.
const (
	// CollectionFilesMax is as many files as a receiver keeps the places of: 15 MiB.
	CollectionFilesMax = 1 << 18
	// CollectionIndexMax bounds the index, which a receiver holds in memory: at
	// CollectionFilesMax files it leaves 90 bytes for each path.
	CollectionIndexMax = 32 << 20
	// CollectionHeadBytes are enough to know a collection by, see CollectionIndexBytes.
	CollectionHeadBytes = len(collectionMagic) + 8 + 4

	memberPathMax  = 4096 // bytes, as file systems have it
	memberNameMax  = 255  // bytes of one name in a path
	memberBytesMin = 1 + 1 + 1 + 1 + len(ID{})

	collectionMagic = "starling collection 1\n"
)

// ErrBadCollection says that bytes are not the index of a collection, or that
// files cannot be one.
var ErrBadCollection = errors.New("not a usable collection")

// Member is one file of a collection.
type Member struct {
	Path      string // below the folder, with slashes; a stranger's names
	SizeBytes int64
	ID        ID
}

// Collection is a folder as one content: its index, then the bytes of its
// files, one behind the other in the index's order, without gaps. The folder's
// own name is no part of it, so equal folders have one content id. It is
// immutable.
//
// The index is, numbers big-endian: the line "starling collection 1", the
// length of the index (8 bytes), the number of files (4 bytes), and for each
// file, in order of path: as uvarints the length of its entry and that of its
// path, the path, as a uvarint the size, the content id (32 bytes). Readers pass
// over what else an entry holds and what follows the last one.
//
// Paths are UTF-8, name/name/name. They are ordered byte by byte with the slash
// before everything, so that a folder's files stand together.
type Collection struct {
	index string
	files []Member
	ends  []int64 // per file: the first offset behind its bytes
}

// NewCollection makes the collection of files, which it sorts and keeps. The
// error is ErrBadCollection: no files, too many, or a path that is none, occurs
// twice or is a folder of another.
func NewCollection(files []Member) (*Collection, error) {
	slices.SortFunc(files, func(a, b Member) int { return ComparePaths(a.Path, b.Path) })
	c := &Collection{files: files}
	if err := c.check(); err != nil {
		return nil, err
	}
	b := binary.BigEndian.AppendUint64([]byte(collectionMagic), 0)
	b = binary.BigEndian.AppendUint32(b, uint32(len(files)))
	for _, f := range files {
		b = appendMember(b, f)
	}
	if len(b) > CollectionIndexMax {
		return nil, badCollection("its list of files takes %d bytes, more than %d", len(b), CollectionIndexMax)
	}
	binary.BigEndian.PutUint64(b[len(collectionMagic):], uint64(len(b)))
	c.index = string(b)
	return c, c.place()
}

func appendMember(b []byte, f Member) []byte {
	var scratch [2 * binary.MaxVarintLen64]byte
	path := binary.AppendUvarint(scratch[:0], uint64(len(f.Path)))
	size := binary.AppendUvarint(scratch[binary.MaxVarintLen64:binary.MaxVarintLen64], uint64(f.SizeBytes))
	b = binary.AppendUvarint(b, uint64(len(path)+len(f.Path)+len(size)+len(f.ID)))
	b = append(append(b, path...), f.Path...)
	return append(append(b, size...), f.ID[:]...)
}

// CollectionIndexBytes tells from the first CollectionHeadBytes of a content how
// long its index is; ok is false when it is no collection.
func CollectionIndexBytes(head []byte) (n int64, ok bool) {
	if len(head) < CollectionHeadBytes || string(head[:len(collectionMagic)]) != collectionMagic {
		return 0, false
	}
	length := binary.BigEndian.Uint64(head[len(collectionMagic):])
	return int64(min(length, CollectionIndexMax)), length > uint64(CollectionHeadBytes) && length <= CollectionIndexMax
}

// ParseCollection reads an index, all of it and nothing more, for a content of
// the given size, which the index and its files must add up to. The error is
// ErrBadCollection.
func ParseCollection(index []byte, sizeBytes int64) (*Collection, error) {
	n, ok := CollectionIndexBytes(index)
	if !ok || n != int64(len(index)) {
		return nil, badCollection("its index is cut short or is none")
	}
	count := binary.BigEndian.Uint32(index[CollectionHeadBytes-4:])
	if count > CollectionFilesMax || int(count)*memberBytesMin > len(index) {
		return nil, badCollection("%d files in an index of %d bytes", count, len(index))
	}
	c := &Collection{index: string(index), files: make([]Member, count)}
	rest := c.index[CollectionHeadBytes:]
	for i := range c.files {
		if rest, ok = parseMember(rest, &c.files[i]); !ok {
			return nil, badCollection("the entry of file %d makes no sense", i)
		}
	}
	if err := errors.Join(c.check(), c.place()); err != nil {
		return nil, err
	}
	if c.SizeBytes() != sizeBytes {
		return nil, badCollection("its files add up to %d bytes, the content has %d", c.SizeBytes(), sizeBytes)
	}
	return c, nil
}

// parseMember reads one entry; its path shares the index's memory.
func parseMember(s string, f *Member) (rest string, ok bool) {
	entry, rest, ok := cutCounted(s)
	if !ok {
		return "", false
	}
	path, entry, ok := cutCounted(entry)
	if !ok {
		return "", false
	}
	size, n := stringUvarint(entry)
	if n <= 0 || size > uint64(MaxSizeBytes) || len(entry)-n < len(f.ID) {
		return "", false
	}
	f.Path, f.SizeBytes = path, int64(size)
	copy(f.ID[:], entry[n:])
	return rest, true
}

// cutCounted cuts off what a uvarint before it says the length of.
func cutCounted(s string) (part, rest string, ok bool) {
	size, n := stringUvarint(s)
	if n <= 0 || size > uint64(len(s)-n) {
		return "", "", false
	}
	return s[n : n+int(size)], s[n+int(size):], true
}

func stringUvarint(s string) (uint64, int) {
	var b [binary.MaxVarintLen64]byte
	return binary.Uvarint(b[:copy(b[:], s)])
}

// check looks at paths and their order, not at sizes. Folders are as few as files
// can be: each has to be made.
func (c *Collection) check() error {
	if len(c.files) == 0 {
		return badCollection("it has no files")
	}
	if len(c.files) > CollectionFilesMax {
		return badCollection("it has %d files, more than %d", len(c.files), CollectionFilesMax)
	}
	before, folders := "", 0
	for i, f := range c.files {
		if !usablePath(f.Path) {
			return badCollection("the path %q leads nowhere in a folder", f.Path)
		}
		if i > 0 && ComparePaths(before, f.Path) >= 0 {
			return badCollection("the path %q occurs twice or out of order", f.Path)
		}
		if i > 0 && strings.HasPrefix(f.Path, before) && f.Path[len(before)] == '/' {
			return badCollection("%q is a file and a folder", before)
		}
		if folders += newFolders(before, f.Path); folders > CollectionFilesMax {
			return badCollection("it has more than %d folders", CollectionFilesMax)
		}
		before = f.Path
	}
	return nil
}

// newFolders counts the folders of a path that the path before it is not in.
func newFolders(before, path string) int {
	n := strings.Count(path, "/")
	for i := range min(len(before), len(path)) {
		if before[i] != path[i] {
			break
		}
		if path[i] == '/' {
			n--
		}
	}
	return n
}

func usablePath(path string) bool {
	if len(path) > memberPathMax || !utf8.ValidString(path) || strings.IndexByte(path, 0) >= 0 {
		return false
	}
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || name == "." || name == ".." || len(name) > memberNameMax {
			return false
		}
	}
	return true
}

// place finds where each file's bytes end.
func (c *Collection) place() error {
	c.ends = make([]int64, len(c.files))
	at := int64(len(c.index))
	for i, f := range c.files {
		if f.SizeBytes < 0 || f.SizeBytes > MaxSizeBytes-at {
			return badCollection("its files are larger than %d bytes together", MaxSizeBytes)
		}
		at += f.SizeBytes
		c.ends[i] = at
	}
	return nil
}

// ComparePaths is the order of a collection's files.
func ComparePaths(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return int(pathRank(a[i])) - int(pathRank(b[i]))
		}
	}
	return len(a) - len(b)
}

func pathRank(c byte) byte {
	if c == '/' {
		return 0
	}
	return c
}

// Index is the encoded index, the first bytes of the content.
func (c *Collection) Index() string { return c.index }

// Files are the files in the order of their bytes. Do not change them.
func (c *Collection) Files() []Member { return c.files }

// SizeBytes is the size of the content: index and files.
func (c *Collection) SizeBytes() int64 {
	return c.ends[len(c.ends)-1]
}

// Offset is where the bytes of file i begin.
func (c *Collection) Offset(i int) int64 { return c.ends[i] - c.files[i].SizeBytes }

// Locate finds the file that the byte at off belongs to, and its place in it;
// file is -1 inside the index and len(Files()) behind the end.
func (c *Collection) Locate(off int64) (file int, at int64) {
	if off < int64(len(c.index)) {
		return -1, off
	}
	file = sort.Search(len(c.ends), func(i int) bool { return c.ends[i] > off })
	if file == len(c.ends) {
		return file, off - c.SizeBytes()
	}
	return file, off - c.Offset(file)
}

// IndexGroups is how many of the first groups hold the index.
func (c *Collection) IndexGroups() int {
	return GroupsFor(LayoutOf(c.SizeBytes()), int64(len(c.index)))
}

// GroupsFor is how many of the first groups hold the first n bytes.
func GroupsFor(l Layout, n int64) int {
	return int((n + l.GroupBytes() - 1) / l.GroupBytes())
}

func badCollection(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrBadCollection, fmt.Sprintf(format, args...))
}
