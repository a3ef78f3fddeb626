package transfer

import (
	"math/rand/v2"
	"testing"
	"time"

	"starling/share/content"
)

// worldPeer sends what it is asked for at a rate, bytes/s, until it stops for good
// after stopAt bytes (0: never).
type worldPeer struct {
	rate   float64
	stopAt int64

	sent  int64
	asked []int
	got   float64 // of the first
}

// world is a download among sources of given rates, in steps of 20 ms.
type world struct {
	t      *testing.T
	l      content.Layout
	p      *Picker
	peers  map[Source]*worldPeer
	order  []Source
	now    time.Time
	moved  int64                 // all bytes that came
	silent map[int]time.Duration // per group: how long it has been asked of silent sources only
}

const worldStep = 20 * time.Millisecond

func newWorld(t *testing.T, groups int, seed uint64, peers ...*worldPeer) *world {
	l := content.LayoutOf(int64(groups) * groupBytes)
	w := &world{
		t: t, l: l, now: testEpoch, peers: make(map[Source]*worldPeer), silent: make(map[int]time.Duration),
		p: NewPicker(l, content.NewBitset(groups), PickerOptions{}, rand.New(rand.NewPCG(seed, 7))),
	}
	for i, peer := range peers {
		s := Source(rune('a' + i))
		w.peers[s], w.order = peer, append(w.order, s)
		w.p.Join(s, fullSet(groups), w.now)
	}
	return w
}

// run gives the time to the last group.
func (w *world) run() time.Duration {
	for step := 1; !w.p.Complete(); step++ {
		if w.now = w.now.Add(worldStep); w.now.Sub(testEpoch) > time.Hour {
			w.t.Fatal("not done after an hour")
		}
		for _, s := range w.order {
			w.peers[s].asked = append(w.peers[s].asked, w.p.Ask(s, everything, w.now)...)
		}
		for _, s := range w.order {
			w.send(s)
		}
		if step%12 == 0 { // about four times a second
			w.p.Tick(w.now)
		}
		w.watchSilence()
	}
	return w.now.Sub(testEpoch)
}

func (w *world) send(s Source) {
	peer := w.peers[s]
	n := peer.rate * worldStep.Seconds()
	for n > 0 && len(peer.asked) > 0 && (peer.stopAt == 0 || peer.sent < peer.stopAt) {
		g := peer.asked[0]
		if w.p.have.Has(g) { // cancelled
			peer.asked, peer.got = peer.asked[1:], 0
			continue
		}
		_, length := w.l.Span(g)
		piece := min(n, float64(length)-peer.got)
		before := int64(peer.got)
		peer.got, n = peer.got+piece, n-piece
		whole := int64(peer.got) - before
		peer.sent, w.moved = peer.sent+whole, w.moved+whole
		w.p.Moved(s, whole, w.now)
		if int64(peer.got) >= length {
			peer.asked, peer.got = peer.asked[1:], 0
			w.p.Got(s, g, w.now)
		}
	}
}

// watchSilence: no group stays with silent sources for longer than 5 s while
// another source has nothing to do.
func (w *world) watchSilence() {
	idle := false
	asked := make(map[int]bool)
	for _, s := range w.order {
		u := w.p.bySource[s]
		silent := w.peers[s].rate < 100 || w.peers[s].stopAt > 0 && w.peers[s].sent >= w.peers[s].stopAt
		idle = idle || !silent && len(u.asks) == 0
		for _, a := range u.asks {
			if was, ok := asked[a.group]; !ok || was {
				asked[a.group] = silent
			}
		}
	}
	for g, silent := range asked {
		if !silent || w.p.have.Has(g) {
			delete(w.silent, g)
			continue
		}
		if w.silent[g] += worldStep; w.silent[g] > 5*time.Second && idle {
			w.t.Fatalf("group %d waits for silent sources for %v", g, w.silent[g])
		}
	}
}

func (w *world) checkWaste() {
	w.t.Helper()
	if waste := w.moved - w.l.SizeBytes; float64(waste) > wasteLimit*float64(w.l.SizeBytes) {
		w.t.Errorf("%d of %d bytes were wasted", waste, w.l.SizeBytes)
	}
}

const worldMB = 1 << 20

// fluid is the time the download would take if the honest sources were one.
func (w *world) fluid() time.Duration {
	rate := 0.0
	for _, peer := range w.peers {
		if peer.stopAt == 0 {
			rate += peer.rate
		}
	}
	return time.Duration(float64(w.l.SizeBytes) / rate * float64(time.Second))
}

func (w *world) checkTime(took time.Duration, factor float64) {
	w.t.Helper()
	if limit := time.Duration(float64(w.fluid())*factor) + time.Second; took > limit {
		w.t.Errorf("took %v, at most %v is good", took, limit)
	}
}

func TestWorldUnequalSources(t *testing.T) {
	for seed := range uint64(10) {
		w := newWorld(t, 1024, seed, &worldPeer{rate: 8 * worldMB}, &worldPeer{rate: 4 * worldMB}, &worldPeer{rate: worldMB}, &worldPeer{rate: 50_000})
		w.checkTime(w.run(), 1.1)
		w.checkWaste()
	}
}

// TestWorldHalfStall is figure B3: 5 of 10 sources trickle 1 B/s, or stop in the
// middle of a group, some at once and some near the end.
func TestWorldHalfStall(t *testing.T) {
	for seed := range uint64(20) {
		peers := []*worldPeer{
			{rate: 1}, {rate: 1}, {rate: 2 * worldMB, stopAt: 100_000}, {rate: 2 * worldMB, stopAt: 20*worldMB + 99_000}, {rate: 2 * worldMB, stopAt: 24*worldMB + 1000},
		}
		for range 5 {
			peers = append(peers, &worldPeer{rate: 2 * worldMB})
		}
		w := newWorld(t, 1024, seed, peers...)
		w.checkTime(w.run(), 1.25)
		w.checkWaste()
	}
}
