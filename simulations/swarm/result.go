package swarm

import (
	"slices"
	"time"
)

// Result is what became of a swarm.
type Result struct {
	Bound  time.Duration   // nobody can be faster
	Times  []time.Duration // each receiver's, from its start; 0: not done
	Last   time.Duration   // the last one's, from the swarm's start
	Copies float64         // of the file, sent by the honest seeds together
	Sent   int64           // bytes, by honest nodes
	Wasted int64           // bytes that came and were not needed
	Banned []Ban
	Curve  Curve
	Events uint64

	// BadGroups did not verify.
	BadGroups int
}

// Ban is a receiver that cut a source off for good.
type Ban struct{ Receiver, Source int }

// Curve is everyone's progress.
type Curve struct {
	At   []time.Duration
	Held [][]float64 // by receiver, then by time: the share of the file
}

// Ratio is the time of the last receiver over the bound.
func (r *Result) Ratio() float64 { return float64(r.Last) / float64(r.Bound) }

// finish adds up.
func (w *world) finish() {
	r := w.result
	r.Events = w.count
	for i, n := range w.receivers() {
		t := time.Duration(0)
		if n.doneAt > 0 {
			t = n.doneAt - time.Duration(i)*w.o.ArriveEvery
		}
		r.Times = append(r.Times, t)
		r.Last = max(r.Last, n.doneAt)
		r.Wasted += n.wasted
		r.BadGroups += n.poisoned
	}
	seeds := int64(0)
	for _, n := range w.nodes {
		if n.role == seed {
			seeds += n.sent
		}
		if n.role != poisoner {
			r.Sent += n.sent
		}
	}
	r.Copies = float64(seeds) / float64(w.o.SizeBytes)
	slices.SortStableFunc(r.Banned, func(a, b Ban) int { return a.Receiver - b.Receiver })
}
