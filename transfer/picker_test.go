package transfer

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"starling/share/content"
)

var testEpoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func fullSet(n int) content.Bitset {
	s := content.NewBitset(n)
	s.SetAll()
	return s
}

func newTestPicker(groups int, o PickerOptions) *Picker {
	l := content.LayoutOf(int64(groups) * groupBytes)
	return NewPicker(l, content.NewBitset(groups), o, rand.New(rand.NewPCG(1, 1)))
}

// everything lets Ask give as much as it wants.
const everything = int64(math.MaxInt64)

func TestPickerRarestFirst(t *testing.T) {
	p := newTestPicker(10, PickerOptions{})
	p.Join("whole", fullSet(10), testEpoch)
	most := fullSet(10)
	most.Clear(7)
	p.Join("most", most, testEpoch)
	p.Join("more", most, testEpoch)
	if got := p.Ask("whole", 1, testEpoch); !slices.Equal(got, []int{7}) {
		t.Fatalf("asked for %v first, 7 is the rarest", got)
	}
}

// TestPickerWants: a source is wanted for as long as there is room to ask it for
// more, it is being served, it moves, and it has something that is not asked for.
func TestPickerWants(t *testing.T) {
	const a, b = Source("a"), Source("b")
	for name, c := range map[string]struct {
		groups int
		do     func(p *Picker)
		wants  bool
	}{
		"nothing asked yet":         {groups: 40, do: func(*Picker) {}, wants: true},
		"as much as it may be":      {groups: 400, do: func(p *Picker) { p.Ask(a, everything, testEpoch) }},
		"everything asked of it":    {groups: 4, do: func(p *Picker) { p.Ask(a, everything, testEpoch) }},
		"everything asked of other": {groups: 4, do: func(p *Picker) { p.Ask(b, everything, testEpoch) }},
		"it waits for a slot":       {groups: 40, do: func(p *Picker) { p.Wait(a) }},
		"it is served again":        {groups: 40, do: func(p *Picker) { p.Wait(a); p.Serve(a, testEpoch) }, wants: true},
		"it has left":               {groups: 40, do: func(p *Picker) { p.Leave(a) }},
		"it stalls": {groups: 40, do: func(p *Picker) {
			p.Ask(a, 1, testEpoch)
			p.Moved(a, groupBytes-1, testEpoch) // so that there is room
			p.Tick(testEpoch.Add(stallTime + time.Second))
		}},
	} {
		p := newTestPicker(c.groups, PickerOptions{})
		p.Join(a, fullSet(c.groups), testEpoch)
		p.Join(b, fullSet(c.groups), testEpoch)
		c.do(p)
		if got := p.Wants(a); got != c.wants {
			t.Errorf("%s: wanted %v", name, got)
		}
	}
}

// TestPickerLeavesToOthers: what a source of everything has not begun is left to
// one that gets it; what it has begun is not.
func TestPickerLeavesToOthers(t *testing.T) {
	p := newTestPicker(40, PickerOptions{})
	p.Join("whole", fullSet(40), testEpoch)
	p.Join("partial", content.NewBitset(40), testEpoch)
	asked := p.Ask("whole", everything, testEpoch)
	if len(asked) != windowGroupsWhole {
		t.Fatalf("asked for %v, without a choice", asked)
	}
	p.Moved("whole", groupBytes/2, testEpoch)
	if got := p.Learn("partial", asked[0]); got != nil {
		t.Fatalf("%d was begun and taken from %v", asked[0], got)
	}
	if got := p.Learn("partial", asked[2]); !slices.Equal(got, []Source{"whole"}) {
		t.Fatalf("%d was not begun and taken from %v", asked[2], got)
	}
	if got := p.Ask("partial", everything, testEpoch); !slices.Equal(got, []int{asked[2]}) {
		t.Fatalf("the one that got it was asked for %v", got)
	}
	if got := p.Learn("partial", asked[2]); got != nil {
		t.Fatalf("learned twice, and taken from %v", got)
	}
}

