package swarm

import "time"

// event is one thing that happens.
type event struct {
	at  time.Duration
	seq uint64 // those of one time happen in the order they were put in
	do  func()
}

func (e *event) before(f *event) bool { return e.at < f.at || e.at == f.at && e.seq < f.seq }

// events are what will happen: a heap, four to a node, which is half as deep as one
// of two.
type events struct {
	heap []event
	seq  uint64
}

func (q *events) push(at time.Duration, do func()) {
	q.seq++
	q.heap = append(q.heap, event{at, q.seq, do})
	h := q.heap
	i := len(h) - 1
	e := h[i]
	for i > 0 {
		up := (i - 1) / 4
		if h[up].before(&e) {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = e
}

func (q *events) pop() event {
	h := q.heap
	first, last := h[0], len(h)-1
	e := h[last]
	h[last] = event{}
	h = h[:last]
	q.heap = h
	if last == 0 {
		return first
	}
	i := 0
	for {
		least := 4*i + 1
		if least >= last {
			break
		}
		for c := least + 1; c < min(4*i+5, last); c++ {
			if h[c].before(&h[least]) {
				least = c
			}
		}
		if e.before(&h[least]) {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = e
	return first
}
