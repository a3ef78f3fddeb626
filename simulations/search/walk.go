package search

import (
	"context"
	"time"

	"starling/query"
)

// Walk sends walkers out that step from node to node and look at what each holds.
// Every CheckEvery steps they ask the asker whether it has enough; these
// messages are not counted, nor are the hits, as in the tables of Lv et al.
type Walk struct {
	Walkers    int // of one search. Default 32
	CheckEvery int // steps. Default 4
	StepsMax   int // of each walker. Default 1,024
	// NoReturn keeps a walker from going back over the link it came by, where
	// there is another.
	NoReturn bool
	Label    string // its name; default "walk"
}

// Name implements Strategy.
func (s Walk) Name() string { return orElse(s.Label, "walk") }

// Router implements Strategy.
func (s Walk) Router() query.Options { return query.Options{} }

// walker is one of a search.
type walker struct {
	at, before int
	took       time.Duration // its way so far
}

// Search implements Strategy.
func (s Walk) Search(ctx context.Context, m Mesh, task Task) (Outcome, error) {
	s = s.withDefaults()
	raw, err := query.EncodeQuery(task.Query, uint8(s.CheckEvery), 0)
	if err != nil {
		return Outcome{}, err
	}
	o := Outcome{Task: task}
	walkers := make([]walker, s.Walkers)
	for i := range walkers {
		walkers[i] = walker{at: task.From, before: -1}
	}
	found, seen := map[int]bool{}, map[int]bool{task.From: true}
	for step := 1; step <= s.StepsMax; step++ {
		for i := range walkers {
			w := &walkers[i]
			if !s.step(m, w) {
				continue
			}
			o.Messages++
			o.Bytes += int64(len(raw))
			if seen[w.at] {
				o.Duplicates++
				continue
			}
			seen[w.at] = true
			if w.at != task.From && m.Holds(w.at, task.Query) {
				o.found(w, step, found)
			}
		}
		if ctx.Err() != nil {
			return o, context.Cause(ctx)
		}
		if step%s.CheckEvery == 0 && len(found) >= task.Want {
			break
		}
	}
	for i := range walkers {
		o.Took = max(o.Took, walkers[i].took)
	}
	o.Asked = len(seen) - 1
	return o, nil
}

// found notes a holder. Its hit goes back the way the walker came.
func (o *Outcome) found(w *walker, step int, found map[int]bool) {
	found[w.at] = true
	o.Found = len(found)
	if back := 2 * w.took; o.FirstHit == 0 || back < o.FirstHit {
		o.FirstHit, o.FirstHops = back, step
	}
}

// step takes a walker over one link, if its node has any.
func (s Walk) step(m Mesh, w *walker) bool {
	links := m.World.Links(w.at)
	if links == 0 {
		return false
	}
	next := m.World.Peer(w.at, m.Rand.IntN(links))
	for s.NoReturn && next == w.before && links > 1 {
		next = m.World.Peer(w.at, m.Rand.IntN(links))
	}
	w.took += m.World.Delay(w.at, next)
	w.before, w.at = w.at, next
	return true
}

func (s Walk) withDefaults() Walk {
	if s.Walkers == 0 {
		s.Walkers = 32
	}
	if s.CheckEvery == 0 {
		s.CheckEvery = 4
	}
	if s.StepsMax == 0 {
		s.StepsMax = 1024
	}
	return s
}
