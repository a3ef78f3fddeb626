package workload

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"starling/query"
	"starling/share/content"
	"starling/share/words"
)

// File is one distinct content of the network.
type File struct {
	// Path is what words are matched against, slash-separated, the name last.
	// The name has 1 to query.NameBytesMax bytes of UTF-8.
	Path string
	// SizeBytes is the size; below 0 it is drawn by the type of the file.
	SizeBytes int64
	// Collection says with which other files this one is placed: those of the
	// same number. 0 is no collection.
	Collection int32
}

// Name is the last part of the path, which hits carry.
func (f File) Name() string { return baseName(f.Path) }

// Catalogue is the files of a network and who holds them.
type Catalogue struct {
	opts    Options
	files   []File
	types   []words.Type
	index   index
	indexed int // files that the index knows; those after them are planted

	// Collections by number, those of planted files last. Nil where each file
	// is one: then both numbers are the same.
	starts []int32 // collection i is the files starts[i] to starts[i+1]
	of     []int32 // the collection of a file
	placed int     // collections that are not planted

	byRank  []int32 // collections by falling popularity
	popular chooser // of ranks

	holders rows // nodes by collection, as New placed them
	held    rows // collections by node, as New placed them
	moved   moved
	planted []Item
	memo    memo
	text    words.Text // scratch
}

// New places files on nodes: those of names, of which Options.Files are picked
// by chance, or invented ones if names is nil. It errs on options out of bounds,
// on too few names, and on a network too large to be numbered.
func New(o Options, names []File, rng *rand.Rand) (*Catalogue, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	if names != nil && len(names) == 0 {
		return nil, errors.New("no names for files: give at least one, or none at all to have them invented")
	}
	together := slices.ContainsFunc(names, func(f File) bool { return f.Collection != 0 })
	if o.PerNode == 0 {
		o.PerNode = 10
		if together {
			o.PerNode = 2
		}
	}
	if o.Files == 0 {
		o.Files = suitable(o, len(names), together)
	}
	files, err := pick(names, o.Files, rng)
	if err != nil {
		return nil, err
	}
	c := &Catalogue{opts: o, files: files, indexed: len(files), memo: newMemo(o.MemoBytes)}
	if err := c.describe(rng); err != nil {
		return nil, err
	}
	c.collect(together)
	if err := c.place(rng); err != nil {
		return nil, err
	}
	return c, nil
}

// suitable is the number of files that leaves the rarest one copy, and at most
// all the names there are.
func suitable(o Options, names int, together bool) int {
	if together {
		return names
	}
	most := naturalFiles(o.PerNode*float64(o.sharers()), o.Zipf)
	if names > 0 {
		most = min(most, names)
	}
	return most
}

// pick chooses n names, in the order they have, those of a collection together.
func pick(names []File, n int, rng *rand.Rand) ([]File, error) {
	if names == nil {
		return Invented(n, rng), nil
	}
	if n > len(names) {
		return nil, fmt.Errorf("%d files of %d names: give more names, or ask for fewer files", n, len(names))
	}
	files := make([]File, 0, n)
	some(n, len(names), rng, func(i int) { files = append(files, names[i]) })
	slices.SortStableFunc(files, func(a, b File) int { return cmp.Compare(a.Collection, b.Collection) })
	return files, nil
}

// describe checks names, draws sizes that are not known, and builds the index.
func (c *Catalogue) describe(rng *rand.Rand) error {
	c.types = make([]words.Type, len(c.files))
	for i := range c.files {
		f := &c.files[i]
		name := f.Name()
		if why := badName(name); why != "" {
			return fmt.Errorf("the name of file %q: %s", f.Path, why)
		}
		if f.SizeBytes > content.MaxSizeBytes {
			return fmt.Errorf("file %q: %d bytes are more than the %d a file may have", f.Path, f.SizeBytes, content.MaxSizeBytes)
		}
		c.types[i] = words.TypeOf(name)
		if f.SizeBytes < 0 {
			f.SizeBytes = sizeOf(c.types[i], rng)
		}
	}
	var ok bool
	if c.index, ok = newIndex(c.files); !ok {
		return fmt.Errorf("the names of %d files have too many words to be numbered: ask for fewer files", len(c.files))
	}
	return nil
}

// collect numbers the collections, whose files stand side by side.
func (c *Catalogue) collect(together bool) {
	c.placed = len(c.files)
	if !together {
		return
	}
	c.of = make([]int32, len(c.files))
	for i := range c.files {
		if i == 0 || c.files[i].Collection == 0 || c.files[i].Collection != c.files[i-1].Collection {
			c.starts = append(c.starts, int32(i))
		}
		c.of[i] = int32(len(c.starts) - 1)
	}
	c.placed = len(c.starts)
	c.starts = append(c.starts, int32(len(c.files)))
}

// Nodes is the number of nodes that files were placed on.
func (c *Catalogue) Nodes() int { return c.opts.Nodes }

// Files is the number of distinct files, planted ones included.
func (c *Catalogue) Files() int { return len(c.files) }

// File describes a file by its number, from 0 to Files()-1.
func (c *Catalogue) File(file int32) File { return c.files[file] }

// Copies is the number of nodes that New put the file on. It is 0 for a planted
// file, whose Item says who holds it.
func (c *Catalogue) Copies(file int32) int { return len(c.holders.row(c.collectionOf(file))) }

// ID is the content id of a file. It depends on the number alone.
func (c *Catalogue) ID(file int32) content.ID {
	b := binary.LittleEndian.AppendUint32([]byte("simulated file "), uint32(file))
	return content.Sum(b)
}

// Entry is what a holder of a file says of it in a hit.
func (c *Catalogue) Entry(file int32) query.Entry {
	f := &c.files[file]
	return query.Entry{
		Name: f.Name(), SizeBytes: f.SizeBytes, ID: c.ID(file), Type: c.types[file], HeldGroups: 1, Groups: 1,
	}
}

func (c *Catalogue) collectionOf(file int32) int32 {
	if c.of == nil {
		return file
	}
	return c.of[file]
}

// filesOf gives the files of a collection as a range.
func (c *Catalogue) filesOf(collection int32) (from, to int32) {
	if c.starts == nil {
		return collection, collection + 1
	}
	return c.starts[collection], c.starts[collection+1]
}
