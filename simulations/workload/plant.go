package workload

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"starling/query"
	"starling/share/content"
	"starling/share/words"
)

// Item is a file that was planted: one word finds it and nothing else.
type Item struct {
	File    int32
	Word    string
	Share   float64 // of the nodes it was planted on, as asked for
	Holders []int32 // the nodes it was planted on, ascending
	expr    words.Expr
}

// plantedMax bounds the items, which every new query is matched with one by one.
const plantedMax = 1000

// itemSizeBytes is the size of a planted file.
const itemSizeBytes = 1 << 20

// Plant makes one item for each share, from 0 to 1, with copies on that share of
// nodes, the nearest whole number and at least one, each on another node and all
// choices alike. These are the rare items that search is measured by. nodes must
// be distinct; nil means all that New placed files on. Questions made before do
// not list the items.
func (c *Catalogue) Plant(shares []float64, nodes []uint32, rng *rand.Rand) ([]Item, error) {
	among := len(nodes)
	if nodes == nil {
		among = c.opts.Nodes
	}
	if among == 0 {
		return nil, errors.New("no nodes to plant items on: give at least one")
	}
	if len(c.planted)+len(shares) > plantedMax {
		return nil, fmt.Errorf("%d items planted: no more than %d are possible", len(c.planted)+len(shares), plantedMax)
	}
	for _, share := range shares {
		if !(share >= 0 && share <= 1) {
			return nil, fmt.Errorf("an item on a share of %g of the nodes: give one from 0 to 1, such as 0.001", share)
		}
	}
	if err := checkNodes(nodes); err != nil {
		return nil, err
	}
	items := make([]Item, 0, len(shares))
	for _, share := range shares {
		item := Item{Share: share}
		some(max(1, int(math.Round(share*float64(among)))), among, rng, func(i int) {
			if nodes != nil {
				i = int(nodes[i])
			}
			item.Holders = append(item.Holders, int32(i))
		})
		slices.Sort(item.Holders)
		c.plant(&item, rng)
		items = append(items, item)
	}
	c.memo = newMemo(c.opts.MemoBytes)
	return items, nil
}

func checkNodes(nodes []uint32) error {
	sorted := slices.Clone(nodes)
	slices.Sort(sorted)
	for i, node := range sorted {
		if node >= nodesMax {
			return fmt.Errorf("an item on node %d: nodes have numbers below %d", node, nodesMax)
		}
		if i > 0 && node == sorted[i-1] {
			return fmt.Errorf("an item on node %d: it is named twice, and can hold one copy only", node)
		}
	}
	return nil
}

// AskItem asks for a planted item by its word.
func (c *Catalogue) AskItem(item Item, rng *rand.Rand) Question {
	return c.ask(item.File, item.expr, rng)
}

// plant adds the file of an item, as a collection of its own, to its holders.
func (c *Catalogue) plant(item *Item, rng *rand.Rand) {
	item.Word, item.expr = c.newWord(rng)
	item.File = int32(len(c.files))
	collection := int32(c.placed + len(c.planted))
	c.files = append(c.files, File{Path: item.Word, SizeBytes: itemSizeBytes})
	c.types = append(c.types, words.Any)
	if c.of != nil {
		c.of = append(c.of, collection)
		c.starts = append(c.starts, int32(len(c.files)))
	}
	c.planted = append(c.planted, *item)
	for _, node := range item.Holders {
		held := c.heldBy(int(node))
		c.moved.set(int(node), append(held[:len(held):len(held)], collection))
	}
}

// newWord is a word that no name has, nor begins with: letters by chance, as many
// in each, so that none is the beginning of another.
func (c *Catalogue) newWord(rng *rand.Rand) (string, words.Expr) {
	for {
		letters := make([]byte, 12)
		for i := range letters {
			letters[i] = 'a' + byte(rng.IntN(26))
		}
		word := string(letters)
		e, err := words.Parse(word)
		if err == nil && len(c.match(e)) == 0 {
			return word, e
		}
	}
}

// Spam is what a liar answers to anything: 1 to 5 entries with invented names
// that have nothing to do with the query, of contents that nobody holds.
func (c *Catalogue) Spam(rng *rand.Rand) []query.Entry {
	out := make([]query.Entry, 1+rng.IntN(5))
	for i := range out {
		name := inventWord(3, rng) + " " + inventWord(3, rng) + spamEndings[rng.IntN(len(spamEndings))]
		var id content.ID
		for b := range id {
			id[b] = byte(rng.Uint32())
		}
		t := words.TypeOf(name)
		out[i] = query.Entry{Name: name, SizeBytes: sizeOf(t, rng), ID: id, Type: t, HeldGroups: 1, Groups: 1}
	}
	return out
}

var spamEndings = [...]string{".exe", ".zip", ".mp3", ".wmv", ".pdf"}
