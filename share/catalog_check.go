package share

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"

	"starling/share/content"
)

// checkBoltFile reads a bbolt file as a stranger's: every page that can be
// reached is there, is what its parent says, has its elements inside it and in
// order, and is reached once. bbolt itself trusts the pages; a loop among them
// would end the process. It accepts a file that does not exist or is empty.
func checkBoltFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no regular file")
	}
	c, err := newBoltCheck(f, info.Size())
	if err != nil {
		return err
	}
	return c.check()
}

// The layout of bbolt's file format, version 2, in the machine's byte order.
const (
	boltMagic     = 0xED0CDAED
	boltVersion   = 2
	boltHeader    = 16 // page header: id u64, flags u16, count u16, overflow u32
	boltElement   = 16 // element of a branch or leaf page
	boltMeta      = 64
	boltBranch    = 0x01
	boltLeaf      = 0x02
	boltFreelist  = 0x10
	boltMaxDepth  = 64
	boltMaxPage   = 64 << 10
	boltManyPages = 0xFFFF // count of a free list whose length is its first entry
	boltNoList    = ^uint64(0)
)

var order = binary.NativeEndian

type boltCheck struct {
	f        io.ReaderAt
	pageSize int64
	root     uint64
	freelist uint64
	end      uint64         // pages below this are in use
	seen     content.Bitset // pages reached
	buffers  [boltMaxDepth][]byte
}

func newBoltCheck(f io.ReaderAt, size int64) (*boltCheck, error) {
	first, firstErr := readBoltMeta(f, 0)
	best := first
	for guess := int64(1 << 9); guess <= boltMaxPage; guess *= 2 {
		if firstErr == nil && guess != int64(first.pageSize) {
			continue
		}
		second, err := readBoltMeta(f, guess)
		if err == nil && int64(second.pageSize) == guess && (firstErr != nil || second.txid > first.txid) {
			best, firstErr = second, nil
			break
		}
	}
	if firstErr != nil {
		return nil, firstErr
	}
	c := &boltCheck{f: f, pageSize: int64(best.pageSize), root: best.root, freelist: best.freelist, end: best.end}
	if c.pageSize < 512 || c.pageSize > boltMaxPage || c.pageSize&(c.pageSize-1) != 0 {
		return nil, fmt.Errorf("its page size is %d", c.pageSize)
	}
	if c.end < 4 || c.end > uint64(size/c.pageSize) {
		return nil, fmt.Errorf("it should have %d pages and has %d", c.end, size/c.pageSize)
	}
	c.seen = content.NewBitset(int(c.end))
	return c, nil
}

type boltMetaPage struct {
	pageSize                  uint32
	root, freelist, end, txid uint64
}

func readBoltMeta(f io.ReaderAt, off int64) (m boltMetaPage, err error) {
	b := make([]byte, boltMeta)
	if _, err := f.ReadAt(b, off+boltHeader); err != nil {
		return m, fmt.Errorf("its first page is cut short: %w", err)
	}
	if order.Uint32(b) != boltMagic || order.Uint32(b[4:]) != boltVersion {
		return m, errors.New("it is no catalog file")
	}
	sum := fnv.New64a()
	sum.Write(b[:56])
	if sum.Sum64() != order.Uint64(b[56:]) {
		return m, errors.New("its first page is damaged")
	}
	return boltMetaPage{
		pageSize: order.Uint32(b[8:]), root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]),
		end: order.Uint64(b[40:]), txid: order.Uint64(b[48:]),
	}, nil
}

func (c *boltCheck) check() error {
	c.seen.Set(0)
	c.seen.Set(1)
	if err := c.tree(c.root, 0, nil, nil); err != nil {
		return err
	}
	return c.free()
}

