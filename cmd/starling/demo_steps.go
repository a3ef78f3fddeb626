package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"starling/node"
)

// join waits until the chain is closed, link by link.
func (w *demoWorld) join(ctx context.Context) error {
	for i, n := range w.nodes {
		want := 2
		if i == 0 || i == len(w.nodes)-1 {
			want = 1
		}
		err := await(ctx, "node "+n.name+" has its neighbours", func() (bool, error) {
			links, err := n.client.Neighbours(ctx)
			return len(links) == want, err
		})
		if err != nil {
			return err
		}
	}
	w.say("  linked  %s  (each knows its neighbours only)", strings.Join(demoNames, " ── "))
	return nil
}

// index waits until the holders have hashed their files.
func (w *demoWorld) index(ctx context.Context) error {
	for _, holder := range demoHolders {
		n := w.nodes[holder]
		err := await(ctx, "node "+n.name+" shares its files", func() (bool, error) {
			status, err := n.client.Status(ctx)
			return status.SharedFiles >= w.files.count && status.HashingFiles == 0, err
		})
		if err != nil {
			return err
		}
	}
	w.say("  shared  %s, %s, from %s", plural(w.files.count, "file"), humanSize(w.files.sizeBytes), node.Display(w.files.from))
	w.say("          by %s, each limited to %s/s here so that both get a share", w.holderNames(), humanSize(demoUpRate))
	return nil
}

func (w *demoWorld) holderNames() string {
	var names []string
	for _, holder := range demoHolders {
		names = append(names, w.nodes[holder].name)
	}
	return strings.Join(names, " and ")
}

// searchNear shows that a TTL of 2 does not reach the files: the search really has to travel.
func (w *demoWorld) searchNear(ctx context.Context) error {
	w.say("")
	w.say("%s", cyan.in(w.app.out, "A$ starling search --ttl 2 "+w.files.query))
	rows, receipt, err := w.search(ctx, 2)
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		return fmt.Errorf("a search with TTL 2 found files that are three links away")
	}
	w.sayReceipt(receipt)
	return nil
}

// searchFar finds them, and picks the largest file as the one to fetch.
func (w *demoWorld) searchFar(ctx context.Context) error {
	w.say("")
	w.say("%s", cyan.in(w.app.out, "A$ starling search "+w.files.query))
	rows, receipt, err := w.search(ctx, 0)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return errors.New("the search found nothing")
	}
	w.say("%s", hitTitles(w.app.out))
	for i, row := range rows {
		if i < 5 {
			w.say("%s", hitLine(w.app.out, row))
		}
		if row.SizeBytes > w.hit.SizeBytes {
			w.hit = row
		}
	}
	if len(rows) > 5 {
		w.say("      and %s more", grouped(len(rows)-5))
	}
	w.sayReceipt(receipt)
	w.say("  row %d is %d links away and held by %s", w.hit.N, w.hit.Hops, plural(w.hit.Sources, "node"))
	return w.judge()
}

// judge holds the search to what the demonstration is to show.
func (w *demoWorld) judge() error {
	if w.hit.Hops < 2 || w.hit.Sources < 2 {
		return fmt.Errorf("row %d came over %d links from %d sources; two or more of each were expected", w.hit.N, w.hit.Hops, w.hit.Sources)
	}
	return nil
}

func (w *demoWorld) search(ctx context.Context, ttl int) ([]node.Hit, node.Receipt, error) {
	s := &liveSearch{}
	for e, err := range w.nodes[0].client.Search(ctx, node.SearchRequest{Expression: w.files.query, TTL: ttl}) {
		switch {
		case err != nil:
			return nil, node.Receipt{}, err
		case e.Receipt != nil:
			return s.rows, *e.Receipt, w.emit(e.Receipt)
		}
		s.take(*e.Hit, time.Now())
		if err := w.emit(e.Hit); err != nil {
			return nil, node.Receipt{}, err
		}
	}
	return nil, node.Receipt{}, errors.New("the search ended without a receipt")
}

// emit writes a line of JSON when they are wanted.
func (w *demoWorld) emit(v any) error {
	if !w.app.json {
		return nil
	}
	return w.app.emit(v)
}

func (w *demoWorld) sayReceipt(r node.Receipt) {
	for _, line := range receiptLines(r) {
		w.say("  %s", dim.in(w.app.out, line))
	}
}

// fetch gets the file from all who hold it.
func (w *demoWorld) fetch(ctx context.Context) error {
	w.say("")
	w.say("%s", cyan.in(w.app.out, fmt.Sprintf("A$ starling get %d", w.hit.N)))
	client := w.nodes[0].client
	started, err := client.Get(ctx, node.GetRequest{Targets: []string{fmt.Sprint(w.hit.N)}})
	if err != nil {
		return err
	}
	for d, err := range client.Watch(ctx, started[0].ID) {
		if err != nil {
			return err
		}
		w.got = d
	}
	if w.got.State != "done" {
		return fmt.Errorf("the download ended as %s: %s", w.got.State, w.got.Reason)
	}
	w.say("  %s", doneLine(w.app.out, w.got))
	for _, source := range w.got.Sources {
		if source.Bytes > 0 {
			w.say("    from node %s  %9s  (%s of the file)", w.nameOf(source.Node), humanSize(source.Bytes), percent(source.Bytes, w.got.FetchedBytes))
		}
	}
	if givers(w.got) < 2 {
		return fmt.Errorf("only %s gave anything; two were expected", plural(givers(w.got), "source"))
	}
	w.got.Type = "done"
	return w.emit(w.got)
}

// verify hashes the file that arrived once more, from the disk.
func (w *demoWorld) verify(context.Context) error {
	id, err := node.HashFile(w.got.Path)
	if err != nil {
		return err
	}
	if id != w.hit.ID {
		return fmt.Errorf("the file has the id %s, but %s was asked for", id, w.hit.ID)
	}
	w.say("  %s  hashing the file again gives the id of the row", green.in(w.app.out, "verified"))
	w.say("    %s", id)
	w.say("    (which is what b3sum prints for it)")
	w.say("")
	return w.emit(map[string]any{"type": "verified", "id": id, "path": w.got.Path})
}
