package words

// Found says how well a term is found: in the name before anywhere else, a whole
// word before the beginning of one.
type Found uint8

// From the worst to the best. Elsewhere is a folder's name or the tags.
const (
	Nowhere Found = iota
	ElsewhereBegin
	ElsewhereWhole
	NameBegin
	NameWhole
)

// points are worth more than any order of words, so that two whole words the
// wrong way round come before one of them and the beginning of the other.
var points = [...]int{ElsewhereWhole: 1, NameBegin: 6, NameWhole: 9}

const (
	pointsAdjacent = 2 // two terms follow each other in the name as in the query
	pointsInOrder  = 1 // there is something between them
)

// ScoreMax is more than any expression scores.
const ScoreMax = MaxTerms*9 + MaxTerms*pointsAdjacent + 1

// Place is where a term is found best: of all places that are equally good the
// first. First and Last are the words of the name, from 0, that it covers;
// outside the name they say nothing.
type Place struct {
	Found       Found
	First, Last int
}

// Tally adds up what the places of an expression's terms are worth, given in the
// order of the terms.
type Tally struct {
	Score  int
	inName bool // the term before is
	last   int
}

// Add counts one term.
func (t *Tally) Add(p Place) {
	t.Score += points[p.Found]
	inName := p.Found >= NameBegin
	if t.inName && inName {
		switch {
		case p.First == t.last+1:
			t.Score += pointsAdjacent
		case p.First > t.last:
			t.Score += pointsInOrder
		}
	}
	t.inName, t.last = inName, p.Last
}

// Score ranks matches: whole words of the name, beginnings of words of the name,
// whole words elsewhere, other finds; then words in the order of the query. What
// is equal by Score is ranked by the fewest other words in the name: see
// Text.NameWords.
func (e Expr) Score(t *Text) int {
	var tally Tally
	for _, term := range e.terms {
		tally.Add(term.place(t))
	}
	return tally.Score
}

func (term Term) place(t *Text) Place {
	n, best := len(term.Words), Place{}
	for i := t.name; i+n <= t.tags && best.Found < NameWhole; i++ {
		if found := term.found(t, i, NameBegin); found > best.Found {
			best = Place{found, i - t.name, i - t.name + n - 1}
		}
	}
	if best.Found == Nowhere {
		best.Found = max(term.elsewhere(t, 0, t.tags), term.elsewhere(t, t.tags, len(t.spans)))
	}
	return best
}

func (term Term) elsewhere(t *Text, lo, hi int) Found {
	best := Nowhere
	for i := lo; i+len(term.Words) <= hi && best < ElsewhereWhole; i++ {
		best = max(best, term.found(t, i, ElsewhereBegin))
	}
	return best
}

// found is begin, or one better when the last word is a whole one.
func (term Term) found(t *Text, i int, begin Found) Found {
	if !term.at(t, i) {
		return Nowhere
	}
	if last := len(term.Words) - 1; string(t.word(i+last)) == term.Words[last] {
		return begin + 1
	}
	return begin
}
