package live

import (
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"starling/simulations/topology"
)

// size is how many nodes a virtual world has: STARLING_LIVE_NODES, else the usual.
func size(t *testing.T, usual int) int {
	text := os.Getenv("STARLING_LIVE_NODES")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 20 || n > 2000 {
		t.Fatalf("STARLING_LIVE_NODES is %q: give a number from 20 to 2000", text)
	}
	return n
}

// rings are the links from one node to every other: what a flood should do, said
// without any router.
type rings struct {
	g     *topology.Graph
	asker int
	dist  []int
	most  int // the distance of the farthest
}

func ringsOf(g *topology.Graph, asker int) rings {
	r := rings{g: g, asker: asker, dist: make([]int, g.Nodes())}
	for v := range r.dist {
		r.dist[v] = math.MaxInt
	}
	r.dist[asker] = 0
	for queue := []int{asker}; len(queue) > 0; queue = queue[1:] {
		for _, v := range g.Neighbours(queue[0]) {
			if r.dist[v] == math.MaxInt {
				r.dist[v] = r.dist[queue[0]] + 1
				r.most = max(r.most, r.dist[v])
				queue = append(queue, int(v))
			}
		}
	}
	return r
}

// reached counts the nodes that a query with this TTL reaches, the asker not
// among them.
func (r rings) reached(ttl int) (n int) {
	for v, d := range r.dist {
		if v != r.asker && d <= ttl {
			n++
		}
	}
	return n
}

// messages counts the copies sent when all links are equally slow: the asker
// sends one over each link, and every node that got its first copy with a TTL
// above 1 one over each but the link it came by.
func (r rings) messages(ttl int) int {
	n := r.g.Degree(r.asker)
	for v, d := range r.dist {
		if v != r.asker && d < ttl {
			n += r.g.Degree(v) - 1
		}
	}
	return n
}

// finished is when the last echo is back, if every link takes delay: the last copy
// leaves the farthest node that forwards, travels one link, and is echoed over
// that link and the whole way back.
func (r rings) finished(ttl int, delay time.Duration) time.Duration {
	last := 0
	for v, d := range r.dist {
		if d < ttl && r.g.Degree(v) > 1 {
			last = max(last, d)
		}
	}
	return time.Duration(2*(last+1)) * delay
}
