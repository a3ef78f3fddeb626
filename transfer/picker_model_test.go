package transfer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"starling/share/content"
)

// TestPickerProperties drives a picker with every event in any order and holds
// it against a plain model of who was asked for what.
func TestPickerProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.IntRange(1, 40).Draw(t, "groups")
		size := int64(groups-1)*groupBytes + rapid.Int64Range(1, groupBytes).Draw(t, "last")
		l := content.LayoutOf(size)
		seed := rapid.Uint64().Draw(t, "seed")
		m := &pickerModel{
			t: t, l: l, now: testEpoch, have: content.NewBitset(groups),
			p:     NewPicker(l, content.NewBitset(groups), PickerOptions{Sequential: rapid.Bool().Draw(t, "sequential")}, rand.New(rand.NewPCG(seed, 0))),
			peers: make(map[Source]*modelPeer),
		}
		t.Repeat(map[string]func(*rapid.T){
			"join":  m.join,
			"leave": func(t *rapid.T) { m.p.Leave(m.pick(t)); delete(m.peers, m.last) },
			"learn": m.learn,
			"ask":   m.ask,
			"move":  m.move,
			"wait":  m.wait,
			"serve": m.serve,
			"lose":  m.lose,
			"tick":  m.tick,
			"play":  m.play,
		})
		m.t = t
		m.complete()
	})
}

type modelPeer struct {
	have    content.Bitset
	asked   []int // in order
	got     int64 // of the first
	waiting bool
	stalled bool
}

type pickerModel struct {
	t     *rapid.T
	p     *Picker
	l     content.Layout
	now   time.Time
	have  content.Bitset
	peers map[Source]*modelPeer
	last  Source
}

var modelNames = []Source{"a", "b", "c", "d"}

func (m *pickerModel) pick(t *rapid.T) Source {
	m.last = rapid.SampledFrom(modelNames).Draw(t, "source")
	if m.peers[m.last] == nil {
		t.Skip("not here")
	}
	return m.last
}

func (m *pickerModel) join(t *rapid.T) {
	s := rapid.SampledFrom(modelNames).Draw(t, "source")
	have := content.NewBitset(m.l.Groups())
	for g := range m.l.Groups() {
		if rapid.IntRange(0, 2).Draw(t, "holds") > 0 {
			have.Set(g)
		}
	}
	m.p.Join(s, have, m.now)
	m.peers[s] = &modelPeer{have: have.Clone()}
}

func (m *pickerModel) learn(t *rapid.T) {
	s, g := m.pick(t), rapid.IntRange(0, m.l.Groups()-1).Draw(t, "group")
	for _, other := range m.p.Learn(s, g) {
		peer := m.peers[other]
		i := slices.Index(peer.asked, g)
		if i < 0 || !peer.have.Complete() || other == s {
			t.Fatalf("%s, which has all: %v, is told to leave %d to %s; it was asked for %v", other, peer.have.Complete(), g, s, peer.asked)
		}
		if peer.asked = slices.Delete(peer.asked, i, i+1); i == 0 {
			peer.got = 0
		}
	}
	m.peers[s].have.Set(g)
}

func (m *pickerModel) play(t *rapid.T) {
	m.p.PlayFrom(rapid.IntRange(-1, m.l.Groups()-1).Draw(t, "head"))
}

func (m *pickerModel) ask(t *rapid.T) {
	s := m.pick(t)
	m.check(s, m.p.Ask(s, everything, m.now))
}

// check holds an answer of Ask against the rules.
func (m *pickerModel) check(s Source, asked []int) {
	peer := m.peers[s]
	if len(asked) > 0 && (peer.waiting || peer.stalled) {
		m.t.Fatalf("asked a source that waits or has stalled")
	}
	doubles := 0
	for _, g := range asked {
		if m.have.Has(g) || !peer.have.Has(g) || slices.Contains(peer.asked, g) {
			m.t.Fatalf("asked %s for %d: held here %v, there %v, asked before %v", s, g, m.have.Has(g), peer.have.Has(g), peer.asked)
		}
		if m.liveElsewhere(g, s) > 0 {
			doubles++
			for open := range m.l.Groups() {
				if peer.have.Has(open) && !m.have.Has(open) && m.askers(open) == 0 {
					m.t.Fatalf("group %d was doubled while %d was asked of nobody", g, open)
				}
			}
			if m.liveElsewhere(g, s) > 1 {
				m.t.Fatalf("group %d is asked of three", g)
			}
		}
		peer.asked = append(peer.asked, g)
	}
	if doubles > 1 {
		m.t.Fatalf("%d groups were doubled at once", doubles)
	}
	m.checkWaste(doubles > 0)
}

// checkWaste: what could be fetched twice stays within 2 %, or one group.
func (m *pickerModel) checkWaste(doubled bool) {
	if limit := max(int64(wasteLimit*float64(m.l.SizeBytes)), m.l.GroupBytes()); doubled && m.p.doubled > limit {
		m.t.Fatalf("%d bytes are asked twice, %d allowed", m.p.doubled, limit)
	}
}

