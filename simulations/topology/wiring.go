package topology

import "math/rand/v2"

// A wiring is a graph in the making: links whose ends are switched, so that no
// node's degree changes.
type wiring struct {
	links [][2]uint32
	off   []uint32 // the links of v are at[off[v]:off[v+1]]
	at    []uint32
	rng   *rand.Rand
}

// pair is the configuration model: every node has as many open ends as its
// degree, and ends are joined in pairs by chance. Loops and repeats are among
// the links it makes; the sum of the degrees is even.
func pair(degrees []uint32, rng *rand.Rand) *wiring {
	w := &wiring{off: make([]uint32, len(degrees)+1), rng: rng}
	for v, d := range degrees {
		w.off[v+1] = w.off[v] + d
	}
	ends := w.off[len(degrees)]
	w.links = make([][2]uint32, ends/2)
	i := uint32(0)
	for v, d := range degrees {
		for range d {
			w.links[i/2][i%2] = uint32(v)
			i++
		}
	}
	for i := ends; i > 1; i-- {
		j := rng.Uint32N(i)
		a, b := &w.links[(i-1)/2][(i-1)%2], &w.links[j/2][j%2]
		*a, *b = *b, *a
	}
	w.index()
	return w
}

// index lists each node's links.
func (w *wiring) index() {
	w.at = make([]uint32, 2*len(w.links))
	next := make([]uint32, len(w.off)-1)
	copy(next, w.off)
	for i, l := range w.links {
		w.at[next[l[0]]] = uint32(i)
		next[l[0]]++
		w.at[next[l[1]]] = uint32(i)
		next[l[1]]++
	}
}

func (w *wiring) row(v uint32) []uint32 { return w.at[w.off[v]:w.off[v+1]] }

// other is the far end of v's link i.
func (w *wiring) other(i, v uint32) uint32 { return w.links[i][0] ^ w.links[i][1] ^ v }

// times counts the links between a and b, by the shorter row.
func (w *wiring) times(a, b uint32) (n int) {
	if len(w.row(a)) > len(w.row(b)) {
		a, b = b, a
	}
	for _, i := range w.row(a) {
		if w.other(i, a) == b {
			n++
		}
	}
	return n
}

// faults are the links that a simple graph must not have: loops, and all but
// one of several between the same nodes.
func (w *wiring) faults() []uint32 {
	var found []uint32
	seen := make([]uint32, len(w.off)-1) // seen[u] == v+1: v has a link to u
	for v := range uint32(len(seen)) {
		for k, i := range w.row(v) {
			switch u := w.other(i, v); {
			case u > v && seen[u] == v+1:
				found = append(found, i)
			case u > v:
				seen[u] = v + 1
			case u == v && w.firstIn(v, k):
				found = append(found, i)
			}
		}
	}
	return found
}

// firstIn says whether the link at place k of v's row does not stand before it:
// a loop stands there twice.
func (w *wiring) firstIn(v uint32, k int) bool {
	row := w.row(v)
	for _, i := range row[:k] {
		if i == row[k] {
			return false
		}
	}
	return true
}

// mend switches faults away and returns those that resisted.
func (w *wiring) mend() (left []uint32) {
	for _, i := range w.faults() {
		if w.isFault(i) && !w.mendOne(i) {
			left = append(left, i)
		}
	}
	return left
}

func (w *wiring) isFault(i uint32) bool {
	a, b := w.links[i][0], w.links[i][1]
	return a == b || w.times(a, b) > 1
}

// mendTries is how often a fault is switched with a link taken by chance. In a
// graph with less than half of all possible links at least every fourth will do,
// but for the smallest.
const mendTries = 500

func (w *wiring) mendOne(i uint32) bool {
	for range mendTries {
		j := w.rng.Uint32N(uint32(len(w.links)))
		if w.rng.Uint32N(2) == 0 {
			w.links[j][0], w.links[j][1] = w.links[j][1], w.links[j][0]
		}
		a, b, c, d := w.links[i][0], w.links[i][1], w.links[j][0], w.links[j][1]
		if c != d && a != c && b != d && w.times(a, c) == 0 && w.times(b, d) == 0 {
			w.swap(i, j)
			return true
		}
	}
	return false
}

// swap makes a–c and b–d of the links i, a–b, and j, c–d.
func (w *wiring) swap(i, j uint32) {
	b, c := w.links[i][1], w.links[j][0]
	w.links[i][1], w.links[j][0] = c, b
	replace(w.row(b), i, j)
	replace(w.row(c), j, i)
}

// drop gives a link up: it becomes a loop, which FromEdges leaves out.
func (w *wiring) drop(i uint32) { w.links[i][1] = w.links[i][0] }

func replace(row []uint32, old, with uint32) {
	for k := range row {
		if row[k] == old {
			row[k] = with
			return
		}
	}
}
