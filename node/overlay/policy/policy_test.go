package policy_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"starling/node/overlay/policy"
)

// links are neighbours that say how many they have themselves.
func links(neighbours ...int) (out []policy.Link) {
	for _, n := range neighbours {
		out = append(out, policy.Link{Neighbours: n})
	}
	return out
}

func with(change func(*policy.State)) policy.State {
	s := policy.State{DegreeMin: 4, Degree: 8, DegreeMax: 12}
	change(&s)
	return s
}

var full = links(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9)

func TestMakingAndParting(t *testing.T) {
	tests := []struct {
		name   string
		state  policy.State
		toMake int
		parts  []int
	}{
		{"nobody", with(func(*policy.State) {}), 4, nil},
		{"below the minimum, some under way", with(func(s *policy.State) { s.Links, s.Making = links(1, 1), 3 }), 1, nil},
		{"between", with(func(s *policy.State) { s.Links = links(1, 1, 1, 1, 1) }), 1, nil},
		{"between, one under way", with(func(s *policy.State) { s.Links, s.Making = links(1, 1, 1, 1, 1, 1, 1), 1 }), 0, nil},
		{"at the degree", with(func(s *policy.State) { s.Links = links(1, 1, 1, 1, 1, 1, 1, 1) }), 0, nil},
		{"as many as may be", with(func(s *policy.State) { s.Links = full }), 0, nil},
		{"too many", with(func(s *policy.State) { s.Links = append(links(5, 20, 30, 2), full[:10]...) }), 0, []int{2, 1}},
		{"too many that need us", with(func(s *policy.State) { s.Links = links(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4) }), 0, nil},
		{"static", with(func(s *policy.State) { s.Static, s.Links = true, append(full, full...) }), 0, nil},
		{"too many, the one to spare wanted", with(func(s *policy.State) {
			s.Links = append([]policy.Link{{Neighbours: 30, Wanted: true}}, full...)
		}), 0, []int{1}},
	}
	for _, tt := range tests {
		if got := tt.state.ToMake(); got != tt.toMake {
			t.Errorf("%s: makes %d, want %d", tt.name, got, tt.toMake)
		}
		if diff := cmp.Diff(tt.parts, tt.state.ToPart(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: parts from %s", tt.name, diff)
		}
	}
}

func TestAccepting(t *testing.T) {
	for _, tt := range []struct {
		links, neighbours int
		static            bool
		want              bool
	}{{11, 9, false, true}, {12, 9, false, false}, {12, 4, false, false}, {12, 3, false, true}, {15, 3, false, true}, {16, 0, false, false}, {24, 9, true, true}} {
		s := with(func(s *policy.State) { s.Static, s.Links = tt.static, append(full, full...)[:tt.links] })
		if got := s.MayAccept(tt.neighbours); got != tt.want {
			t.Errorf("%d links, a newcomer with %d: accepted %v", tt.links, tt.neighbours, got)
		}
	}
}

// A lost neighbour is tried again up to half-way between the degree and the most.
func TestReuniting(t *testing.T) {
	for _, tt := range []struct {
		links, making int
		static        bool
		want          bool
	}{{0, 0, false, true}, {8, 0, false, true}, {9, 0, false, true}, {8, 2, false, false}, {10, 0, false, false}, {12, 0, false, false}, {2, 0, true, false}} {
		s := with(func(s *policy.State) { s.Static, s.Making, s.Links = tt.static, tt.making, full[:tt.links] })
		if got := s.MayReunite(); got != tt.want {
			t.Errorf("%d links, %d under way, static %v: tries again %v", tt.links, tt.making, tt.static, got)
		}
	}
}

// Whatever the state, a decision keeps to its bounds and is the same when asked
// again, and parting brings a node to its most at once or leaves only neighbours
// that must stay.
func TestDecisionsKeepTheirBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		s := policy.State{DegreeMin: rng.IntN(6), Making: rng.IntN(6)}
		s.Degree = s.DegreeMin + rng.IntN(6)
		s.DegreeMax = s.Degree + rng.IntN(6)
		for range rng.IntN(24) {
			s.Links = append(s.Links, policy.Link{Neighbours: rng.IntN(20), Wanted: rng.IntN(4) == 0})
		}
		if n := s.ToMake(); n < 0 || n > policy.MakingMax || n > 0 && len(s.Links)+s.Making+n > s.Degree {
			t.Fatalf("%+v: makes %d", s, n)
		}
		parts := s.ToPart()
		if diff := cmp.Diff(parts, s.ToPart()); diff != "" {
			t.Fatalf("%+v: asked again, parts differ %s", s, diff)
		}
		gone := map[int]bool{}
		for _, i := range parts {
			if l := s.Links[i]; l.Wanted || l.Neighbours <= s.DegreeMin || gone[i] {
				t.Fatalf("%+v: parts from %d", s, i)
			}
			gone[i] = true
		}
		left := len(s.Links) - len(parts)
		for i, l := range s.Links {
			if left > s.DegreeMax && !gone[i] && !l.Wanted && l.Neighbours > s.DegreeMin {
				t.Fatalf("%+v: keeps %d links although %d could go", s, left, i)
			}
		}
		if len(parts) > 0 && left < s.DegreeMax {
			t.Fatalf("%+v: parts from %d, too many", s, len(parts))
		}
	}
}
