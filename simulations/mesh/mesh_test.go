package mesh_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"starling/node/overlay/policy"
	"starling/query"
	"starling/simulations/mesh"
	"starling/simulations/topology"
	"starling/simulations/world"
)

// newMesh is a world of n nodes of which each has eight neighbours, kept from the
// first second on.
func newMesh(t *testing.T, n int, seed uint64) (*world.World, *mesh.Mesh) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	g, err := topology.Regular(n, policy.Degree, rng)
	if err != nil {
		t.Fatal(err)
	}
	return start(g, rng)
}

func start(g *topology.Graph, rng *rand.Rand) (*world.World, *mesh.Mesh) {
	m := mesh.New(rng)
	w := world.New(world.Options{Graph: g, Unlinked: m.Unlinked, Parted: m.Parted})
	m.Start(w)
	return w, m
}

func run(t *testing.T, w *world.World, d time.Duration) {
	t.Helper()
	if err := w.Run(t.Context(), w.Now()+d); err != nil {
		t.Fatal(err)
	}
}

// degrees counts the links of the living among the living.
func degrees(w *world.World) (all []int) {
	for v := range w.Nodes() {
		if !w.Alive(v) {
			continue
		}
		n := 0
		for i := range w.Links(v) {
			if w.Alive(w.Peer(v, i)) {
				n++
			}
		}
		all = append(all, n)
	}
	return all
}

// reach is how many nodes a node can reach over links, itself included.
func reach(w *world.World, from int) int {
	seen := map[int]bool{from: true}
	for todo := []int{from}; len(todo) > 0; todo = todo[1:] {
		for i := range w.Links(todo[0]) {
			if p := w.Peer(todo[0], i); !seen[p] && w.Alive(p) && !w.Apart(todo[0], p) {
				seen[p] = true
				todo = append(todo, p)
			}
		}
	}
	return len(seen)
}

// A mesh that lacks nothing is left alone.
func TestAWholeMeshStaysAsItIs(t *testing.T) {
	w, m := newMesh(t, 100, 1)
	run(t, w, 10*time.Minute)
	if got := m.Stats(); got != (mesh.Stats{}) {
		t.Errorf("%+v", got)
	}
}

// A third of all nodes vanish. Once their neighbours know, everybody who is left has
// enough neighbours within seconds, and nobody has too many.
func TestLostNeighboursAreReplaced(t *testing.T) {
	w, m := newMesh(t, 300, 2)
	for v := range 100 {
		m.Leaves(v, false)
		w.Leave(v, mesh.SilenceMax)
	}
	run(t, w, mesh.SilenceMax-time.Millisecond)
	if m.Stats().Made != 0 {
		t.Error("links are replaced before anybody can know")
	}
	run(t, w, 10*time.Second)
	d := degrees(w)
	if least := slices.Min(d); least < policy.DegreeMin {
		t.Errorf("ten seconds after it is known a node has %d neighbours", least)
	}
	run(t, w, time.Minute)
	if d = degrees(w); slices.Min(d) < policy.Degree-1 || slices.Max(d) > policy.DegreeMax || reach(w, 200) != 200 {
		t.Errorf("a minute later nodes have %d to %d neighbours, and one reaches %d", slices.Min(d), slices.Max(d), reach(w, 200))
	}
	if s := m.Stats(); s.Unanswered == 0 || s.Reunited != 0 {
		t.Errorf("%+v", s)
	}
}

// Newcomers that know one node become part of the mesh, and find room in one that is
// full.
func TestNewcomersFindRoom(t *testing.T) {
	w, m := start(topology.FromEdges(1, nil), rand.New(rand.NewPCG(3, 3)))
	for range 80 {
		v := w.Join()
		m.Joined(v, []int{0})
		run(t, w, time.Second)
	}
	run(t, w, time.Minute)
	d := degrees(w)
	if slices.Min(d) < policy.DegreeMin || slices.Max(d) > policy.DegreeMax || reach(w, 0) != 81 {
		t.Errorf("%d to %d neighbours, %d reached", slices.Min(d), slices.Max(d), reach(w, 0))
	}
	if m.Stats().Parted == 0 {
		t.Error("nobody ever had one neighbour too many")
	}
}

