package swarm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"starling/share/content"
	"starling/transfer"
)

// world is one swarm in virtual time.
type world struct {
	o      Options
	layout content.Layout
	rng    *rand.Rand
	now    time.Duration
	queue  events
	nodes  []*node // honest seeds, poisoners, stallers, receivers
	left   int     // receivers that are not done
	count  uint64  // events
	broken error
	result *Result

	rules transfer.Rules
}

// dawn is when every world begins.
var dawn = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func (w *world) clock() time.Time { return dawn.Add(w.now) }

func (w *world) after(d time.Duration, do func()) { w.queue.push(w.now+d, do) }

// role is what a node does in a swarm.
type role int

const (
	seed role = iota
	poisoner
	staller
	receiver
)

// node is one node: what it holds, sends and fetches.
type node struct {
	w       *world
	id      int
	name    transfer.Source
	role    role
	have    content.Bitset
	arrived []int // groups, in the order they came
	gone    bool

	uplink
	fetch
}

// Progress is told how far a run is; about every 65,536 events.
type Progress func(events uint64, virtual time.Duration, done, receivers int)

// Run makes the swarm and lets it run until every receiver has the file. With an
// error of ctx, the result says how far it came. ErrBroken says that something
// happened that must not happen in any run; ErrStuck, that not everyone got the
// file in time.
func Run(ctx context.Context, o Options, progress Progress) (*Result, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &world{o: o, layout: content.LayoutOf(o.SizeBytes), rng: o.Rand, left: o.Receivers}
	o.Transfer.UpBytesPerSec = int64(o.UpBytesPerSec)
	w.rules = transfer.RulesOf(o.Transfer)
	if w.layout.Groups() < 2 {
		return nil, fmt.Errorf("%w: a file of one group needs no swarm", ErrOptions)
	}
	w.build()
	for w.left > 0 && w.broken == nil && w.now <= o.Until && len(w.queue.heap) > 0 {
		e := w.queue.pop()
		w.now = e.at
		e.do()
		if w.count++; w.count%65_536 == 0 {
			if err = ctx.Err(); err != nil {
				break
			}
			if progress != nil {
				progress(w.count, w.now, o.Receivers-w.left, o.Receivers)
			}
		}
	}
	w.finish()
	switch {
	case err != nil:
		return w.result, err
	case w.broken != nil:
		return w.result, w.broken
	case w.left > 0:
		return w.result, fmt.Errorf("%w: %d of %d receivers are not done after %v", ErrStuck, w.left, o.Receivers, w.now)
	}
	return w.result, nil
}

// build makes the nodes and their starts.
func (w *world) build() {
	o := w.o
	w.result = &Result{Bound: o.bound()}
	roles := []struct {
		role role
		n    int
	}{{seed, o.Seeds}, {poisoner, o.Poisoners}, {staller, o.Stallers}, {receiver, o.Receivers}}
	for _, r := range roles {
		for range r.n {
			w.add(r.role)
		}
	}
	sources := w.nodes[:len(w.nodes)-o.Receivers]
	for i, n := range w.receivers() {
		w.after(time.Duration(i)*o.ArriveEvery, func() { n.begin(sources) })
	}
	every := max(w.result.Bound/time.Duration(o.Samples), time.Millisecond)
	w.sample(every)
}

func (w *world) receivers() []*node { return w.nodes[len(w.nodes)-w.o.Receivers:] }

func (w *world) add(r role) {
	id := len(w.nodes)
	n := &node{w: w, id: id, name: transfer.Source(strconv.Itoa(id)), role: r, have: content.NewBitset(w.layout.Groups())}
	if r != receiver {
		n.have.SetAll()
		n.settled = true
	}
	n.queue = transfer.NewQueue(w.o.Transfer)
	n.choice = transfer.NewChoice(w.layout.Groups())
	w.nodes = append(w.nodes, n)
}

// leave takes a node away: its streams end.
func (n *node) leave() {
	n.gone = true
	for len(n.uploads) > 0 {
		n.uploads[0].end()
	}
	for _, p := range n.peers {
		if p.stream != nil {
			p.stream.end()
		}
	}
}

// sample notes everyone's progress, again and again.
func (w *world) sample(every time.Duration) {
	r := w.result
	r.Curve.At = append(r.Curve.At, w.now)
	for i, n := range w.receivers() {
		if len(r.Curve.Held) <= i {
			r.Curve.Held = append(r.Curve.Held, nil)
		}
		r.Curve.Held[i] = append(r.Curve.Held[i], float64(n.held)/float64(w.layout.Groups()))
	}
	w.after(every, func() { w.sample(every) })
}
