package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"starling/query"
	"starling/simulations/topology"
	"starling/simulations/world"
)

// trials of an experiment.
type trials struct{ values []float64 }

func (t *trials) add(v float64) { t.values = append(t.values, v) }

func (t *trials) mean() float64 {
	sum := 0.0
	for _, v := range t.values {
		sum += v
	}
	return sum / float64(len(t.values))
}

func (t *trials) variance() float64 {
	mean, sum := t.mean(), 0.0
	for _, v := range t.values {
		sum += (v - mean) * (v - mean)
	}
	return sum / float64(len(t.values)-1)
}

// trialsOfReference is how many trials each row of the reference is a mean of.
const trialsOfReference = 1000

// sigmas is how many standard errors two means of one distribution may differ. Of
// some 60 comparisons one in 300 runs passes four by chance, and the seed is fixed.
const sigmas = 4

// near reports a mean that differs from the reference's beyond sampling error.
func (t *trials) near(tb testing.TB, what string, want float64) {
	tb.Helper()
	e := math.Sqrt(t.variance() * (1/float64(len(t.values)) + 1.0/trialsOfReference))
	tb.Logf("%-28s %10.2f, reference %10.2f, %+.1f standard errors", what, t.mean(), want, (t.mean()-want)/max(e, 1e-9))
	if math.Abs(t.mean()-want) > sigmas*e+0.005*want {
		tb.Errorf("%s: mean %.2f of %d trials, want %.2f within %d standard errors of %.2f", what, t.mean(), len(t.values), want, sigmas, e)
	}
}

// 32 random walkers, the flood with an oracle's TTL and the expanding ring need as many
// messages to the first hit as an independent count says.
func TestFirstHitEqualsTheReference(t *testing.T) {
	rows := readTable(t, "walk32-first-hit.csv")[1:]
	for _, row := range rows {
		name := fmt.Sprintf("%s/%s/%s", row[0], row[1], row[2])
		t.Run(name, func(t *testing.T) {
			n := trialsOfReference
			if !everything() {
				if n = 100; row[0] != "p2p-Gnutella08" {
					t.Skip("only the smallest overlay, unless STARLING_TEST_FULL is set")
				}
			}
			number := func(column int) float64 {
				v, err := strconv.ParseFloat(row[column], 64)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			g := readTopology(t, row[0][len(row[0])-2:])
			e := experiment{graph: g, nodes: g.Largest(), copies: integer(t, row[3])}
			messages, hops, success := e.run(t, Walk{NoReturn: row[1] == "nobacktrack"}, n)
			messages.near(t, "messages of walkers", number(6))
			hops.near(t, "steps to the hit", number(8))
			success.near(t, "success", number(5))
			if row[9] == "" {
				return
			}
			var ttls []int
			for ttl := 1; ttl <= 12; ttl++ {
				ttls = append(ttls, ttl)
			}
			messages, hops, _ = e.run(t, Ring{TTLs: ttls, Duplicates: query.DropAll, Oracle: true}, n/4)
			messages.near(t, "messages of the oracle's flood", number(10))
			hops.near(t, "the oracle's TTL", number(9))
			messages, _, _ = e.run(t, Ring{TTLs: ttls, Duplicates: query.DropAll}, n/4)
			messages.near(t, "messages of the ring", number(11))
		})
	}
}

// experiment looks for an item with some copies at random nodes.
type experiment struct {
	graph  *topology.Graph
	nodes  []uint32
	copies int
	holds  map[int]bool
}

func (e *experiment) run(t *testing.T, s Strategy, n int) (messages, hops, success *trials) {
	messages, hops, success = &trials{}, &trials{}, &trials{}
	rng := rand.New(rand.NewPCG(7, uint64(e.copies)))
	answer := func(node int, _ *query.Query) []query.Entry {
		if e.holds[node] {
			return []query.Entry{{Name: "starling", SizeBytes: 1, HeldGroups: 1, Groups: 1}}
		}
		return nil
	}
	m := Mesh{
		World: world.New(world.Options{Graph: e.graph, Router: s.Router(), Answer: answer}),
		Holds: func(node int, _ *query.Query) bool { return e.holds[node] },
		Rand:  rng,
	}
	for range n {
		e.holds = map[int]bool{}
		for len(e.holds) < e.copies {
			e.holds[int(e.nodes[rng.IntN(len(e.nodes))])] = true
		}
		from := int(e.nodes[rng.IntN(len(e.nodes))])
		delete(e.holds, from)
		o, err := s.Search(t.Context(), m, Task{Query: fresh(t, rng), From: from, Holders: len(e.holds), Want: 1})
		if err != nil {
			t.Fatal(err)
		}
		messages.add(float64(o.Messages))
		if o.Found > 0 {
			success.add(1)
			hops.add(float64(o.FirstHops))
		} else {
			success.add(0)
		}
	}
	return messages, hops, success
}

func fresh(t testing.TB, rng *rand.Rand) *query.Query {
	t.Helper()
	q, err := Anything(rng)
	if err != nil {
		t.Fatal(err)
	}
	return q
}