// However many newcomers ask one node at once, it takes no more than it has room for;
// the others hear of its neighbours.
func TestManyNewcomersAtOnce(t *testing.T) {
	w, m := start(topology.FromEdges(1, nil), rand.New(rand.NewPCG(3, 4)))
	for range 60 {
		m.Joined(w.Join(), []int{0})
	}
	for range 200 {
		run(t, w, 10*time.Millisecond)
		if got := w.Links(0); got > policy.DegreeMax+policy.NewcomerRoom {
			t.Fatalf("%d neighbours after %v", got, w.Now())
		}
	}
	if least := slices.Min(degrees(w)); least == 0 {
		t.Error("after two seconds a node that was refused has heard of nobody else")
	}
	run(t, w, time.Minute)
	if d := degrees(w); slices.Min(d) < policy.DegreeMin || slices.Max(d) > policy.DegreeMax || reach(w, 0) != 61 || m.Stats().Refused == 0 {
		t.Errorf("%d to %d neighbours, %d reached, %+v", slices.Min(d), slices.Max(d), reach(w, 0), m.Stats())
	}
}

// A network that was cut in two for minutes is whole soon after it can be.
func TestHalvesGrowTogether(t *testing.T) {
	w, m := newMesh(t, 200, 4)
	w.Split(func(v int) int { return v % 2 })
	run(t, w, mesh.SilenceMax)
	for v := range w.Nodes() {
		for i := w.Links(v) - 1; i >= 0; i-- {
			if p := w.Peer(v, i); w.Apart(v, p) {
				w.Cut(v, p)
			}
		}
	}
	run(t, w, 2*time.Minute)
	if got := reach(w, 0); got != 100 || slices.Min(degrees(w)) < policy.DegreeMin {
		t.Errorf("apart: %d reached, %d neighbours at least", got, slices.Min(degrees(w)))
	}
	w.Split(nil)
	run(t, w, 30*time.Second)
	if got := reach(w, 0); got != 200 || m.Stats().Reunited == 0 {
		t.Errorf("30 s after the healing: %d reached, %+v", got, m.Stats())
	}
}

// Who says bye is not dialled again for having been lost; its bye names others.
func TestByeIsNoLoss(t *testing.T) {
	edges := [][2]uint32{{0, 1}, {1, 2}, {1, 3}}
	for _, bye := range []bool{true, false} {
		w, m := start(topology.FromEdges(4, edges), rand.New(rand.NewPCG(5, 5)))
		m.Leaves(1, bye)
		w.Leave(1, time.Millisecond)
		run(t, w, 10*time.Minute)
		if got := reach(w, 0); got != 3 {
			t.Errorf("bye %v: %d of the three that are left are linked", bye, got)
		}
		// Waiting twice as long each time, from 2 s on, three nodes try 9 times each in 10 min; those that miss it try more often.
		if tried := m.Stats().Unanswered; bye != (tried <= 3*9) {
			t.Errorf("bye %v: %d dials went unanswered", bye, tried)
		}
	}
}

// A node parted from for what it sent is no neighbour for two minutes.
func TestShunned(t *testing.T) {
	w, m := start(topology.FromEdges(2, [][2]uint32{{0, 1}}), rand.New(rand.NewPCG(6, 6)))
	m.Parted(0, 1, query.Forged)
	w.Cut(0, 1)
	run(t, w, 119*time.Second)
	if w.Linked(0, 1) || m.Stats().Refused == 0 {
		t.Errorf("linked again within two minutes, or never tried: %+v", m.Stats())
	}
	run(t, w, 10*time.Minute)
	if !w.Linked(0, 1) {
		t.Error("not linked again")
	}
}

func TestStop(t *testing.T) {
	w, m := newMesh(t, 100, 7)
	for v := range 50 {
		w.Leave(v, time.Second)
	}
	run(t, w, 2*time.Second)
	m.Stop()
	if err := w.Settle(t.Context()); err != nil || w.Now() > time.Minute {
		t.Errorf("at rest at %v: %v", w.Now(), err)
	}
}

func TestOneSeedOneMesh(t *testing.T) {
	life := func(seed uint64) ([]int, mesh.Stats) {
		w, m := newMesh(t, 100, seed)
		for v := range 30 {
			w.At(time.Duration(v)*time.Second, func() {
				m.Leaves(v, v%2 == 0)
				w.Leave(v, mesh.SilenceMax)
				m.Joined(w.Join(), []int{v + 30, v + 40})
			})
		}
		run(t, w, time.Minute)
		return degrees(w), m.Stats()
	}
	links, stats := life(8)
	again, statsAgain := life(8)
	if !slices.Equal(links, again) || stats != statsAgain || stats.Made == 0 {
		t.Errorf("%+v, then %+v", stats, statsAgain)
	}
	if other, _ := life(9); slices.Equal(links, other) {
		t.Error("two seeds, one mesh")
	}
}