// TestPickerAnyOrder: a source of several sends its groups in another order than
// they were asked in, and what is still to come is reckoned right.
func TestPickerAnyOrder(t *testing.T) {
	p := newTestPicker(4, PickerOptions{Sequential: true})
	p.Join("s", fullSet(4), testEpoch)
	p.Ask("s", everything, testEpoch)
	u := p.bySource["s"]
	for n, g := range []int{2, 0, 3, 1} {
		p.Moved("s", groupBytes, testEpoch)
		if got, want := u.outstanding(), int64(3-n)*groupBytes; got != want {
			t.Fatalf("%d bytes to come, not %d", got, want)
		}
		p.Got("s", g, testEpoch)
		if got, want := u.outstanding(), int64(3-n)*groupBytes; got != want {
			t.Fatalf("%d bytes to come after group %d, not %d", got, g, want)
		}
	}
	if !p.Complete() || p.WastedBytes() != 0 {
		t.Errorf("complete %v, %d bytes wasted", p.Complete(), p.WastedBytes())
	}
}

func TestPickerRandomStart(t *testing.T) {
	starts := make(map[int]bool)
	for seed := range uint64(20) {
		p := NewPicker(content.LayoutOf(1000*groupBytes), content.NewBitset(1000), PickerOptions{}, rand.New(rand.NewPCG(seed, 0)))
		p.Join("s", fullSet(1000), testEpoch)
		got := p.Ask("s", everything, testEpoch)
		for i := 1; i < len(got); i++ {
			if got[i] != got[i-1]+1 {
				t.Fatalf("%v is no run", got)
			}
		}
		starts[got[0]] = true
	}
	if len(starts) < 10 {
		t.Errorf("20 pickers began at %d different groups", len(starts))
	}
}

func TestPickerSequential(t *testing.T) {
	p := newTestPicker(8, PickerOptions{Sequential: true})
	p.Join("a", fullSet(8), testEpoch)
	p.Join("b", fullSet(8), testEpoch)
	a, b := p.Ask("a", 3*groupBytes, testEpoch), p.Ask("b", 2*groupBytes, testEpoch)
	if !slices.Equal(a, []int{0, 1, 2}) || !slices.Equal(b, []int{3, 4}) {
		t.Fatalf("asked %v and %v", a, b)
	}
}

// TestPickerPlayFrom: from the play head to the end, then round; another head, and
// none.
func TestPickerPlayFrom(t *testing.T) {
	p := newTestPicker(100, PickerOptions{})
	p.Join("s", fullSet(100), testEpoch)
	ask := func() []int { return p.Ask("s", 2*groupBytes, testEpoch) }
	p.PlayFrom(98)
	first := ask()
	p.Wait("s") // voids what was asked
	p.Serve("s", testEpoch)
	for _, g := range first {
		p.Got("s", g, testEpoch)
	}
	if got := ask(); !slices.Equal(first, []int{98, 99}) || !slices.Equal(got, []int{0, 1}) {
		t.Fatalf("asked %v and %v", first, got)
	}
	p.Wait("s")
	p.Serve("s", testEpoch)
	p.PlayFrom(40)
	if got := ask(); !slices.Equal(got, []int{40, 41}) {
		t.Fatalf("asked %v after the jump", got)
	}
	partial := content.NewBitset(100)
	partial.Set(7)
	partial.Set(90)
	p.Join("partial", partial, testEpoch)
	if got := p.Ask("partial", everything, testEpoch); !slices.Equal(got, []int{90, 7}) {
		t.Fatalf("asked %v of one that holds 7 and 90", got)
	}
	p.PlayFrom(-1)
	p.Leave("s")
	p.Join("s", fullSet(100), testEpoch)
	if got := ask(); slices.Contains(got, 40) {
		t.Fatalf("asked %v when nothing is played", got)
	}
}

func TestPickerBoundsWhatIsInFlight(t *testing.T) {
	p := newTestPicker(2000, PickerOptions{})
	p.Join("s", fullSet(2000), testEpoch)
	now := testEpoch
	flying := 0
	for range 1000 {
		asked := p.Ask("s", everything, now)
		if flying += len(asked); flying*groupBytes > windowBytesDefault {
			t.Fatalf("%d groups in flight", flying)
		}
		now = now.Add(time.Millisecond)
		g := p.bySource["s"].asks[0].group
		p.Moved("s", groupBytes, now)
		p.Got("s", g, now)
		flying--
		p.Tick(now)
	}
	if flying*groupBytes < windowBytesDefault/2-groupBytes {
		t.Errorf("a fast source has only %d groups in flight", flying)
	}
}

