package share

// narrow takes the documents of the rarest operand and looks for the others in
// them, the rarest first, each in the cheapest way.
func (s *scratch) narrow(v *view) {
	s.set.begin(len(v.records))
	ops := s.plan.operands
	s.rarest(v, &ops[0])
	for i := 1; i < len(ops) && len(s.found) > 0; i++ {
		s.look(v, &ops[i])
	}
	s.set.clear()
	all := s.found
	s.found = s.found[:0]
	s.rewind()
	for i := range all {
		if s.effort <= 0 {
			return
		}
		s.offer(v, all[i])
	}
}

// rarest makes candidates of the documents of an operand.
func (s *scratch) rarest(v *view, op *operand) {
	for _, at := range s.spansOf(op) {
		for _, p := range v.posts[v.starts[at.lo]:v.starts[at.hi]] {
			s.set.add(p.doc())
		}
	}
	s.found = s.set.number(s.found)
	s.through(v, op)
	s.keepHit(op)
}

// look finds out which candidates fulfil an operand.
func (s *scratch) look(v *view, op *operand) {
	n := len(s.found)
	through := op.postings*costOfPosting + op.terms*costOfTesting
	seeking := n * op.terms * costOfSeeking
	reading := n * costOfReading
	testing, rest := exhaustive, op.postings
	if op.postings > v.light {
		for _, at := range s.spansOf(op) {
			v.heavyWithin(at.lo, at.hi, func(h *heavy) { rest -= int(v.starts[h.hi] - v.starts[h.lo]) })
		}
		testing = rest*costOfPosting + n*2*costOfTesting + min(n, s.limit)*costOfReading
	}
	switch min(through, seeking, reading, testing) {
	case reading:
		for i := range s.found {
			s.found[i].read = true
		}
		return
	case through:
		s.set.renumber(s.found)
		s.through(v, op)
	case seeking:
		s.seek(v, op)
	default:
		s.test(v, op)
	}
	s.keepHit(op)
}

// through goes through all postings of an operand.
func (s *scratch) through(v *view, op *operand) {
	for _, at := range s.spansOf(op) {
		exact := at.exact
		for t := at.lo; t < at.hi; t++ {
			s.hit(v.posts[v.starts[t]:v.mids[t]], true, exact, op.wholeOnly)
			s.hit(v.posts[v.mids[t]:v.starts[t+1]], false, exact, op.wholeOnly)
			exact = false
		}
	}
}

func (s *scratch) hit(posts []posting, inName, exact, wholeOnly bool) {
	for _, p := range posts {
		if s.set.has(p.doc()) {
			c := &s.found[s.set.rank(p.doc())]
			c.hit = max(c.hit, p.mark(inName, exact, wholeOnly))
		}
	}
}

// seek looks for every candidate in every term.
func (s *scratch) seek(v *view, op *operand) {
	for _, at := range s.spansOf(op) {
		for t := at.lo; t < at.hi; t++ {
			cursor := v.cursor(t)
			for i := range s.found {
				c := &s.found[i]
				if p, inName, ok := cursor.seek(c.doc); ok {
					c.hit = max(c.hit, p.mark(inName, at.exact && t == at.lo, op.wholeOnly))
				}
			}
		}
	}
}

// test asks ready bitmaps.
func (s *scratch) test(v *view, op *operand) {
	u := s.union(0)
	u.open(v, s.spansOf(op))
	s.blurred = s.blurred || u.blurred
	exact := s.exact(v, op)
	for i := range s.found {
		c := &s.found[i]
		if c.hit = u.mark(c.doc); c.hit != noMark {
			c.hit = exact.better(c.doc, c.hit, op.wholeOnly)
		}
	}
	u.close()
}

// keepHit drops the candidates that were not hit.
func (s *scratch) keepHit(op *operand) {
	kept := s.found[:0]
	for _, c := range s.found {
		if c.hit == noMark {
			continue
		}
		if op.column != noColumn {
			c.marks[op.column] = c.hit
		}
		c.hit = noMark
		kept = append(kept, c)
	}
	s.found = kept
}
