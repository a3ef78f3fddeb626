package topology

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// Caps of an edge list. Lines of a compressed file cost their sender a byte in a
// thousand, so there is an end to them even if they say nothing.
const (
	lineBytesMax = 64 << 10
	linesMax     = 1<<31 - 1
)

// linksKept is how many links are gathered before repeats among them are looked
// for. After that it is twice as many as were distinct.
const linksKept = 1 << 18

// Notes are what reading a file noticed.
type Notes struct {
	Lines        int // comments and blank lines too
	Loops        int // links from a node to itself, dropped
	Repeats      int // links named before, in either direction, dropped
	Components   int
	LargestNodes int // nodes of the largest component
}

// ReadFile reads an edge list; gzip is recognised by its first bytes. The error
// names the file and, where there is one, the line; it is ErrTooBig as soon as
// what was read would not fit within lim, and fs.ErrNotExist if there is no such
// file.
func ReadFile(path string, lim Limit) (*Graph, Notes, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, Notes{}, fmt.Errorf("read an edge list: %w; check the spelling of the path", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, Notes{}, fmt.Errorf("read an edge list: %s is a folder; name one of the files in it", path)
	}
	return Read(f, path, lim)
}

// Read reads an edge list from r; name stands in errors, which are those of
// ReadFile.
func Read(r io.Reader, name string, lim Limit) (*Graph, Notes, error) {
	lines := bufio.NewReaderSize(r, lineBytesMax)
	if first, _ := lines.Peek(2); bytes.Equal(first, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(lines)
		if err != nil {
			return nil, Notes{}, fmt.Errorf("%s: unpack: %w", name, explain(err))
		}
		lines = bufio.NewReaderSize(unzipped, lineBytesMax)
	}
	in := reader{limit: lim, numbers: map[int64]uint32{}, tidyAt: linksKept}
	if err := in.readAll(lines); err != nil {
		if in.notes.Lines == 0 {
			return nil, in.notes, fmt.Errorf("%s: %w", name, err)
		}
		return nil, in.notes, fmt.Errorf("%s line %d: %w", name, in.notes.Lines, err)
	}
	g, err := in.graph()
	if err != nil {
		return nil, in.notes, fmt.Errorf("%s: %w", name, err)
	}
	return g, in.notes, nil
}

// A reader gathers the links of an edge list. Nodes are numbered as they come
// and put in order at the end.
type reader struct {
	limit    Limit
	notes    Notes
	ids      []int64          // by the numbers given out
	numbers  map[int64]uint32 // by id
	links    [][2]uint32
	distinct int // of links, when repeats were last dropped
	tidyAt   int // drop them when there are so many links
}

func (in *reader) readAll(lines *bufio.Reader) error {
	for last := false; !last; {
		line, err := lines.ReadSlice('\n')
		last = err != nil
		if len(line) > 0 || (err != nil && !errors.Is(err, io.EOF)) {
			in.notes.Lines++
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("is longer than %s; %s", size(lineBytesMax), format)
		case err != nil && !errors.Is(err, io.EOF):
			return explain(err)
		case in.notes.Lines > linesMax:
			return fmt.Errorf("an edge list may have %s lines; is this one?", thousands(linesMax))
		}
		if in.notes.Lines == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff")) // some editors put it there
		}
		if err := in.add(line); err != nil {
			return err
		}
	}
	return nil
}

// add takes one line in.
func (in *reader) add(line []byte) error {
	from, to, empty, err := parseLine(line)
	if empty || err != nil {
		return err
	}
	a, err := in.number(from)
	if err != nil {
		return err
	}
	b, err := in.number(to)
	if err != nil {
		return err
	}
	if a == b {
		in.notes.Loops++
		return nil
	}
	in.links = append(in.links, [2]uint32{min(a, b), max(a, b)})
	if len(in.links) < in.tidyAt {
		return nil
	}
	in.dropRepeats()
	return in.check(in.distinct)
}

// number gives a node of the file a number.
func (in *reader) number(id int64) (uint32, error) {
	if n, ok := in.numbers[id]; ok {
		return n, nil
	}
	n := uint32(len(in.ids))
	in.numbers[id] = n
	in.ids = append(in.ids, id)
	return n, in.check(in.distinct)
}

// check ends reading when what is known of the file is too much already.
func (in *reader) check(links int) error {
	if len(in.ids) > nodesMax || links >= edgesMax/2 {
		return fmt.Errorf("more than %s nodes or %s links: %w", thousands(nodesMax), thousands(edgesMax/2), ErrTooBig)
	}
	if err := in.limit.Check(len(in.ids), links); err != nil {
		return fmt.Errorf("so far %w", err)
	}
	return nil
}

// dropRepeats bounds what a file takes by what it holds, not by what it says.
func (in *reader) dropRepeats() {
	before := len(in.links)
	slices.SortFunc(in.links, func(x, y [2]uint32) int {
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		return cmp.Compare(x[1], y[1])
	})
	in.links = slices.Compact(in.links)
	in.distinct = len(in.links)
	in.notes.Repeats += before - in.distinct
	in.tidyAt = max(linksKept, 2*in.distinct)
}

// graph puts the nodes in the order of their ids.
func (in *reader) graph() (*Graph, error) {
	if len(in.links) == 0 {
		return nil, fmt.Errorf("no links in %s lines; %s", thousands(in.notes.Lines), format)
	}
	in.numbers = nil
	ids := slices.Sorted(slices.Values(in.ids))
	place := make([]uint32, len(ids))
	for n, id := range in.ids {
		v, _ := slices.BinarySearch(ids, id)
		place[n] = uint32(v)
	}
	for i, e := range in.links {
		in.links[i] = [2]uint32{place[e[0]], place[e[1]]}
	}
	g := FromEdges(len(ids), in.links)
	g.ids = ids
	in.notes.Repeats += len(in.links) - g.Edges()
	if err := in.limit.Check(g.Nodes(), g.Edges()); err != nil {
		return nil, err
	}
	_, sizes := g.components()
	in.notes.Components, in.notes.LargestNodes = len(sizes), slices.Max(sizes)
	return g, nil
}

// explain says what errors of a compressed file mean.
func explain(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("the gzip data ends too early, so the file is incomplete; fetch it again: %w", err)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		return fmt.Errorf("the gzip data is damaged; fetch the file again: %w", err)
	}
	return err
}
