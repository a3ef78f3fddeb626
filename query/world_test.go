package query

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"starling/share/content"
	"starling/share/words"
)

// world moves effects between routers under virtual time, and checks as it runs
// what must hold in every run.
type world struct {
	t       testing.TB
	nodes   []*Router
	peers   []map[Link]int // who is behind a link of a node
	back    []map[int]Link // and the other way round
	delay   func(from, to int) time.Duration
	holds   map[int][]Entry // by node
	mute    map[int]bool    // nodes that take queries and never say anything
	now     time.Time
	queue   events
	serial  int
	log     *strings.Builder // transcript, when asked for
	sent    int              // query copies
	forward map[string]int   // node+GUID → times forwarded
	got     map[int][]Entry  // delivered, by asker
	hops    map[string]uint8 // holder → hops of its delivered hits
	sums    map[int]Sums     // finished, by asker
	drops   map[Reason]int
	answers map[int]int // times a node's library was asked
	byes    []string
}

type event struct {
	at       time.Time
	serial   int
	from, to int
	message  Message
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].serial < e[j].serial
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	x := old[len(old)-1]
	*e = old[:len(old)-1]
	return x
}

var start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func newWorld(t testing.TB, n int, opts Options) *world {
	w := &world{
		t: t, now: start, delay: func(int, int) time.Duration { return time.Millisecond },
		holds: map[int][]Entry{}, mute: map[int]bool{}, forward: map[string]int{}, got: map[int][]Entry{},
		hops: map[string]uint8{}, sums: map[int]Sums{}, drops: map[Reason]int{}, answers: map[int]int{},
	}
	for range n {
		w.nodes = append(w.nodes, New(opts))
		w.peers = append(w.peers, map[Link]int{})
		w.back = append(w.back, map[int]Link{})
	}
	return w
}

func (w *world) link(a, b int) {
	w.half(a, b)
	w.half(b, a)
}

func (w *world) half(a, b int) {
	l := Link(len(w.peers[a]) + 1)
	w.peers[a][l], w.back[a][b] = b, l
	w.nodes[a].LinkUp(l)
}

func (w *world) linked(a, b int) bool { _, ok := w.back[a][b]; return ok }

func (w *world) unlink(a, b int) {
	for _, end := range [][2]int{{a, b}, {b, a}} {
		out := w.nodes[end[0]].LinkDown(w.back[end[0]][end[1]], nil)
		delete(w.peers[end[0]], w.back[end[0]][end[1]])
		delete(w.back[end[0]], end[1])
		w.perform(end[0], out)
	}
}

func (w *world) edges() int {
	sum := 0
	for _, p := range w.peers {
		sum += len(p)
	}
	return sum / 2
}

