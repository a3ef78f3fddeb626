package transfer

import (
	"slices"
	"time"

	"starling/share/content"
)

// claims settle what a file is before a byte of it is kept. Each source claims a
// size; a claim is proven by a manifest that merges to the content id and then by
// the last group, which verifies under no other size. It is a state machine, fed
// by the download's loop. Sources that agree share one claim and are asked one
// after the other; different claims are proven side by side.
type claims struct {
	id     content.ID
	bySize map[int64]*claim
}

type claim struct {
	layout   content.Layout
	manifest *content.Manifest // proven, or nil
	voices   []*voice
}

// voice is one source of a claim.
type voice struct {
	source Source
	groups content.Bitset
	asked  time.Time // for the next proof; zero: not yet
}

// proof is something to ask a source for: the manifest, or with it in hand the
// last group.
type proof struct {
	source   Source
	manifest *content.Manifest // nil: ask for it
	group    int
}

// add takes a source's claim.
func (c *claims) add(s Source, h holding) {
	c.remove(s)
	if c.bySize == nil {
		c.bySize = make(map[int64]*claim)
	}
	k := c.bySize[h.layout.SizeBytes]
	if k == nil {
		k = &claim{layout: h.layout}
		k.manifest, _ = content.OneGroup(c.id, h.layout.SizeBytes)
		c.bySize[h.layout.SizeBytes] = k
	}
	k.voices = append(k.voices, &voice{source: s, groups: h.groups})
}

// claimsKept bounds the claims that nobody makes any more and that are kept for
// their manifest: a source that waits in a queue comes back.
const claimsKept = 4

// remove forgets a source, and its claim where it was the only voice.
func (c *claims) remove(s Source) {
	for size, k := range c.bySize {
		k.voices = slices.DeleteFunc(k.voices, func(v *voice) bool { return v.source == s })
		if len(k.voices) == 0 && (k.manifest == nil || len(c.bySize) > claimsKept) {
			delete(c.bySize, size)
		}
	}
}

// learn notes that a source holds more.
func (c *claims) learn(s Source, groups []int) {
	for _, k := range c.bySize {
		for _, v := range k.voices {
			for _, g := range groups {
				if v.source == s && g < v.groups.Len() {
					v.groups.Set(g)
				}
			}
		}
	}
}

// proven takes a proven manifest; from here its claim waits for the last group.
func (c *claims) proven(m *content.Manifest) {
	k := c.bySize[m.SizeBytes]
	if k == nil || k.manifest != nil {
		return
	}
	k.manifest = m
	for _, v := range k.voices {
		v.asked = time.Time{}
	}
}

// proofTime is how long a claim waits for an answer before it asks more sources.
const proofTime = time.Second

// next gives what to ask now.
func (c *claims) next(now time.Time) (proofs []proof) {
	for _, k := range c.bySize {
		for _, v := range k.ask(now) {
			proofs = append(proofs, proof{source: v.source, manifest: k.manifest, group: k.layout.Groups() - 1})
		}
	}
	return proofs
}

// ask chooses whom to ask now.
func (k *claim) ask(now time.Time) (chosen []*voice) {
	asked := 0
	for _, v := range k.voices {
		if v.asked.IsZero() {
			continue
		}
		if asked++; now.Sub(v.asked) < proofTime {
			return nil
		}
	}
	for _, v := range k.voices {
		if v.asked.IsZero() && len(chosen) < max(asked, 1) && (k.manifest == nil || v.groups.Has(k.layout.Groups()-1)) {
			v.asked = now
			chosen = append(chosen, v)
		}
	}
	return chosen
}
