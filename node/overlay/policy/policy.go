package policy

import "sort"

// Degrees of a node whose owner said nothing else: neighbours to have at least,
// to look for, and to have at most. More cost traffic, fewer make searches longer
// and the mesh more fragile.
const (
	DegreeMin = 4
	Degree    = 8
	DegreeMax = 12
)

const (
	// MakingMax is how many handshakes a node has under way at once.
	MakingMax = 4
	// NewcomerRoom is how far beyond DegreeMax a node still takes one that has
	// too few neighbours, before ToPart names another that can spare it.
	NewcomerRoom = 4
)

// State is what a node knows of its place in the mesh. The zero value of a degree
// means 0, not a default.
type State struct {
	// Static keeps whatever links there are, and looks for no others.
	Static bool
	// DegreeMin, Degree and DegreeMax are the neighbours to have at least, to
	// look for, and to have at most, in this order of size.
	DegreeMin, Degree, DegreeMax int
	// Links are the neighbours, those that are not ready for queries yet
	// included, the oldest first.
	Links []Link
	// Making counts handshakes under way, which are no links yet.
	Making int
}

// Link is one neighbour.
type Link struct {
	Neighbours int  // it last said it has, this node included
	Wanted     bool // the owner asked for it
}

// MayAccept decides on a node that wants to be a neighbour and says how many it
// has already.
func (s State) MayAccept(neighbours int) bool {
	if s.Static || len(s.Links) < s.DegreeMax {
		return true
	}
	return neighbours < s.DegreeMin && len(s.Links) < s.DegreeMax+NewcomerRoom
}

// ToMake returns how many handshakes to start now, 0 to MakingMax. A node below
// its minimum tries several at once; one near its degree, one at a time.
func (s State) ToMake() int {
	if s.Static {
		return 0
	}
	missing := s.Degree - len(s.Links) - s.Making
	if len(s.Links) >= s.DegreeMin {
		missing = min(missing, 1)
	}
	return max(0, min(missing, MakingMax-s.Making))
}

// MayReunite says whether to try one neighbour again that was lost without a bye,
// although there are others meanwhile. A network that was cut in two needs this:
// each half has repaired itself, and nobody in it looks for more. Half-way to
// DegreeMax is enough, and leaves room for those of the other half.
func (s State) MayReunite() bool {
	return !s.Static && 2*(len(s.Links)+s.Making) < s.Degree+s.DegreeMax
}

// ToPart returns the places in Links of the neighbours to say bye to, in the
// order to do it: those beyond DegreeMax, first the ones with the most neighbours
// themselves, of equals the oldest. Never one the owner asked for, nor one that
// needs its links.
func (s State) ToPart() []int {
	over := len(s.Links) - s.DegreeMax
	if s.Static || over <= 0 {
		return nil
	}
	var spare []int
	for i, l := range s.Links {
		if !l.Wanted && l.Neighbours > s.DegreeMin {
			spare = append(spare, i)
		}
	}
	sort.SliceStable(spare, func(i, j int) bool { return s.Links[spare[i]].Neighbours > s.Links[spare[j]].Neighbours })
	return spare[:min(over, len(spare))]
}
