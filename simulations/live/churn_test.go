package live

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"starling/node/overlay"
	"starling/node/overlay/policy"
	"starling/query"
)

// growDelay is the way over one link of a mesh that makes itself.
const growDelay = 20 * time.Millisecond

// grow starts n nodes that know the first one's address and nothing else, and
// waits until they have made a mesh.
func grow(t *testing.T, n int) *virtual {
	t.Helper()
	first := fmt.Sprintf("/ip4/1.0.0.1/tcp/%d", virtualPort)
	w := newVirtual(t, n, growDelay, func(i int, o *overlay.Options) {
		o.StaticMesh = false
		if i > 0 {
			o.Connect = []string{first}
		}
	})
	took := w.within(time.Minute, growDelay*5, "every node has the neighbours it looks for", func() bool {
		least, _, _ := w.degrees()
		return least >= policy.Degree
	})
	least, mean, most := w.degrees()
	t.Logf("%d nodes that knew one have %d to %d neighbours, %.1f on average, after %v", n, least, most, mean, took.Round(time.Millisecond))
	if most > policy.DegreeMax+policy.NewcomerRoom {
		t.Errorf("a node has %d neighbours", most)
	}
	return w
}

// degrees counts the neighbours that the living have among the living: the
// fewest, the average and the most.
func (w *virtual) degrees() (least int, mean float64, most int) {
	numbers := w.numbers()
	least = len(w.nodes)
	sum, alive := 0, 0
	for _, v := range w.nodes {
		if v.gone {
			continue
		}
		n := 0
		for _, l := range v.Neighbours() {
			if !w.nodes[numbers[l.ID]].gone {
				n++
			}
		}
		least, most, sum, alive = min(least, n), max(most, n), sum+n, alive+1
	}
	return least, float64(sum) / float64(alive), most
}

// ghosts counts the neighbours that the living have among those that are gone.
func (w *virtual) ghosts() (n int) {
	numbers := w.numbers()
	for _, v := range w.nodes {
		if v.gone {
			continue
		}
		for _, l := range v.Neighbours() {
			if w.nodes[numbers[l.ID]].gone {
				n++
			}
		}
	}
	return n
}

// reach is the share of the other living nodes that a search of one of them
// hears from.
func (w *virtual) reach(asker int) float64 {
	w.t.Helper()
	r := w.search(asker, "bird", query.Spec{Wait: time.Minute})
	heard, alive := 0, -1
	for i, v := range w.nodes {
		if v.gone {
			continue
		}
		alive++
		if _, ok := r.hits[i]; ok {
			heard++
		}
	}
	return float64(heard) / float64(alive)
}

// anyone picks a node that is there.
func (w *virtual) anyone(rng *rand.Rand) int {
	for {
		if i := rng.IntN(len(w.nodes)); !w.nodes[i].gone {
			return i
		}
	}
}

// A share of all nodes vanishes at once and without a bye: searches of the others
// reach who is left at once, and the mesh repairs itself.
func TestVirtualMeshSurvivesAVanishedShare(t *testing.T) {
	for _, tt := range []struct {
		share float64
		reach float64 // before the repair
	}{{0.1, 0.98}, {1.0 / 3, 0.92}} {
		t.Run(fmt.Sprintf("%.2f", tt.share), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { vanishing(t, tt.share, tt.reach) })
		})
	}
}

func vanishing(t *testing.T, share, reach float64) {
	n := size(t, churnNodes)
	rng := rand.New(rand.NewPCG(uint64(1000*share), 3))
	w := grow(t, n)
	defer w.close()
	w.vanish(rng.Perm(n)[:int(share*float64(n))])
	cut := time.Now()
	least, mean, _ := w.degrees()
	got := w.reach(w.anyone(rng))
	t.Logf("%.0f %% vanish: the living have %d neighbours left or more, %.1f on average, and a search reaches %.3f of them", 100*share, least, mean, got)
	if got < reach {
		t.Errorf("a search before the repair reaches %.3f of the living, want %.2f", got, reach)
	}
	w.within(30*time.Second-time.Since(cut), growDelay*5, "every living node has enough neighbours, and none that is gone", func() bool {
		least, _, _ := w.degrees()
		return least >= policy.DegreeMin && w.ghosts() == 0
	})
	repaired := time.Since(cut)
	worst := 1.0
	for range 5 {
		worst = min(worst, w.reach(w.anyone(rng)))
	}
	least, mean, most := w.degrees()
	t.Logf("repaired %v after they vanished; then %d to %d neighbours, %.1f on average, and searches reach %.3f or more", repaired.Round(time.Millisecond), least, most, mean, worst)
	if worst < 0.98 {
		t.Errorf("%v after they vanished a search reaches %.3f of the living", time.Since(cut), worst)
	}
}

// The network is cut in two for a minute, in which each half repairs itself, and
// is one mesh again soon after it can be.
func TestVirtualMeshHealsAfterAPartition(t *testing.T) {
	n := size(t, churnNodes)
	for _, tt := range []struct {
		name string
		side func(i int) bool
	}{
		{"in halves", func(i int) bool { return i%2 == 0 }},
		{"without the first", func(i int) bool { return i < n/5 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { parting(t, n, tt.side) })
		})
	}
}

func parting(t *testing.T, n int, side func(i int) bool) {
	w := grow(t, n)
	defer w.close()
	rng := rand.New(rand.NewPCG(5, 6))
	w.lose(func(from, to int) bool { return side(from) != side(to) })
	time.Sleep(time.Minute)
	if got := w.reach(0); got == 1 {
		t.Fatal("the cut cuts nothing")
	}
	w.lose(func(int, int) bool { return false })
	healed := time.Now()
	for w.reach(w.anyone(rng)) < 1 {
		if time.Since(healed) > 30*time.Second {
			t.Error("not whole 30 s after the healing")
			break
		}
		time.Sleep(500 * time.Millisecond)
	}
	whole := time.Since(healed)
	time.Sleep(20 * time.Second)
	least, mean, most := w.degrees()
	t.Logf("whole %v after the healing; 20 s later %d to %d neighbours, %.1f on average", whole.Round(time.Millisecond), least, most, mean)
	if got := w.reach(w.anyone(rng)); got < 1 {
		t.Errorf("20 s after the healing a search reaches %.3f", got)
	}
}
