package share

import (
	"cmp"
	"slices"

	"starling/share/words"
)

// weigh turns the candidates of a segment into matches: by what is known of them
// the best first, it reads the texts of those whose match or score is not known,
// and keeps as many as are wanted.
func (s *scratch) weigh(v *view) {
	first := len(s.matches)
	s.sortByScore()
	for _, i := range s.order {
		if len(s.matches)-first >= s.enough() {
			break
		}
		c := &s.found[i]
		score, sure := s.score(c)
		if s.read || c.read || !sure {
			if s.effort <= 0 && (s.read || c.read) {
				continue
			}
			s.effort -= costOfReading
			r := v.records[c.doc]
			s.text.SetDoc(r.path, r.tags)
			if (s.read || c.read) && !s.expr.MatchText(&s.text, r.document()) {
				continue
			}
			score = s.expr.Score(&s.text)
		}
		s.matches = append(s.matches, scored{doc: c.doc, score: int32(score)})
	}
	found := s.matches[first:]
	if len(found) == 0 {
		return
	}
	slices.SortFunc(found, func(a, b scored) int {
		if a.score != b.score {
			return int(b.score) - int(a.score)
		}
		return int(a.doc) - int(b.doc)
	})
	found = found[:min(len(found), s.limit)]
	for i := range found {
		found[i].record = v.records[found[i].doc]
		if s.several {
			found[i].rank = v.ranks[found[i].doc]
		}
	}
	s.matches = s.matches[:first+len(found)]
}

// score adds up what the marks tell; sure when that is all there is to tell.
func (s *scratch) score(c *candidate) (score int, sure bool) {
	var tally words.Tally
	sure = true
	for _, m := range c.marks[:s.terms] {
		spot, known := m.spot()
		tally.Add(spot)
		sure = sure && known
	}
	return tally.Score, sure
}

// sortByScore orders the candidates by what is known of their scores, of equal
// ones those with smaller numbers first. There are few scores.
func (s *scratch) sortByScore() {
	var starts [words.ScoreMax + 2]uint32
	s.scores = s.scores[:0]
	for i := range s.found {
		score, _ := s.score(&s.found[i])
		s.scores = append(s.scores, uint16(words.ScoreMax-score))
		starts[words.ScoreMax-score+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	s.order = slices.Grow(s.order[:0], len(s.found))[:len(s.found)]
	for i, place := range s.scores {
		s.order[starts[place]] = uint32(i)
		starts[place]++
	}
}

// best gives the matches by score, then as compareRank has it.
func (s *scratch) best() []*record {
	if s.several {
		slices.SortFunc(s.matches, func(a, b scored) int {
			return cmp.Or(cmp.Compare(b.score, a.score), compareRank(a.record, b.record, a.rank, b.rank))
		})
	}
	out := make([]*record, 0, min(s.limit, len(s.matches)))
	for _, m := range s.matches[:min(s.limit, len(s.matches))] {
		out = append(out, m.record)
	}
	clear(s.matches) // hold on to no record
	return out
}
