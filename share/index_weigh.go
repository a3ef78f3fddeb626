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
	s.touch(v)
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

// touch looks at the texts that will be read soon, so that memory brings them all
// at once and not one after the other.
func (s *scratch) touch(v *view) {
	for _, i := range s.order[:min(len(s.order), s.limit, touchMax)] {
		c := &s.found[i]
		if s.read || c.read || !s.sure(c) {
			if path := v.records[c.doc].path; path != "" {
				s.touched ^= path[0]
			}
		}
	}
}

const touchMax = 128

// score adds up what the marks tell; sure when that is all there is to tell.
func (s *scratch) score(c *candidate) (score int, sure bool) {
	var tally words.Tally
	for _, m := range c.marks[:s.terms] {
		spot, _ := m.spot()
		tally.Add(spot)
	}
	return tally.Score, s.sure(c)
}

// sure says that the places of a candidate's words are known where they matter:
// where the term before or behind is in the name as well. That a word is in the
// name at all is known, but not what blurred bitmaps say of a single one.
func (s *scratch) sure(c *candidate) bool {
	inName, known := false, true
	for i, m := range c.marks[:s.terms] {
		spot, here := m.spot()
		if s.blurred && !here {
			return false
		}
		now := spot.Found >= words.NameBegin
		if i > 0 && now && inName && !(here && known) {
			return false
		}
		inName, known = now, here
	}
	return true
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
