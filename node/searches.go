package node

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"starling/share/content"
)

// Limits of what is remembered of searches. Rows beyond them are counted in the receipt's figures but have no number.
const (
	searchesKept   = 32
	rowsMax        = 10_000 // of one search
	rowSourcesMax  = 64     // a swarm of more needs no more names from the search
	savedRowsMax   = 300    // of one search, on disk
	searchesDocMax = 64 << 20
)

// A found file is what one holder says of one file.
type found struct {
	ID        content.ID
	Name      string
	Kind      string
	SizeBytes int64
	HeldBytes int64
}

// A row is one content id of one search.
type row struct {
	N         int        `json:"n"`
	ID        content.ID `json:"id"`
	Name      string     `json:"name"`
	Kind      string     `json:"kind,omitempty"`
	SizeBytes int64      `json:"size_bytes"`
	HeldBytes int64      `json:"held_bytes"`
	Hops      int        `json:"hops"`
	Sources   []string   `json:"sources"` // holders' node ids, first come first
	freeSlots map[string]int
}

// A search is what one question has brought so far.
type search struct {
	Number     int       `json:"number"`
	Expression string    `json:"expression"`
	Asked      time.Time `json:"asked"`
	Rows       []*row    `json:"rows"` // Rows[i].N is i+1
	byID       map[content.ID]*row
}

func (s *search) name() string { return fmt.Sprintf("S%d", s.Number) }

// A searchBook remembers the last searches, so that "get 3" works from any terminal, and after a restart too.
type searchBook struct {
	path string

	mu   sync.Mutex // guards what follows
	last int        // the highest number given
	kept []*search  // oldest first
}

// begin opens a page for a question and gives it the next number.
func (b *searchBook) begin(expression string, now time.Time) *search {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	s := &search{Number: b.last, Expression: expression, Asked: now, byID: make(map[content.ID]*row)}
	if b.kept = append(b.kept, s); len(b.kept) > searchesKept {
		b.kept = slices.Clone(b.kept[1:])
	}
	return s
}

// add takes one holder's answer in and returns the rows it changed.
func (b *searchBook) add(s *search, holder string, hops, freeSlots int, files []found) []Hit {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Hit
	for _, f := range files {
		r := s.rowOf(f)
		if r != nil && r.takeIn(f, holder, hops, freeSlots) {
			out = append(out, r.hit(s))
		}
	}
	return out
}

// rowOf returns the row of a file, a new one if need be, or nil when the search is full. A holder that gives another size for the same
// content is wrong or lying: the first word stands, and the fetch will prove it.
func (s *search) rowOf(f found) *row {
	if r := s.byID[f.ID]; r != nil {
		return r
	}
	if len(s.Rows) >= rowsMax {
		return nil
	}
	r := &row{N: len(s.Rows) + 1, ID: f.ID, Name: f.Name, Kind: f.Kind, SizeBytes: f.SizeBytes, Hops: -1, freeSlots: make(map[string]int)}
	s.Rows = append(s.Rows, r)
	s.byID[f.ID] = r
	return r
}

// takeIn adds a holder and tells whether the row shows anything new.
func (r *row) takeIn(f found, holder string, hops, freeSlots int) bool {
	before := *r
	if r.Hops < 0 || hops < r.Hops {
		r.Hops = hops
	}
	r.HeldBytes = max(r.HeldBytes, f.HeldBytes)
	if !slices.Contains(r.Sources, holder) && len(r.Sources) < rowSourcesMax {
		r.Sources = append(r.Sources, holder)
		r.freeSlots[holder] = freeSlots
	}
	return r.Hops != before.Hops || r.HeldBytes != before.HeldBytes || len(r.Sources) != len(before.Sources)
}

func (r *row) hit(s *search) Hit {
	free := 0
	for _, slots := range r.freeSlots {
		free += slots
	}
	return Hit{Type: "hit", Search: s.name(), N: r.N, Name: r.Name, SizeBytes: r.SizeBytes, ID: r.ID.String(), Sources: len(r.Sources),
		Hops: r.Hops, Kind: r.Kind, HeldBytes: r.HeldBytes, FreeSlots: free}
}

// copyOf is a row safe to read without the lock.
func (r *row) copyOf() row {
	out := *r
	out.Sources = slices.Clone(r.Sources)
	out.freeSlots = nil
	return out
}

// size is the number of rows of a search.
func (b *searchBook) size(s *search) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(s.Rows)
}

// hits lists the rows of a search, of the last one for 0.
func (b *searchBook) hits(number int) ([]Hit, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, err := b.find(number)
	if err != nil {
		return nil, err
	}
	out := make([]Hit, 0, len(s.Rows))
	for _, r := range s.Rows {
		out = append(out, r.hit(s))
	}
	return out, nil
}

