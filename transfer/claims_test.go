package transfer

import (
	"slices"
	"testing"
	"time"

	"starling/share/content"
)

func claimOf(sizeBytes int64) holding {
	l := content.LayoutOf(sizeBytes)
	return holding{layout: l, groups: fullSet(l.Groups())}
}

// askedOf lists whom to ask, in order of their names.
func askedOf(c *claims, now time.Time) (who []Source) {
	for _, p := range c.next(now) {
		who = append(who, p.source)
	}
	slices.Sort(who)
	return who
}

func TestClaimsAskOneThenMore(t *testing.T) {
	c := claims{id: content.ID{1}}
	for _, s := range []Source{"a", "b", "c", "d", "e"} {
		c.add(s, claimOf(3*groupBytes))
	}
	for i, want := range [][]Source{{"a"}, {"b"}, {"c", "d"}, {"e"}, nil} {
		now := testEpoch.Add(time.Duration(i) * proofTime)
		if got := askedOf(&c, now); !slices.Equal(got, want) {
			t.Errorf("after %d s asked %v, want %v", i, got, want)
		}
		if got := askedOf(&c, now.Add(proofTime/2)); got != nil {
			t.Errorf("asked %v without waiting", got)
		}
	}
	c.proven(&content.Manifest{Layout: content.LayoutOf(3 * groupBytes)})
	proofs := c.next(testEpoch.Add(time.Hour))
	if len(proofs) != 1 || proofs[0].manifest == nil || proofs[0].group != 2 {
		t.Errorf("with the manifest proven: %+v", proofs)
	}
}

func TestClaimsSideBySide(t *testing.T) {
	c := claims{id: content.ID{1}}
	c.add("a", claimOf(3*groupBytes))
	c.add("b", claimOf(3*groupBytes+1))
	c.add("c", claimOf(100)) // one group: needs no manifest
	proofs := c.next(testEpoch)
	if len(proofs) != 3 {
		t.Fatalf("asked %+v", proofs)
	}
	for _, p := range proofs {
		if (p.manifest != nil) != (p.source == "c") {
			t.Errorf("%s is asked for the wrong proof", p.source)
		}
	}
	c.remove("b")
	if len(c.bySize) != 2 {
		t.Errorf("%d claims are left", len(c.bySize))
	}
}

func TestClaimsWaitForTheLastGroup(t *testing.T) {
	c := claims{id: content.ID{1}}
	part := claimOf(3 * groupBytes)
	part.groups.Clear(2)
	c.add("part", part)
	if got := askedOf(&c, testEpoch); !slices.Equal(got, []Source{"part"}) {
		t.Fatal("a partial source was not asked for the manifest")
	}
	c.proven(&content.Manifest{Layout: part.layout})
	if got := askedOf(&c, testEpoch); got != nil {
		t.Fatal("a source was asked for what it lacks")
	}
	c.learn("part", []int{2})
	if got := askedOf(&c, testEpoch); !slices.Equal(got, []Source{"part"}) {
		t.Fatal("a source that learned the last group was not asked")
	}
}

// TestClaimsAreBounded: a source that claims something else each time leaves no
// trail of manifests.
func TestClaimsAreBounded(t *testing.T) {
	c := claims{id: content.ID{1}}
	for i := range 100 {
		h := claimOf(3*groupBytes - int64(i))
		c.add("a", h)
		c.proven(&content.Manifest{Layout: h.layout})
	}
	if len(c.bySize) > claimsKept+1 {
		t.Errorf("%d claims are kept", len(c.bySize))
	}
}