func (m *pickerModel) askers(g int) (n int) {
	for _, peer := range m.peers {
		if slices.Contains(peer.asked, g) {
			n++
		}
	}
	return n
}

func (m *pickerModel) liveElsewhere(g int, s Source) (n int) {
	for name, peer := range m.peers {
		if name != s && !peer.stalled && slices.Contains(peer.asked, g) {
			n++
		}
	}
	return n
}

func (m *pickerModel) move(t *rapid.T) {
	s := m.pick(t)
	if peer := m.peers[s]; peer.got == 0 && len(peer.asked) > 1 { // it begins another group than the first
		i := rapid.IntRange(0, len(peer.asked)-1).Draw(t, "which")
		peer.asked[0], peer.asked[i] = peer.asked[i], peer.asked[0]
	}
	m.deliver(s, rapid.Int64Range(1, 2*groupBytes).Draw(t, "bytes"))
	if u := m.p.bySource[s]; u.outstanding() < 0 || u.outstanding() > m.owed(s) {
		t.Fatalf("%d bytes are to come of %s, at most %d can", u.outstanding(), s, m.owed(s))
	}
}

// owed is all that was asked of s, whether it has begun to come or not.
func (m *pickerModel) owed(s Source) (n int64) {
	for _, g := range m.peers[s].asked {
		n += m.p.bytes(g)
	}
	return n
}

// deliver moves n bytes from s.
func (m *pickerModel) deliver(s Source, n int64) {
	peer := m.peers[s]
	for n > 0 && len(peer.asked) > 0 {
		g := peer.asked[0]
		_, length := m.l.Span(g)
		piece := min(n, length-peer.got)
		m.p.Moved(s, piece, m.now)
		n, peer.got = n-piece, peer.got+piece
		if piece >= stallBytes {
			peer.stalled = false
		}
		if peer.got < length {
			return
		}
		peer.got = 0
		m.have.Set(g)
		cancel := m.p.Got(s, g, m.now)
		peer.stalled = false
		for name, other := range m.peers {
			i := slices.Index(other.asked, g)
			if i < 0 {
				continue
			}
			if name != s && !slices.Contains(cancel, name) {
				m.t.Fatalf("%s is not told to stop", name)
			}
			if i == 0 && name != s {
				other.got = 0
			}
			other.asked = slices.Delete(other.asked, i, i+1)
		}
	}
	m.stallsOf()
}

// stallsOf takes over which sources the picker holds for stalled.
func (m *pickerModel) stallsOf() {
	for name, peer := range m.peers {
		peer.stalled = m.p.bySource[name].stalled
	}
}

func (m *pickerModel) wait(t *rapid.T) {
	s := m.pick(t)
	m.p.Wait(s)
	peer := m.peers[s]
	peer.asked, peer.got, peer.waiting, peer.stalled = nil, 0, true, false
}

func (m *pickerModel) serve(t *rapid.T) {
	s := m.pick(t)
	m.p.Serve(s, m.now)
	m.peers[s].waiting = false
	m.stallsOf()
}

func (m *pickerModel) lose(t *rapid.T) {
	g := rapid.IntRange(0, m.l.Groups()-1).Draw(t, "group")
	if m.askers(g) == 0 {
		m.p.Lost(g)
		m.have.Clear(g)
	}
}

func (m *pickerModel) tick(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 5000).Draw(t, "ms")) * time.Millisecond)
	m.p.Tick(m.now)
	m.stallsOf()
}

// complete: once everybody serves and moves, every group that anybody holds comes.
func (m *pickerModel) complete() {
	m.p.Join("seed", fullSet(m.l.Groups()), m.now)
	m.peers["seed"] = &modelPeer{have: fullSet(m.l.Groups())}
	for round := 0; !m.p.Complete(); round++ {
		if round > 50*m.l.Groups()+500 {
			m.t.Fatalf("%d of %d groups never came; asked of: %s", m.l.Groups()-m.have.Count(), m.l.Groups(), m)
		}
		for _, s := range append([]Source{"seed"}, modelNames...) {
			if m.peers[s] == nil {
				continue
			}
			m.p.Serve(s, m.now)
			m.peers[s].waiting = false
			m.stallsOf()
			m.check(s, m.p.Ask(s, everything, m.now))
			m.deliver(s, groupBytes)
		}
		m.now = m.now.Add(100 * time.Millisecond)
		m.p.Tick(m.now)
		m.stallsOf()
	}
	if !m.have.Complete() {
		m.t.Fatal("the picker says that everything is here")
	}
}

func (m *pickerModel) String() (s string) {
	for name, peer := range m.peers {
		s += fmt.Sprintf("%s%v ", name, peer.asked)
	}
	return s
}
