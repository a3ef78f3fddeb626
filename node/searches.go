package node

import (
	"cmp"
	"fmt"
	"maps"
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
