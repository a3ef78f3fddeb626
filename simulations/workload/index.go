package workload

import (
	"bytes"
	"math"
	"slices"
	"sort"

	"starling/share/words"
)

// index knows which files hold a token, as words.Text yields them.
type index struct {
	text  []byte   // the distinct tokens in ascending order
	ends  []uint32 // where each ends in text
	files rows     // by token, ascending
	seen  []uint8  // by file: how many lookups hold so far; all 0 between searches
}

// tokenBytesMax bounds the text of the distinct tokens, for their offsets.
const tokenBytesMax = math.MaxInt32

// newIndex is not ok when the tokens are too many to be numbered.
func newIndex(files []File) (x index, ok bool) {
	numbers := make(map[string]int32)
	var tokens []string
	used := rows{off: make([]uint32, 1, len(files)+1)} // tokens by file
	var t words.Text
	size := 0
	for i := range files {
		t.Set(files[i].Path)
		from := len(used.to)
		t.EachToken(func(_ int, token []byte) {
			n, known := numbers[string(token)]
			if !known {
				n = int32(len(tokens))
				tokens = append(tokens, string(token))
				numbers[tokens[n]] = n
				size += len(token)
			}
			if !slices.Contains(used.to[from:], n) {
				used.to = append(used.to, n)
			}
		})
		used.off = append(used.off, uint32(len(used.to)))
		if len(used.to) >= copiesMax || size >= tokenBytesMax {
			return index{}, false
		}
	}
	x.sort(tokens, numbers, size)
	for i, n := range used.to {
		used.to[i] = numbers[tokens[n]]
	}
	x.files = used.transpose(len(tokens))
	x.seen = make([]uint8, len(files))
	return x, true
}

// sort lays out the tokens in ascending order and renumbers them so.
func (x *index) sort(tokens []string, numbers map[string]int32, size int) {
	sorted := slices.Clone(tokens)
	slices.Sort(sorted)
	x.text = make([]byte, 0, size)
	x.ends = make([]uint32, len(sorted))
	for i, token := range sorted {
		numbers[token] = int32(i)
		x.text = append(x.text, token...)
		x.ends[i] = uint32(len(x.text))
	}
}

func (x *index) token(i int) []byte {
	if i == 0 {
		return x.text[:x.ends[0]]
	}
	return x.text[x.ends[i-1]:x.ends[i]]
}

// find gives the files of all tokens that fulfil a lookup, repeats included.
func (x *index) find(l words.Lookup) []int32 {
	want := []byte(l.Text)
	n := len(x.ends)
	lo := sort.Search(n, func(i int) bool { return bytes.Compare(x.token(i), want) >= 0 })
	hi := lo
	if l.Prefix {
		hi += sort.Search(n-lo, func(i int) bool { return !bytes.HasPrefix(x.token(lo+i), want) })
	} else if lo < n && bytes.Equal(x.token(lo), want) {
		hi++
	}
	return x.files.to[x.files.off[lo]:x.files.off[hi]]
}

// all gives the files that fulfil every lookup, ascending; every file when
// there are no lookups. It costs some nanoseconds for each posting of each.
func (x *index) all(lookups []words.Lookup) []int32 {
	if len(lookups) == 0 {
		out := make([]int32, len(x.seen))
		for i := range out {
			out[i] = int32(i)
		}
		return out
	}
	found := make([][]int32, len(lookups))
	for i, l := range lookups {
		found[i] = x.find(l)
	}
	slices.SortStableFunc(found, func(a, b []int32) int { return len(a) - len(b) })
	for i, files := range found {
		for _, f := range files {
			if x.seen[f] == uint8(i) {
				x.seen[f]++
			}
		}
	}
	var out []int32
	for _, f := range found[0] {
		if x.seen[f] == uint8(len(found)) {
			out = append(out, f)
		}
		x.seen[f] = 0
	}
	slices.Sort(out)
	return out
}
