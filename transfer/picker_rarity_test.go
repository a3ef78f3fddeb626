package transfer

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"starling/share/content"
)

// TestRarity holds the levels against a walk over all groups.
func TestRarity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 130).Draw(t, "groups")
		r := newRarity(n)
		held, open := make([]int, n), make([]bool, n)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			g := rapid.IntRange(0, n-1).Draw(t, "group")
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				r.set(g)
				open[g] = true
			case 1:
				r.clear(g)
				open[g] = false
			case 2:
				r.add(g, 1)
				held[g]++
			case 3:
				if held[g] > 0 {
					r.add(g, -1)
					held[g]--
				}
			}
		}
		have, least := content.NewBitset(n), -1
		for g := range n {
			if rapid.Bool().Draw(t, "has") {
				have.Set(g)
				if open[g] && (least < 0 || held[g] < least) {
					least = held[g]
				}
			}
		}
		got := r.rarest(have, func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "draw") })
		if (got < 0) != (least < 0) || got >= 0 && (!open[got] || !have.Has(got) || held[got] != least) {
			t.Fatalf("chose %d, the least held is %d; held %v, open %v", got, least, held, open)
		}
	})
}

// BenchmarkPicker is one group of a file of 16,384 from 16 sources that hold half of
// it each: asked, come, and another learned of.
func BenchmarkPicker(b *testing.B) {
	const groups, sources = content.MaxGroups, 16
	rnd := rand.New(rand.NewPCG(1, 1))
	var names [sources]Source
	var p *Picker
	begin := func() {
		p = NewPicker(content.LayoutOf(groups*groupBytes), content.NewBitset(groups), PickerOptions{}, rnd)
		for i := range names {
			names[i] = Source(rune('a' + i))
			have := content.NewBitset(groups)
			for g := range groups {
				if rnd.IntN(2) == 0 {
					have.Set(g)
				}
			}
			p.Join(names[i], have, testEpoch)
		}
	}
	begin()
	now, asked := testEpoch, 0
	for b.Loop() {
		s := names[rnd.IntN(sources)]
		for _, g := range p.Ask(s, 1, now) {
			p.Moved(s, groupBytes, now)
			p.Got(s, g, now)
			asked++
		}
		p.Learn(s, rnd.IntN(groups))
		if now = now.Add(time.Millisecond); asked >= groups*3/4 {
			b.StopTimer()
			begin()
			asked = 0
			b.StartTimer()
		}
	}
}
