package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"starling/node"
	"starling/share/content"
)

const (
	hostileSize   = 256 * mib
	hostileRounds = 1
)

// A lair is a set of sources of which some are hostile.
type lair struct {
	kind          string // of serveLiar
	liars, honest int
}

func (l lair) String() string {
	does := map[string]string{"poison": "poison", "stall": "stall", "size": "lie about the size"}[l.kind]
	return fmt.Sprintf("%d of %d %s", l.liars, l.liars+l.honest, does)
}

func lairs() []lair {
	return []lair{{"poison", 3, 7}, {"poison", 9, 1}, {"stall", 4, 4}, {"size", 4, 4}}
}

var (
	overHonest   = quantity{"time ÷ honest ones alone", "", 2}
	wastedGroups = quantity{"wasted", "groups", 1}
	liarsOut     = quantity{"liars cut off", "", 0}
	honestOut    = quantity{"honest ones cut off", "", 0}
)

// hostile fetches from sources of which some lie, and from the honest ones alone.
func (b *bench) hostile(ctx context.Context, t *table) error {
	st, err := b.newStage(b.work, "hostile")
	if err != nil {
		return err
	}
	defer st.clear()
	w := world{source: filepath.Join(st.dir, "source", "file.bin"), size: b.sizeOr(hostileSize), up: swarmRate}
	if err := randomFile(w.source, w.size); err != nil {
		return err
	}
	t.note("%d MiB by a link that names all sources, hostile ones first; honest or not, each sends %.0f MiB/s at most", w.size/mib, float64(w.up)/mib)
	t.note("a group has %d KiB; wasted are all bytes that came and were not needed, for whatever reason; every fetched file was compared with the source",
		content.LayoutOf(w.size).GroupBytes()>>10)
	for round := range b.roundsOr(hostileRounds) {
		for _, l := range lairs() {
			if err := b.oneLair(ctx, t, w, l, round); err != nil {
				return fmt.Errorf("%s: %w", l, err)
			}
		}
	}
	return nil
}

func (b *bench) oneLair(ctx context.Context, t *table, w world, l lair, round int) error {
	alone, _, err := b.fetchFrom(ctx, w, lair{l.kind, 0, l.honest})
	if err != nil {
		return err
	}
	took, d, err := b.fetchFrom(ctx, w, l)
	if err != nil {
		return err
	}
	groups := float64(d.WastedBytes) / float64(content.LayoutOf(w.size).GroupBytes())
	b.say("hostile, round %d  %-24s %.1f s, alone %.1f s, wasted %.1f groups", round+1, l, took.Seconds(), alone.Seconds(), groups)
	t.add(l.String(), elapsed, took.Seconds())
	t.add(l.String(), overHonest, took.Seconds()/alone.Seconds())
	t.add(l.String(), wastedGroups, groups)
	t.add(l.String(), wasted, 100*float64(d.WastedBytes)/float64(w.size))
	cutOff := map[bool]int{} // by whether the source is honest
	for _, source := range d.Sources {
		if source.State == "cut off" {
			cutOff[slices.Contains(d.honest, source.Node)]++
		}
	}
	t.add(l.String(), liarsOut, float64(cutOff[false]))
	t.add(l.String(), honestOut, float64(cutOff[true]))
	return nil
}

// lairDownload is a download, and the ids of its honest sources.
type lairDownload struct {
	node.Download
	honest []string
}

// fetchFrom fetches once from new sources.
func (b *bench) fetchFrom(ctx context.Context, w world, l lair) (took time.Duration, d lairDownload, err error) {
	st, err := b.newStage(b.work, "h")
	if err != nil {
		return 0, d, err
	}
	defer st.clear()
	ctx, cancel := context.WithTimeout(ctx, startTime+swarmPatience*time.Duration(float64(w.size)/float64(w.up)*float64(time.Second)))
	defer cancel()
	honest, link, err := st.seeds(ctx, w, l.honest)
	if err != nil {
		return 0, d, err
	}
	for _, p := range honest {
		d.honest = append(d.honest, p.id)
	}
	if link, err = st.liars(ctx, w, l, link); err != nil {
		return 0, d, err
	}
	receiver, err := st.peer(ctx, "r", peerOptions{})
	if err != nil {
		return 0, d, err
	}
	began := time.Now()
	if d.Download, err = receiver.fetch(ctx, link); err != nil {
		return 0, d, err
	}
	took = time.Since(began)
	return took, d, sameFile(w.source, d.Path)
}

// liars starts the hostile sources and puts them first in the link.
func (s *stage) liars(ctx context.Context, w world, l lair, link string) (string, error) {
	magnet, err := content.ParseMagnet(link)
	if err != nil {
		return "", err
	}
	processes := make([]*process, l.liars)
	for i := range processes {
		if processes[i], err = s.launch(ctx, self(), "child-liar", w.source, l.kind, fmt.Sprint(i), fmt.Sprint(w.up)); err != nil {
			return "", err
		}
	}
	for _, p := range processes {
		address, err := p.line(ctx)
		if err != nil {
			return "", err
		}
		magnet.Nodes = slices.Insert(magnet.Nodes, 0, address)
	}
	return magnet.String(), nil
}
