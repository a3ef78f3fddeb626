package transfer

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"starling/share/content"
)

func TestSwarms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w swarms
		id := content.ID{1}
		w.add(id, "a")
		w.add(id, "b")
		version := w.version(id)
		w.add(id, "b")
		if w.version(id) != version || !slices.Equal(w.others(id, "a"), []Source{"b"}) {
			t.Fatalf("others of a: %v", w.others(id, "a"))
		}
		w.remove(id, "b")
		if len(w.others(id, "a")) != 0 {
			t.Fatal("b is still there")
		}
		<-time.After(swarmMemory + time.Second)
		if len(w.others(id, "z")) != 0 {
			t.Fatal("a is remembered for ever")
		}
	})
}

func TestSwarmsAreBounded(t *testing.T) {
	var w swarms
	for i := range 2 * swarmMax {
		w.add(content.ID{9}, Source(fmt.Sprint(i)))
	}
	if n := len(w.byID[content.ID{9}].members); n != swarmMax {
		t.Errorf("%d members", n)
	}
	if n := len(w.others(content.ID{9}, "x")); n != sourcesPerFrame {
		t.Errorf("told of %d", n)
	}
	for i := range 2 * swarmsMax {
		w.add(content.ID{byte(i), byte(i >> 8)}, "a")
	}
	if len(w.byID) > swarmsMax {
		t.Errorf("%d swarms", len(w.byID))
	}
}
