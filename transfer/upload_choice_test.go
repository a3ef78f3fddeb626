package transfer

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestChoiceLeastSentFirst: two streams of one file are sent different groups, and
// one alone gets them in the order it asks.
func TestChoiceLeastSentFirst(t *testing.T) {
	c := NewChoice(10)
	send := func(asked []int) (order []int) {
		for len(asked) > 0 {
			i := c.Next(asked)
			c.Began(asked[i])
			order = append(order, asked[i])
			asked = slices.Delete(asked, i, i+1)
		}
		return order
	}
	if got := send([]int{7, 8, 2, 3}); !slices.Equal(got, []int{7, 8, 2, 3}) {
		t.Fatalf("one by itself was sent %v", got)
	}
	if got := send([]int{2, 3, 4, 7, 5}); !slices.Equal(got, []int{4, 5, 2, 3, 7}) {
		t.Fatalf("the second was sent %v", got)
	}
	c.Broke(7)
	if got := send([]int{2, 7}); !slices.Equal(got, []int{7, 2}) {
		t.Fatalf("after 7 broke off, sent %v", got)
	}
}

// TestChoicesEndWithTheirUploads: what was sent counts as long as an upload of the
// file is there.
func TestChoicesEndWithTheirUploads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c choices
		var model [3]int
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			f := rapid.IntRange(0, 2).Draw(t, "file")
			k := choiceKey{groups: f + 1}
			if model[f] > 0 && rapid.Bool().Draw(t, "leave") {
				c.leave(k)
				model[f]--
				continue
			}
			s := c.join(k)
			if model[f] == 0 && s.sent[f] != 0 {
				t.Fatalf("file %d is remembered", f)
			}
			if model[f]++; s.uploads != model[f] {
				t.Fatalf("%d uploads of file %d, there are %d", s.uploads, f, model[f])
			}
			s.Began(f)
		}
		for f, uploads := range model {
			if _, ok := c.byFile[choiceKey{groups: f + 1}]; ok != (uploads > 0) {
				t.Fatalf("file %d with %d uploads is there: %v", f, uploads, ok)
			}
		}
	})
}