func TestPickerLargeGroupsComeWithoutAGap(t *testing.T) {
	l := content.LayoutOf(100 << 30) // groups of 8 MiB
	p := NewPicker(l, content.NewBitset(l.Groups()), PickerOptions{Exclusive: true}, rand.New(rand.NewPCG(1, 1)))
	p.Join("s", fullSet(l.Groups()), testEpoch)
	if got := p.Ask("s", everything, testEpoch); len(got) != 1 {
		t.Fatalf("asked for %d groups of 8 MiB", len(got))
	}
	if got := p.Ask("s", everything, testEpoch); got != nil {
		t.Fatalf("asked for %v on top", got)
	}
	p.Moved("s", 5<<20, testEpoch)
	if got := p.Ask("s", everything, testEpoch); len(got) != 1 {
		t.Fatalf("asked for %v when half was here", got)
	}
}

func TestPickerStall(t *testing.T) {
	for _, exclusive := range []bool{false, true} {
		p := newTestPicker(4, PickerOptions{Exclusive: exclusive})
		p.Join("slow", fullSet(4), testEpoch)
		asked := p.Ask("slow", everything, testEpoch)
		if len(asked) != 4 {
			t.Fatalf("asked for %v", asked)
		}
		p.Join("other", fullSet(4), testEpoch)
		if got := p.Ask("other", everything, testEpoch); !exclusive && len(got) != 0 {
			t.Fatalf("doubled %v at once", got)
		}
		p.Moved("slow", 100, testEpoch.Add(3*time.Second)) // a trickle is no progress
		now := testEpoch.Add(stallTime + 250*time.Millisecond)
		if got := p.Tick(now); !slices.Equal(got, []Source{"slow"}) {
			t.Fatalf("stalled: %v", got)
		}
		if exclusive {
			if got := p.Ask("other", everything, now); got != nil {
				t.Fatalf("two write %v", got)
			}
			p.Leave("slow")
		}
		if got := p.Ask("other", everything, now); len(got) != 4 {
			t.Fatalf("exclusive %v: re-asked %v", exclusive, got)
		}
		if got := p.Ask("slow", everything, now); got != nil {
			t.Fatalf("a stalled source was asked for %v", got)
		}
		p.Leave("other")
		p.Join("slow", fullSet(4), now)
		if got := p.Ask("slow", everything, now); len(got) != 1 {
			t.Fatalf("a source that stalled was asked for %v when it came again", got)
		}
	}
}

// TestPickerRevival: a source that moves again has back what nobody else was asked
// for, and later what the others leave undone.
func TestPickerRevival(t *testing.T) {
	p := newTestPicker(4, PickerOptions{Sequential: true})
	p.Join("slow", fullSet(4), testEpoch)
	p.Ask("slow", everything, testEpoch)
	now := testEpoch.Add(stallTime + 250*time.Millisecond)
	p.Tick(now)
	p.Join("other", fullSet(4), now)
	if got := p.Ask("other", groupBytes, now); !slices.Equal(got, []int{0}) {
		t.Fatalf("the other was asked for %v", got)
	}
	p.Got("slow", 1, now)
	if p.rarity.open.Count() != 0 || !slices.Equal(p.asked, []uint8{1, 0, 1, 1}) {
		t.Fatalf("%d groups are open, asked of %v: the slow one has 2 and 3 back", p.rarity.open.Count(), p.asked)
	}
	p.Leave("other")
	if p.rarity.open.Count() != 0 || !slices.Equal(p.asked, []uint8{1, 0, 1, 1}) {
		t.Fatalf("%d groups are open, asked of %v: the slow one has 0 back as well", p.rarity.open.Count(), p.asked)
	}
	if got := p.Ask("slow", everything, now); got != nil {
		t.Fatalf("asked again for %v", got)
	}
}

// TestPickerSuspects: a source that has stalled gets nothing that an idle one could
// bring, and doubles nothing.
func TestPickerSuspects(t *testing.T) {
	p := newTestPicker(1, PickerOptions{})
	p.Join("suspect", fullSet(1), testEpoch)
	p.Ask("suspect", everything, testEpoch)
	now := testEpoch.Add(stallTime + time.Second)
	p.Tick(now)
	p.Join("suspect", fullSet(1), now) // it comes anew
	p.Join("good", fullSet(1), now)
	if got := p.Ask("suspect", everything, now); got != nil {
		t.Fatalf("the suspect was asked for %v", got)
	}
	if got := p.Ask("good", everything, now); len(got) != 1 {
		t.Fatalf("the good source was asked for %v", got)
	}
	if got := p.Ask("suspect", everything, now.Add(2*time.Second)); got != nil {
		t.Fatalf("the suspect doubled %v", got)
	}
	p.Leave("good")
	if got := p.Ask("suspect", everything, now); len(got) != 1 {
		t.Fatalf("alone, the suspect was asked for %v", got)
	}
}