func mustParse(t testing.TB, s string) words.Expr {
	t.Helper()
	e, err := words.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func testQuery(t testing.TB, text string, echo bool, nonce byte) *Query {
	t.Helper()
	q, err := NewQuery(mustParse(t, text), 0, echo, [16]byte{nonce})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func entry(name string) Entry {
	return Entry{Name: name, SizeBytes: 5, ID: content.Sum([]byte(name)), HeldGroups: 1, Groups: 1}
}

func (w *world) ask(node int, q *Query, ttl uint8) {
	w.perform(node, w.nodes[node].Handle(Self, Message{Kind: KindQuery, TTL: ttl, Query: q}, w.now, nil))
}

// run delivers everything that is under way and lets time pass until nothing
// waits any more, at most for a minute.
func (w *world) run() {
	for end := w.now.Add(time.Minute); w.now.Before(end); {
		if len(w.queue) == 0 {
			w.now = w.now.Add(50 * time.Millisecond)
			for i, n := range w.nodes {
				w.perform(i, n.Tick(w.now, nil))
			}
			continue
		}
		e := heap.Pop(&w.queue).(event)
		if e.at.After(w.now) {
			w.now = e.at
		}
		if l, ok := w.back[e.to][e.from]; ok && !w.mute[e.to] {
			w.perform(e.to, w.nodes[e.to].Handle(l, e.message, w.now, nil))
		}
	}
}

func (w *world) perform(node int, effects []Effect) {
	forwarded := ""
	for _, e := range effects {
		w.note(node, e)
		switch e.Kind {
		case Send:
			forwarded = w.send(node, e, forwarded)
		case Answer:
			w.answer(node, e.Message.Query)
		case Verify:
			w.verify(node, e)
		case Deliver:
			w.got[node] = append(w.got[node], w.batchOf(e.Message.Hits).Entries...)
			w.hops[w.batchOf(e.Message.Hits).Holder] = e.Message.Hops
		case Finish:
			w.sums[node] = e.Message.Echo.Sums
		case Drop:
			w.drops[e.Reason]++
		case Bye:
			w.byes = append(w.byes, fmt.Sprintf("%d: %v", node, e.Reason))
		}
	}
}

func (w *world) send(node int, e Effect, forwarded string) string {
	to, ok := w.peers[node][e.Link]
	if !ok {
		w.t.Fatalf("node %d sends on link %d, which it does not have", node, e.Link)
	}
	if m := e.Message; m.Kind == KindQuery {
		w.sent++
		if m.TTL == 0 {
			w.t.Fatalf("node %d sends a query with TTL 0", node)
		}
		key := fmt.Sprintf("%d %v", node, m.Query.GUID)
		if key != forwarded {
			w.forward[key]++
		}
		forwarded = key
	}
	w.serial++
	heap.Push(&w.queue, event{at: w.now.Add(w.delay(node, to)), serial: w.serial, from: node, to: to, message: e.Message})
	return forwarded
}

// answer is the library: whole batches, one holder each, "signed" by naming it.
func (w *world) answer(node int, q *Query) {
	w.answers[node]++
	if entries := w.holds[node]; len(entries) > 0 {
		h := w.sign(node, q.GUID, entries)
		w.perform(node, w.nodes[node].Handle(Self, Message{Kind: KindHits, Hits: h}, w.now, nil))
	}
	w.perform(node, w.nodes[node].Handle(Self, Message{Kind: KindAnswered, Query: q}, w.now, nil))
}

func (w *world) sign(node int, guid GUID, entries []Entry) *Hits {
	payload, err := EncodeBatch(&Batch{GUID: guid, Expires: w.now.Add(time.Minute), Entries: entries})
	if err != nil {
		w.t.Fatal(err)
	}
	h := &Hits{GUID: guid, Envelope: append([]byte{byte(node)}, payload...)}
	h.Batch = w.batchOf(h)
	return h
}

func (w *world) batchOf(h *Hits) *Batch {
	b, err := DecodeBatch(h.Envelope[1:])
	if err != nil {
		w.t.Fatal(err)
	}
	b.Holder = fmt.Sprint("node", h.Envelope[0])
	return b
}

func (w *world) verify(node int, e Effect) {
	m := e.Message
	m.Kind = KindVerified
	m.Hits = &Hits{GUID: m.Hits.GUID, Envelope: m.Hits.Envelope, Batch: w.batchOf(m.Hits)}
	w.perform(node, w.nodes[node].Handle(e.Link, m, w.now, nil))
}

// note writes the transcript.
func (w *world) note(node int, e Effect) {
	if w.log == nil {
		return
	}
	name := func(i int) string { return string(rune('A' + i)) }
	at := w.now.Sub(start).Milliseconds()
	switch {
	case e.Kind == Send && e.Message.Kind == KindQuery:
		fmt.Fprintf(w.log, "%3d %s→%s query ttl=%d hops=%d\n", at, name(node), name(w.peers[node][e.Link]), e.Message.TTL, e.Message.Hops)
	case e.Kind == Send && e.Message.Kind == KindHits:
		fmt.Fprintf(w.log, "%3d %s→%s hits hops=%d\n", at, name(node), name(w.peers[node][e.Link]), e.Message.Hops)
	case e.Kind == Send && e.Message.Kind == KindEcho:
		fmt.Fprintf(w.log, "%3d %s→%s echo ttl=%d reached=%d dup=%d again=%d lost=%d\n", at, name(node), name(w.peers[node][e.Link]),
			e.Message.Echo.TTL, e.Message.Echo.Sums.Reached, e.Message.Echo.Sums.Duplicates, e.Message.Echo.Sums.Reforwarded, e.Message.Echo.Sums.Lost)
	case e.Kind == Deliver:
		fmt.Fprintf(w.log, "%3d %s deliver hops=%d\n", at, name(node), e.Message.Hops)
	case e.Kind == Finish:
		fmt.Fprintf(w.log, "%3d %s finish reached=%d messages=%d\n", at, name(node), e.Message.Echo.Sums.Reached, e.Message.Echo.Sums.Messages())
	case e.Kind == Drop:
		fmt.Fprintf(w.log, "%3d %s drop %v\n", at, name(node), e.Reason)
	}
}

// mesh links n nodes into a random connected graph of about the given degree.
func mesh(w *world, degree int, rng *rand.Rand) {
	n := len(w.nodes)
	for i := 1; i < n; i++ {
		w.link(i, rng.IntN(i))
	}
	for range n * (degree - 2) / 2 {
		if a, b := rng.IntN(n), rng.IntN(n); a != b && !w.linked(a, b) {
			w.link(a, b)
		}
	}
}

// within returns how many nodes other than from are at most ttl links away.
func (w *world) within(from, ttl int) map[int]int {
	dist := map[int]int{from: 0}
	for frontier := []int{from}; len(frontier) > 0; frontier = frontier[1:] {
		at := frontier[0]
		for _, to := range w.peers[at] {
			if _, seen := dist[to]; !seen && dist[at] < ttl {
				dist[to] = dist[at] + 1
				frontier = append(frontier, to)
			}
		}
	}
	delete(dist, from)
	return dist
}