// row finds row n of a search, of the last one for 0.
func (b *searchBook) row(number, n int) (row, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, err := b.find(number)
	if err != nil {
		return row{}, err
	}
	if n > len(s.Rows) {
		return row{}, notFound("%s (%s) has no row %d: it has %d", s.name(), s.Expression, n, len(s.Rows))
	}
	return s.Rows[n-1].copyOf(), nil
}

// byPrefix finds the remembered row whose content id begins with the prefix, with the sources of all searches that brought it.
func (b *searchBook) byPrefix(prefix string) (row, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out *row
	for _, s := range slices.Backward(b.kept) {
		for _, r := range s.Rows {
			if !strings.HasPrefix(r.ID.String(), prefix) {
				continue
			}
			if out != nil && out.ID != r.ID {
				return row{}, usage("%q fits more than one content id: give more digits", prefix)
			}
			out = merge(out, r)
		}
	}
	if out == nil {
		return row{}, notFound("no remembered search has a content id that begins with %s: search first, or give all 64 digits", prefix)
	}
	return *out, nil
}

func merge(out, r *row) *row {
	if out == nil {
		fresh := r.copyOf()
		return &fresh
	}
	for _, source := range r.Sources {
		if !slices.Contains(out.Sources, source) && len(out.Sources) < rowSourcesMax {
			out.Sources = append(out.Sources, source)
		}
	}
	return out
}

// holders lists the nodes that any remembered row names.
func (b *searchBook) holders() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	seen := make(map[string]bool)
	for _, s := range b.kept {
		for _, r := range s.Rows {
			for _, source := range r.Sources {
				seen[source] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func (b *searchBook) find(number int) (*search, error) {
	if number == 0 {
		number = b.last
	}
	i, known := slices.BinarySearchFunc(b.kept, number, func(s *search, n int) int { return cmp.Compare(s.Number, n) })
	if known {
		return b.kept[i], nil
	}
	if len(b.kept) == 0 {
		return nil, notFound("there has been no search yet: numbers are rows of a search")
	}
	return nil, notFound("S%d is not remembered: the last searches are S%d to S%d", number, b.kept[0].Number, b.last)
}

// searchesDoc is the file the book is kept in.
type searchesDoc struct {
	Last     int       `json:"last"`
	Searches []*search `json:"searches"`
}

// save writes the book, the first rows of each search.
func (b *searchBook) save() error {
	b.mu.Lock()
	doc := searchesDoc{Last: b.last}
	for _, s := range b.kept {
		short := &search{Number: s.Number, Expression: s.Expression, Asked: s.Asked}
		for _, r := range s.Rows[:min(len(s.Rows), savedRowsMax)] {
			fixed := r.copyOf()
			short.Rows = append(short.Rows, &fixed)
		}
		doc.Searches = append(doc.Searches, short)
	}
	b.mu.Unlock()
	encoded, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("encode the searches: %w", err)
	}
	return writePrivate(b.path, encoded)
}

// openSearchBook reads the book of an earlier run. A damaged one is set aside, which the notice says, and the book starts empty.
func openSearchBook(path string) (*searchBook, string) {
	b := &searchBook{path: path}
	err := b.load()
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return b, ""
	}
	*b = searchBook{path: path}
	aside := fmt.Sprintf("%s.broken-%d", path, time.Now().Unix())
	if moved := os.Rename(path, aside); moved != nil {
		return b, fmt.Sprintf("the remembered searches cannot be read (%v) nor set aside (%v)", err, moved)
	}
	return b, fmt.Sprintf("the remembered searches could not be read (%v) and were set aside as %s", err, aside)
}

func (b *searchBook) load() error {
	info, err := os.Stat(b.path)
	if err != nil {
		return err
	}
	if info.Size() > searchesDocMax {
		return errors.New("file too large")
	}
	encoded, err := os.ReadFile(b.path)
	if err != nil {
		return err
	}
	var doc searchesDoc
	if err := json.Unmarshal(encoded, &doc); err != nil {
		return err
	}
	return b.restore(doc)
}

// restore checks what the methods above rely on: ascending search numbers up to last, and rows numbered from 1.
func (b *searchBook) restore(doc searchesDoc) error {
	before := 0
	for _, s := range doc.Searches {
		if s == nil || s.Number <= before || s.Number > doc.Last || len(doc.Searches) > searchesKept {
			return errors.New("search numbers out of order")
		}
		before = s.Number
		s.byID = make(map[content.ID]*row)
		for i, r := range s.Rows {
			if r == nil || r.N != i+1 || s.byID[r.ID] != nil {
				return errors.New("row numbers out of order")
			}
			r.freeSlots = make(map[string]int)
			s.byID[r.ID] = r
		}
	}
	b.last, b.kept = doc.Last, doc.Searches
	return nil
}
