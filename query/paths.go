package query

import (
	"slices"
	"time"
)

// path is what a node remembers of one query.
type path struct {
	query   *Query
	expires time.Time
	owner   Link // whose share of the table it fills

	first, second Link // the reverse path; second only if hasSecond
	hasSecond     bool
	hops          uint8 // of the first copy
	ttl           uint8 // largest TTL seen

	next  *path     // of the same owner, and younger
	waves []*wave   // in the order their copies came
	hits  *hitSpend // nil until the first hits
}

// hitSpend is what the hits of one query have used up.
type hitSpend struct {
	seen    map[[8]byte]struct{} // batches, by the start of their BLAKE3
	holders map[string]int       // bytes by holder
	links   map[Link]int         // bytes taken, by link
	sent    int                  // bytes sent on the reverse path

	reserved []Link // told what is for them alone, beside the reverse path
}

// paths remembers queries up to a cap, each for the same time. Every link has a
// queue of its own, so that when the table is full the link with the most
// entries loses its oldest, and no neighbour can push out the others' paths.
type paths struct {
	few    []entryOf      // all of them, while they are few
	many   map[GUID]*path // all of them, once they are more than fewMax
	queues []queue        // of the links that have any, in no order
}

type entryOf struct {
	guid GUID
	path *path
}

// fewMax is how many queries a scan finds sooner than a map does.
const fewMax = 8

// queue is the queries of one link, linked by path.next.
type queue struct {
	owner          Link
	oldest, newest *path
	len            int
}

func (t *paths) get(g GUID) *path {
	if t.many != nil {
		return t.many[g]
	}
	for i := range t.few {
		if t.few[i].guid == g {
			return t.few[i].path
		}
	}
	return nil
}

func (t *paths) len() int { return max(len(t.few), len(t.many)) }

// add remembers p until the time it expires and makes room for it first.
func (t *paths) add(p *path, most int) {
	if t.len() >= most {
		t.evict()
	}
	t.insert(p)
	for i := range t.queues {
		if q := &t.queues[i]; q.owner == p.owner {
			q.newest.next = p
			q.newest = p
			q.len++
			return
		}
	}
	t.queues = append(t.queues, queue{owner: p.owner, oldest: p, newest: p, len: 1})
}

func (t *paths) insert(p *path) {
	if t.many == nil && len(t.few) < fewMax {
		t.few = append(t.few, entryOf{p.query.GUID, p})
		return
	}
	if t.many == nil {
		t.many = make(map[GUID]*path)
		for _, e := range t.few {
			t.many[e.guid] = e.path
		}
		t.few = nil
	}
	t.many[p.query.GUID] = p
}

func (t *paths) remove(g GUID) {
	delete(t.many, g)
	if i := slices.IndexFunc(t.few, func(e entryOf) bool { return e.guid == g }); i >= 0 {
		t.few = slices.Delete(t.few, i, i+1)
	}
}

// evict forgets the oldest query of the link that fills most of the table.
func (t *paths) evict() {
	most := 0
	for i, q := range t.queues {
		if q.len > t.queues[most].len || q.len == t.queues[most].len && q.owner < t.queues[most].owner {
			most = i
		}
	}
	t.dropOldest(most)
}

// expire forgets every query whose time is over.
func (t *paths) expire(now time.Time) {
	for i := len(t.queues) - 1; i >= 0; i-- { // dropOldest may move the last one here
		for i < len(t.queues) && !t.queues[i].oldest.expires.After(now) {
			t.dropOldest(i)
		}
	}
}

func (t *paths) dropOldest(i int) {
	q := &t.queues[i]
	p := q.oldest
	t.remove(p.query.GUID)
	q.oldest, p.next = p.next, nil
	if q.len--; q.len == 0 {
		last := len(t.queues) - 1
		t.queues[i] = t.queues[last]
		t.queues = t.queues[:last]
	}
}
