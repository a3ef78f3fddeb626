package overlay

import (
	"sort"

	"github.com/libp2p/go-libp2p/core/peer"
)

// meshState is what the mesh policy judges by. The policy is pure: state in,
// decision out.
type meshState struct {
	static                 bool
	degreeMin, degree, max int
	links                  []linkState // the oldest first
	making                 int         // handshakes under way
}

type linkState struct {
	peer       peer.ID
	neighbours int  // it says it has
	wanted     bool // the owner asked for it
}

// newcomerRoom is how far beyond the most links a node still takes one that has
// none, before the upkeep parts from another that can spare it.
const newcomerRoom = 4

// mayAccept decides on a node that wants to be a neighbour and says how many it has.
func mayAccept(s meshState, neighbours int) bool {
	if s.static || len(s.links) < s.max {
		return true
	}
	return neighbours < s.degreeMin && len(s.links) < s.max+newcomerRoom
}

// toMake returns how many links to start making now. A node below its minimum
// tries several at once; one near its degree, one at a time.
func toMake(s meshState) int {
	if s.static {
		return 0
	}
	missing := s.degree - len(s.links) - s.making
	if len(s.links) >= s.degreeMin {
		missing = min(missing, 1)
	}
	return max(0, min(missing, dialsAtOnce-s.making))
}

// toPart returns the neighbours to say bye to: those beyond the most, first the
// ones with the most neighbours themselves, never one the owner asked for.
func toPart(s meshState) []peer.ID {
	over := len(s.links) - s.max
	if s.static || over <= 0 {
		return nil
	}
	var spare []linkState
	for _, l := range s.links {
		if !l.wanted && l.neighbours > s.degreeMin {
			spare = append(spare, l)
		}
	}
	sort.SliceStable(spare, func(i, j int) bool { return spare[i].neighbours > spare[j].neighbours })
	var out []peer.ID
	for _, l := range spare[:min(over, len(spare))] {
		out = append(out, l.peer)
	}
	return out
}
