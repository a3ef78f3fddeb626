package workload

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"starling/query"
	"starling/share/words"
)

// Question is a query, and what a search that found everything would find.
type Question struct {
	Query    *query.Query
	File     int32   // the file that is wanted; it is one of Matching
	Matching []int32 // numbers of the files that match, ascending
	Holders  []int32 // nodes that held any of them when the question was made, ascending
}

// wordBytesMax is the longest word that is typed.
const wordBytesMax = 40

// Ask draws the next question: a file by its popularity, and 1 to 3 words of its
// name (two in five queries have one, two in five two), at times with a filter.
// The nonce of the query comes from rng.
func (c *Catalogue) Ask(rng *rand.Rand) Question {
	from, to := c.filesOf(c.byRank[c.popular.draw(rng)])
	file := from + rng.Int32N(to-from)
	return c.ask(file, c.expression(file, rng), rng)
}

// AskFor asks for what an expression says. File is then the first of Matching,
// or -1 if nothing matches. It errs where words.Parse does.
func (c *Catalogue) AskFor(expression string, rng *rand.Rand) (Question, error) {
	e, err := words.Parse(expression)
	if err != nil {
		return Question{}, fmt.Errorf("ask for %q: %w", expression, err)
	}
	return c.ask(-1, e, rng), nil
}

// ask makes the question. An expression that was parsed is short enough for a
// query, so making one cannot fail.
func (c *Catalogue) ask(file int32, e words.Expr, rng *rand.Rand) Question {
	var nonce [16]byte
	binary.LittleEndian.PutUint64(nonce[:8], rng.Uint64())
	binary.LittleEndian.PutUint64(nonce[8:], rng.Uint64())
	q, err := query.NewQuery(e, 0, !c.opts.NoEcho, nonce)
	if err != nil {
		panic(err)
	}
	matching := c.match(e)
	if file < 0 && len(matching) > 0 {
		file = matching[0]
	}
	placed := c.holdersPlaced(matching)
	c.remember(q, matching, placed)
	return Question{Query: q, File: file, Matching: matching, Holders: c.holdersNow(matching, placed)}
}

// expression is what a user types who wants a file: words of its name, else of
// its path, else its content id. The file always matches it.
func (c *Catalogue) expression(file int32, rng *rand.Rand) words.Expr {
	f := c.files[file]
	typed := chooseWords(typeable(f.Name()), rng)
	if len(typed) == 0 {
		typed = chooseWords(typeable(f.Path), rng)
	}
	plain := strings.Join(typed, " ")
	if rng.Float64() < c.opts.FilterShare {
		if e, err := words.Parse(plain + c.filter(file, rng)); err == nil && c.matches(e, file) {
			return e
		}
	}
	if e, err := words.Parse(plain); err == nil && c.matches(e, file) {
		return e
	}
	id := c.ID(file)
	e, err := words.Parse("id:" + hex.EncodeToString(id[:]))
	if err != nil {
		panic(err) // 64 hexadecimal digits
	}
	return e
}

// filter narrows a query to the type or the extension of the file.
func (c *Catalogue) filter(file int32, rng *rand.Rand) string {
	if t := c.types[file]; t != words.Any && rng.IntN(2) == 0 {
		return " type:" + t.String()
	}
	return " ext:" + words.Extension(c.files[file].Name())
}

// typeable gives the distinct words of a text that a user would type: not the
// extension, and nothing very short or long, as long as others are left.
func typeable(text string) []string {
	ext := words.Extension(text)
	all := words.Words(text)
	var good, fair []string
	for i, w := range all {
		if len(w) > wordBytesMax || slices.Contains(fair, w) {
			continue
		}
		fair = append(fair, w)
		if len(w) >= 3 && (i < len(all)-1 || w != ext) {
			good = append(good, w)
		}
	}
	if len(good) > 0 {
		return good
	}
	return fair
}

// chooseWords picks one to three of them, in their order.
func chooseWords(all []string, rng *rand.Rand) []string {
	count := 1
	if share := rng.IntN(10); share >= 8 {
		count = 3
	} else if share >= 4 {
		count = 2
	}
	var out []string
	some(count, len(all), rng, func(i int) { out = append(out, all[i]) })
	return out
}
