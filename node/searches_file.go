package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"starling/share/content"
)

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
