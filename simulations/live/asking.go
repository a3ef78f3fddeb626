package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"starling/node"
)

// A search is one question and what became of it.
type search struct {
	question
	asker    int
	holders  int // nodes other than the asker that hold an answer
	receipt  node.Receipt
	firstHit time.Duration // as the asker's client saw it; -1 without a hit
	finished time.Duration
}

// ask puts the questions, one after another, so that each has the network to
// itself.
func (w *lan) ask(ctx context.Context) error {
	for range w.Searches {
		s := search{question: w.files.ask(w.rng), asker: w.rng.IntN(w.Nodes), firstHit: -1}
		for _, holder := range s.question.holders {
			if holder != s.asker {
				s.holders++
			}
		}
		if err := s.run(ctx, w.nodes[s.asker].client); err != nil {
			return err
		}
		w.searches = append(w.searches, s)
		w.step("searches", w.Searches)
	}
	return nil
}

func (s *search) run(ctx context.Context, client *node.Client) error {
	began := time.Now()
	for e, err := range client.Search(ctx, node.SearchRequest{Expression: s.text}) {
		switch {
		case err != nil:
			return fmt.Errorf("search for %q: %w", s.text, err)
		case e.Receipt != nil:
			s.receipt, s.finished = *e.Receipt, time.Since(began)
			return nil
		case s.firstHit < 0:
			s.firstHit = time.Since(began)
		}
	}
	return errors.New("a search ended without a receipt")
}

// A fetch is one file got from several nodes.
type fetch struct {
	asker    int
	download node.Download
	took     time.Duration
	id       string // of the file that arrived, hashed once more
	wanted   string // of the row it was asked for by
	found    int    // nodes that the search named
}

// fetchOne finds the large file from a node that has it not, fetches it from all
// who hold it, and hashes it once more.
func (w *lan) fetchOne(ctx context.Context) error {
	asker := w.rng.IntN(w.Nodes)
	for slices.Contains(w.files.holders, asker) {
		asker = w.rng.IntN(w.Nodes)
	}
	client := w.nodes[asker].client
	f := &fetch{asker: asker}
	row, err := findLarge(ctx, client)
	if err != nil {
		return err
	}
	f.wanted, f.found = row.ID, row.Sources
	began := time.Now()
	got, err := client.Get(ctx, node.GetRequest{Targets: []string{fmt.Sprint(row.N)}})
	if err != nil {
		return fmt.Errorf("fetch %s: %w", row.Name, err)
	}
	for d, err := range client.Watch(ctx, got[0].ID) {
		if err != nil {
			return fmt.Errorf("fetch %s: %w", row.Name, err)
		}
		f.download = d
	}
	f.took = time.Since(began)
	if f.download.State != "done" {
		return fmt.Errorf("fetch %s: it ended as %s: %s", row.Name, f.download.State, f.download.Reason)
	}
	if f.id, err = node.HashFile(f.download.Path); err != nil {
		return err
	}
	w.fetch = f
	w.step("files fetched", 1)
	return nil
}

// findLarge searches for the large file and returns its row.
func findLarge(ctx context.Context, client *node.Client) (row node.Hit, err error) {
	for e, err := range client.Search(ctx, node.SearchRequest{Expression: fetchedWord}) {
		if err != nil {
			return row, fmt.Errorf("search for %q: %w", fetchedWord, err)
		}
		if e.Hit != nil {
			row = *e.Hit
		}
	}
	if row.N == 0 {
		return row, fmt.Errorf("nobody answered for %q although there are holders", fetchedWord)
	}
	return row, nil
}
