package swarm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"starling/share/content"
	"starling/transfer"
)

// TestChecks: what must not happen in any run is seen when it happens, and what may
// happen is not.
func TestChecks(t *testing.T) {
	const groups = 8
	for _, test := range []struct {
		name string
		do   func(w *world, n *node, first, second *stream)
		want string // "": nothing is broken
	}{
		{"sends in time", func(w *world, _ *node, first, _ *stream) { w.checkSend(first.up, 0, 1<<20) }, ""},
		{"sends too fast", func(w *world, _ *node, first, _ *stream) { w.checkSend(first.up, 0, 2<<20) }, "its rate allows"},
		{"sends what it lacks", func(w *world, n *node, _, _ *stream) { w.checkSend(n, 0, 1) }, "does not hold"},
		{"gets a group", func(w *world, n *node, _, _ *stream) { w.checkGroup(n, 1) }, ""},
		{"gets a group twice", func(w *world, n *node, _, _ *stream) { n.have.Set(1); w.checkGroup(n, 1) }, "twice"},
		{"asks for another", func(w *world, n *node, _, second *stream) { w.checkAsk(n, second, []int{1}) }, ""},
		{"asks for what it holds", func(w *world, n *node, _, second *stream) { n.have.Set(1); w.checkAsk(n, second, []int{1}) }, "again"},
		{"asks one twice", func(w *world, n *node, first, _ *stream) { w.checkAsk(n, first, []int{0}) }, "again"},
		{"asks a second too early", func(w *world, n *node, _, second *stream) { w.checkAsk(n, second, []int{0}) }, "others are open"},
		{"asks a second in the endgame", func(w *world, n *node, first, second *stream) {
			for g := 1; g < groups; g++ {
				first.wanted = append(first.wanted, g)
			}
			w.checkAsk(n, second, []int{0})
		}, ""},
		{"asks a second after a stall", func(w *world, n *node, first, second *stream) {
			n.picker.Ask(first.up.name, 1<<30, w.clock())
			w.now += 10 * time.Second
			n.picker.Tick(w.clock())
			w.checkAsk(n, second, []int{0})
		}, ""},
	} {
		o := options(1)
		o.SizeBytes, o.Seeds, o.Receivers = groups*256<<10, 2, 1
		o, err := o.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		w := &world{o: o, layout: content.LayoutOf(o.SizeBytes), rng: o.Rand, now: time.Second / 4, rules: transfer.RulesOf(o.Transfer)}
		w.build()
		n := w.nodes[2]
		n.picker = transfer.NewPicker(w.layout, n.have, transfer.PickerOptions{}, w.rng)
		var streams []*stream
		for _, up := range w.nodes[:2] {
			s := &stream{up: up, down: n}
			n.peers = append(n.peers, &peer{node: up, stream: s})
			n.picker.Join(up.name, up.have, w.clock())
			streams = append(streams, s)
		}
		streams[0].wanted = []int{0}
		test.do(w, n, streams[0], streams[1])
		switch broken := w.broken; {
		case test.want == "" && broken != nil:
			t.Errorf("%s: %v", test.name, broken)
		case test.want != "" && (!errors.Is(broken, ErrBroken) || !strings.Contains(broken.Error(), test.want)):
			t.Errorf("%s: %v is broken", test.name, broken)
		}
	}
}
