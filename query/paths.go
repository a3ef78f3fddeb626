package query

import "time"

// path is what a node remembers of one query.
type path struct {
	query   *Query
	expires time.Time
	owner   Link // whose share of the table it fills

	first, second Link // the reverse path; second only if hasSecond
	hasSecond     bool
	hops          uint8 // of the first copy
	ttl           uint8 // largest TTL seen

	waves []*wave   // in the order their copies came
	hits  *hitSpend // nil until the first hits
}

// hitSpend is what the hits of one query have used up.
type hitSpend struct {
	seen    map[[8]byte]struct{} // batches, by the start of their BLAKE3
	holders map[string]int       // bytes by holder
	links   map[Link]int         // bytes taken, by link
	sent    int                  // bytes sent on the reverse path
}

// paths remembers queries up to a cap, each for the same time. Every link has a
// queue of its own, so that when the table is full the link with the most
// entries loses its oldest, and no neighbour can push out the others' paths.
type paths struct {
	max      int
	lifetime time.Duration
	byGUID   map[GUID]*path
	queues   map[Link]*fifo
}

// fifo is a queue of GUIDs in the order they came.
type fifo struct {
	guids []GUID
	head  int
}

func (q *fifo) len() int     { return len(q.guids) - q.head }
func (q *fifo) oldest() GUID { return q.guids[q.head] }
func (q *fifo) push(g GUID)  { q.guids = append(q.guids, g) }

func (q *fifo) pop() {
	q.head++
	if q.head*2 > len(q.guids) {
		q.guids = append(q.guids[:0], q.guids[q.head:]...)
		q.head = 0
	}
}

func (t *paths) get(g GUID) *path { return t.byGUID[g] }

// add remembers p and makes room for it first.
func (t *paths) add(p *path, now time.Time) {
	if t.byGUID == nil { // made on first use: most of a million simulated nodes are silent
		t.byGUID, t.queues = make(map[GUID]*path), make(map[Link]*fifo)
	}
	if len(t.byGUID) >= t.max {
		t.evict()
	}
	p.expires = now.Add(t.lifetime)
	t.byGUID[p.query.GUID] = p
	q := t.queues[p.owner]
	if q == nil {
		q = &fifo{}
		t.queues[p.owner] = q
	}
	q.push(p.query.GUID)
}

// evict forgets the oldest query of the link that fills most of the table.
func (t *paths) evict() {
	var most Link
	var longest *fifo
	for l, q := range t.queues {
		if longest == nil || q.len() > longest.len() || q.len() == longest.len() && l < most {
			most, longest = l, q
		}
	}
	delete(t.byGUID, longest.oldest())
	t.dropOldest(most, longest)
}

// expire forgets every query whose time is over.
func (t *paths) expire(now time.Time) {
	for l, q := range t.queues {
		for q.len() > 0 {
			p := t.byGUID[q.oldest()]
			if p.expires.After(now) {
				break
			}
			delete(t.byGUID, q.oldest())
			t.dropOldest(l, q)
		}
	}
}

func (t *paths) dropOldest(l Link, q *fifo) {
	if q.pop(); q.len() == 0 {
		delete(t.queues, l)
	}
}