// page reads a page with its overflow into the buffer of its depth.
func (c *boltCheck) page(id uint64, depth int) ([]byte, error) {
	if depth >= boltMaxDepth || id >= c.end {
		return nil, fmt.Errorf("page %d does not exist", id)
	}
	var head [boltHeader]byte
	if _, err := c.f.ReadAt(head[:], int64(id)*c.pageSize); err != nil {
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	pages := uint64(order.Uint32(head[12:])) + 1
	if order.Uint64(head[:]) != id || pages > c.end-id {
		return nil, fmt.Errorf("page %d is damaged", id)
	}
	for p := id; p < id+pages; p++ {
		if c.seen.Has(int(p)) {
			return nil, fmt.Errorf("page %d is used twice", p)
		}
		c.seen.Set(int(p))
	}
	n := int(pages) * int(c.pageSize)
	if cap(c.buffers[depth]) < n {
		c.buffers[depth] = make([]byte, n)
	}
	b := c.buffers[depth][:n]
	_, err := c.f.ReadAt(b, int64(id)*c.pageSize)
	return b, err
}

// tree checks a page and all below it, whose keys must begin with first, unless
// that is nil, and stay below hi. bbolt finds a page in its parent by the page's
// first key, so a difference there would make it write two of it.
func (c *boltCheck) tree(id uint64, depth int, first, hi []byte) error {
	b, err := c.page(id, depth)
	if err != nil {
		return err
	}
	switch flags := order.Uint16(b[8:]); flags {
	case boltLeaf:
		err = c.leaf(b, depth, first, hi)
	case boltBranch:
		err = c.branch(b, depth, first, hi)
	default:
		err = fmt.Errorf("it has the kind %#x", flags)
	}
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return nil
}

var errElement = errors.New("an element lies outside its page or out of order")

// element gives the place of element i's data, n bytes long in all.
func element(b []byte, i int, pos, n uint64) ([]byte, error) {
	from := uint64(boltHeader+boltElement*i) + pos
	if from > uint64(len(b)) || n > uint64(len(b))-from || from < boltHeader {
		return nil, errElement
	}
	return b[from : from+n], nil
}

func (c *boltCheck) leaf(b []byte, depth int, first, hi []byte) error {
	count := int(order.Uint16(b[10:]))
	if boltHeader+count*boltElement > len(b) || count == 0 && first != nil {
		return errElement
	}
	var last []byte
	for i := range count {
		e := b[boltHeader+i*boltElement:]
		flags, keyLen := order.Uint32(e), uint64(order.Uint32(e[8:]))
		data, err := element(b, i, uint64(order.Uint32(e[4:])), keyLen+uint64(order.Uint32(e[12:])))
		if err != nil {
			return err
		}
		key, value := data[:keyLen], data[keyLen:]
		if flags > 1 || misplaced(key, i, last, first, hi) {
			return errElement
		}
		if last = key; flags == 1 {
			if err := c.bucket(value, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// misplaced says whether key number i of a page cannot stand where it does.
func misplaced(key []byte, i int, last, first, hi []byte) bool {
	switch {
	case len(key) == 0, hi != nil && bytes.Compare(key, hi) >= 0:
		return true
	case i == 0:
		return first != nil && !bytes.Equal(key, first)
	}
	return bytes.Compare(key, last) <= 0
}

// bucket checks the tree of a bucket, which small ones carry in their value.
func (c *boltCheck) bucket(value []byte, depth int) error {
	if len(value) < boltHeader {
		return errElement
	}
	if root := order.Uint64(value); root != 0 {
		return c.tree(root, depth+1, nil, nil)
	}
	page := value[boltHeader:]
	if len(page) < boltHeader || order.Uint16(page[8:]) != boltLeaf || depth+1 >= boltMaxDepth {
		return errElement
	}
	return c.leaf(page, depth+1, nil, nil)
}

func (c *boltCheck) branch(b []byte, depth int, first, hi []byte) error {
	count := int(order.Uint16(b[10:]))
	if count == 0 || boltHeader+count*boltElement > len(b) {
		return errElement
	}
	keys := make([][]byte, count+1)
	keys[count] = hi
	var last []byte
	for i := range count {
		e := b[boltHeader+i*boltElement:]
		key, err := element(b, i, uint64(order.Uint32(e)), uint64(order.Uint32(e[4:])))
		if err != nil {
			return err
		}
		if misplaced(key, i, last, first, hi) {
			return errElement
		}
		keys[i], last = key, key
	}
	for i := range count {
		if err := c.tree(order.Uint64(b[boltHeader+i*boltElement+8:]), depth+1, keys[i], keys[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// free checks that the free list names each page once and none in use.
func (c *boltCheck) free() error {
	if c.freelist == boltNoList {
		return nil
	}
	b, err := c.page(c.freelist, 0)
	if err != nil {
		return err
	}
	if order.Uint16(b[8:]) != boltFreelist {
		return errors.New("its list of free pages is damaged")
	}
	ids, count := b[boltHeader:], uint64(order.Uint16(b[10:]))
	if count == boltManyPages {
		count, ids = order.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return errors.New("its list of free pages is cut short")
	}
	for i := range int(count) {
		id := order.Uint64(ids[8*i:])
		if id >= c.end || c.seen.Has(int(id)) {
			return fmt.Errorf("page %d is free and in use", id)
		}
		c.seen.Set(int(id))
	}
	return nil
}
