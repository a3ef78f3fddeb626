package workload

import (
	"starling/query"
	"starling/share/words"
)

// answer is what is remembered of a query.
type answer struct {
	files set // that match
	nodes set // that New gave any of them
}

// memo remembers queries under way, the newest of them.
type memo struct {
	bytesMax, bytes int64
	last            *query.Query
	lastAnswer      *answer
	answers         map[query.GUID]*answer
	oldest          []query.GUID
}

func newMemo(bytesMax int64) memo {
	return memo{bytesMax: bytesMax, answers: make(map[query.GUID]*answer)}
}

// answerBytes is what an answer takes beside its sets.
const answerBytes = 256

func (a *answer) bytes() int64 { return a.files.bytes() + a.nodes.bytes() + answerBytes }

func (m *memo) add(guid query.GUID, a *answer) {
	if m.answers[guid] != nil {
		return
	}
	m.answers[guid] = a
	m.oldest = append(m.oldest, guid)
	for m.bytes += a.bytes(); m.bytes > m.bytesMax && len(m.oldest) > 1; m.oldest = m.oldest[1:] {
		m.bytes -= m.answers[m.oldest[0]].bytes()
		delete(m.answers, m.oldest[0])
	}
}

// found gives the answer to a query, which is worked out on first sight.
func (c *Catalogue) found(q *query.Query) *answer {
	if c.memo.last == q {
		return c.memo.lastAnswer
	}
	a := c.memo.answers[q.GUID]
	if a == nil {
		matching := c.match(q.Expr)
		a = c.remember(q, matching, c.holdersPlaced(matching))
	}
	c.memo.last, c.memo.lastAnswer = q, a
	return a
}

func (c *Catalogue) remember(q *query.Query, matching, placed []int32) *answer {
	a := &answer{files: newSet(matching, len(c.files)), nodes: newSet(placed, c.opts.Nodes)}
	c.memo.add(q.GUID, a)
	return a
}

// Answer gives what a node says to a query: the files it holds that match, by
// their numbers, at most q.Wanted of them and query.EntriesMax at most.
func (c *Catalogue) Answer(node int, q *query.Query) []query.Entry {
	a := c.found(q)
	if !c.moved.has(node) && !a.nodes.has(int32(node)) {
		return nil
	}
	limit := query.EntriesMax
	if q.Wanted > 0 {
		limit = min(limit, q.Wanted)
	}
	var out []query.Entry
	c.eachMatch(node, a, func(file int32) bool {
		out = append(out, c.Entry(file))
		return len(out) < limit
	})
	return out
}

// Holds says whether a node holds anything that matches a query, now.
func (c *Catalogue) Holds(node int, q *query.Query) bool {
	a := c.found(q)
	if !c.moved.has(node) {
		return a.nodes.has(int32(node))
	}
	holds := false
	c.eachMatch(node, a, func(int32) bool { holds = true; return false })
	return holds
}

// eachMatch calls yield with the files of a node that match, ascending, until it
// returns false.
func (c *Catalogue) eachMatch(node int, a *answer, yield func(file int32) bool) {
	for _, collection := range c.heldBy(node) {
		from, to := c.filesOf(collection)
		for file := from; file < to; file++ {
			if a.files.has(file) && !yield(file) {
				return
			}
		}
	}
}

// Held gives the numbers of the files a node holds now, ascending.
func (c *Catalogue) Held(node int) []int32 {
	var out []int32
	for _, collection := range c.heldBy(node) {
		from, to := c.filesOf(collection)
		for file := from; file < to; file++ {
			out = append(out, file)
		}
	}
	return out
}

// match gives the files that an expression asks for, ascending.
func (c *Catalogue) match(e words.Expr) []int32 {
	if e.IsZero() {
		return nil
	}
	lookups := e.Lookups()
	matching := c.index.all(lookups)
	if len(lookups) == 0 || e.HasFilters() || !e.Sufficient() {
		kept := matching[:0]
		for _, file := range matching {
			if c.matches(e, file) {
				kept = append(kept, file)
			}
		}
		matching = kept
	}
	for file := int32(c.indexed); int(file) < len(c.files); file++ {
		if c.matches(e, file) {
			matching = append(matching, file)
		}
	}
	return matching
}

// matches is the truth that the index only prepares.
func (c *Catalogue) matches(e words.Expr, file int32) bool {
	f := &c.files[file]
	d := words.Doc{Path: f.Path, SizeBytes: f.SizeBytes, Type: c.types[file]}
	if _, asked := e.ID(); asked {
		d.ID = c.ID(file)
	}
	if !e.MatchFilters(d) {
		return false
	}
	c.text.Set(f.Path)
	return e.MatchText(&c.text, d)
}
