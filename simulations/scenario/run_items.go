package scenario

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"time"

	"starling/query"
	"starling/share/content"
	"starling/share/words"
	"starling/simulations/search"
	"starling/simulations/world"
)

// Streams of chance of experiments with comings, goings and lies.
const (
	chancePeople = chanceMesh + 1 + iota
	chanceRepair
	chanceLies
	chanceSpam
	chanceFloods
)

// world makes one of the scenario's mesh, as the lab's other options say.
func (l *lab) world(change func(*world.Options)) (*world.World, error) {
	r, err := rule(l.s.Search.Duplicates[0])
	if err != nil {
		return nil, err
	}
	router := query.Options{Duplicates: r}
	if ttl := l.s.Search.TTL[0]; ttl > query.DefaultTTL { // routers cut what is beyond their own
		router.TTLMax, router.ReachMax = uint8(ttl), uint8(ttl)+1
	}
	var w *world.World
	o := world.Options{
		Graph: l.graph, Leaves: l.leaves, Router: router, EqualDelay: l.equal, Delay: l.delay, Loss: l.s.Loss,
		Seed: l.s.Seed, Progress: l.watch(&w),
	}
	change(&o)
	w = world.New(o)
	return w, nil
}

// items are files that just some nodes hold, each asked for once.
type items struct {
	rng  *rand.Rand
	held map[query.GUID]*item
}

type item struct {
	entry   query.Entry
	holders map[int]bool
}

func newItems(rng *rand.Rand) *items { return &items{rng: rng, held: map[query.GUID]*item{}} }

// letters are those of a word that names an item.
const letters = 10

// make puts a new item on nodes and returns the question for it.
func (t *items) make(holders []int, echo bool) (*query.Query, error) {
	name := make([]byte, letters)
	for i := range name {
		name[i] = 'a' + byte(t.rng.IntN(26))
	}
	e, err := words.Parse(string(name))
	if err != nil {
		return nil, err
	}
	q, err := query.NewQuery(e, 0, echo, nonce(t.rng))
	if err != nil {
		return nil, err
	}
	it := &item{
		entry:   query.Entry{Name: string(name), SizeBytes: 1 << 20, ID: content.Sum(name), HeldGroups: 1, Groups: 1},
		holders: make(map[int]bool, len(holders)),
	}
	for _, v := range holders {
		it.holders[v] = true
	}
	t.held[q.GUID] = it
	return q, nil
}

// answer is what a node says to a query.
func (t *items) answer(node int, q *query.Query) []query.Entry {
	if it := t.held[q.GUID]; it != nil && it.holders[node] {
		return []query.Entry{it.entry}
	}
	return nil
}

func nonce(rng *rand.Rand) (n [16]byte) {
	binary.LittleEndian.PutUint64(n[:8], rng.Uint64())
	binary.LittleEndian.PutUint64(n[8:], rng.Uint64())
	return n
}

// crowd is a set of nodes from which some are picked at random.
type crowd struct {
	nodes []int
	place map[int]int // in nodes
}

// newCrowd is the nodes 0 to n-1 of which include is true, or all.
func newCrowd(n int, include func(node int) bool) *crowd {
	c := &crowd{place: map[int]int{}}
	for v := range n {
		if include == nil || include(v) {
			c.add(v)
		}
	}
	return c
}

func (c *crowd) add(v int) {
	c.place[v] = len(c.nodes)
	c.nodes = append(c.nodes, v)
}

func (c *crowd) remove(v int) {
	i, last := c.place[v], len(c.nodes)-1
	c.swap(i, last)
	c.nodes = c.nodes[:last]
	delete(c.place, v)
}

func (c *crowd) swap(i, k int) {
	c.nodes[i], c.nodes[k] = c.nodes[k], c.nodes[i]
	c.place[c.nodes[i]], c.place[c.nodes[k]] = i, k
}

// pick returns k of them, or all if there are fewer, each one once.
func (c *crowd) pick(k int, rng *rand.Rand) []int {
	k = min(k, len(c.nodes))
	for i := range k {
		c.swap(i, i+rng.IntN(len(c.nodes)-i))
	}
	return slices.Clone(c.nodes[:k])
}

// probe is one question and what became of it.
type probe struct {
	copies  int // which share of content.copies
	holders int
	others  int // nodes there were beside the asker
	tally   *world.Tally
}

// ask has one of a crowd ask for an item that so many of the others hold, with the
// i-th question's share of copies.
func (l *lab) ask(w *world.World, t *items, among *crowd, i int, echo bool) (*probe, error) {
	p := &probe{copies: i % len(l.s.Content.Copies), others: len(among.nodes) - 1}
	picked := among.pick(1+l.copies(p.copies), t.rng)
	p.holders = len(picked) - 1
	q, err := t.make(picked[1:], echo)
	if err != nil {
		return nil, err
	}
	p.tally = w.Ask(picked[0], q, uint8(l.s.Search.TTL[0]))
	return p, nil
}

// copies is how many nodes hold an item of one share of content.copies.
func (l *lab) copies(i int) int {
	return max(1, int(l.s.Content.Copies[i]*float64(l.graph.Nodes())+0.5))
}

// answerWithin is how long an asker waits for a hit.
const answerWithin = 10 * time.Second

// found returns the first hit in time of a holder that passes, and whether there
// was one.
func (p *probe) found(passes func(world.Delivery) bool) (after time.Duration, ok bool) {
	for _, h := range p.tally.Hits {
		if after := h.At - p.tally.Asked; after <= answerWithin && (passes == nil || passes(h)) {
			return after, true
		}
	}
	return 0, false
}

// reach is the share of the other nodes that the question came to.
func (p *probe) reach() float64 {
	return min(1, float64(p.tally.Reached)/float64(max(p.others, 1)))
}

// quantile is the q-th part of durations in milliseconds, nil if there are none.
func quantile(all []time.Duration, q float64) any {
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	return ms(search.Quantile(all, q))
}

// percent is a part of a whole in percent, nil of nothing.
func percent(part, whole int) any {
	if whole == 0 {
		return nil
	}
	return 100 * float64(part) / float64(whole)
}
