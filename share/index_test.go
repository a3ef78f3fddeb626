package share

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"starling/share/content"
	"starling/share/words"
)

func mustParse(t testing.TB, s string) words.Expr {
	t.Helper()
	e, err := words.Parse(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return e
}

// nameRecord is a record with nothing on any disk.
func nameRecord(path string, sizeBytes int64) *record {
	return &record{
		path: path, raw: path, id: content.Sum([]byte(path)), typ: words.TypeOf(path), searchable: true,
		stat: fileStat{size: sizeBytes},
	}
}

// indexModel is an index beside the plain set of what should be in it.
type indexModel struct {
	ix   *index
	live map[*record]bool
}

func newIndexModel() *indexModel { return newTunedModel(defaultTuning) }

func newTunedModel(t tuning) *indexModel {
	return &indexModel{ix: newTunedIndex(t), live: make(map[*record]bool)}
}

func (m *indexModel) apply(add, remove []*record) {
	m.ix.apply(slices.Clone(add), remove)
	for _, r := range remove {
		delete(m.live, r)
	}
	for _, r := range add {
		m.live[r] = true
	}
}

// check holds a search against a linear scan by the reference matcher, and its
// order against the reference score.
func (m *indexModel) check(t interface{ Fatalf(string, ...any) }, e words.Expr) {
	want := make(map[*record]bool)
	for r := range m.live {
		if e.Match(r.document()) {
			want[r] = true
		}
	}
	got := m.ix.search(e, exhaustive)
	for i, r := range got {
		if !want[r] {
			t.Fatalf("%s finds %q, which does not match, is gone, or was found twice", e, r.path)
		}
		if delete(want, r); i > 0 && compareMatches(e, got[i-1], r) > 0 {
			t.Fatalf("%s ranks %q %q before %q %q", e, got[i-1].path, got[i-1].tags, r.path, r.tags)
		}
	}
	for r := range want {
		t.Fatalf("%s misses %q %q", e, r.path, r.tags)
	}
	for _, limit := range []int{1, 3, 100} {
		some := m.ix.search(e, limit)
		if len(some) != min(limit, len(got)) {
			t.Fatalf("%s: %d of %d found with limit %d", e, len(some), len(got), limit)
		}
		for i, r := range some {
			if !e.Match(r.document()) {
				t.Fatalf("%s finds %q with limit %d", e, r.path, limit)
			}
			if len(got) <= limit+spareMatches && r != got[i] && compareMatches(e, got[i], r) != 0 {
				t.Fatalf("%s ranks %q at %d with limit %d, %q without", e, r.path, i, limit, got[i].path)
			}
		}
	}
}

// compareMatches is the reference of ranking.
func compareMatches(e words.Expr, a, b *record) int {
	judge := func(r *record) (score int, rank uint8) {
		var t words.Text
		t.SetDoc(r.path, r.tags)
		return e.Score(&t), rankOf(r, t.NameWords())
	}
	scoreA, rankA := judge(a)
	scoreB, rankB := judge(b)
	return cmp.Or(scoreB-scoreA, compareRank(a, b, rankA, rankB))
}

var pathParts = []string{"abbey", "Abbey", "road", "live", "1080p", "s01e02", "x86_64", "日本語", "テスト", "본", "Café", "a", "ab", "abc",
	"straße", "24.04", "D.M.X", "wu-tang", "mp3", "the", "of", "3", "p"}

func drawPath(t *rapid.T) string {
	part := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pathParts), 1, 3).Draw(t, "words"), rapid.SampledFrom([]string{" ", "-", "", "_"}).Draw(t, "by"))
	})
	return strings.Join(rapid.SliceOfN(part, 1, 3).Draw(t, "path"), "/") + rapid.SampledFrom([]string{"", ".mp3", ".tar.gz", ".gz", ".MKV", ".txt"}).Draw(t, "ext")
}

func drawExpr(t *rapid.T) (e words.Expr, ok bool) {
	text := rapid.Custom(func(t *rapid.T) string {
		r := []rune(rapid.SampledFrom(pathParts).Draw(t, "word"))
		return string(r[:rapid.IntRange(1, len(r)).Draw(t, "prefix")])
	})
	part := rapid.OneOf(text, text, rapid.Map(text, func(s string) string { return "-" + s }),
		rapid.Map(text, func(s string) string { return `"` + s + `"` }),
		rapid.Custom(func(t *rapid.T) string { return `"` + text.Draw(t, "a") + " " + text.Draw(t, "b") + `"` }),
		rapid.Custom(func(t *rapid.T) string { return text.Draw(t, "a") + "-" + text.Draw(t, "b") }),
		rapid.SampledFrom([]string{"ext:mp3", "ext:tar.gz", "ext:gz", "-ext:txt", "-ext:tar.gz", "ext:mp3 ext:txt", "type:audio", "-type:video", "size:>500", "size:100-700", "ext:mkv"}))
	e, err := words.Parse(strings.Join(rapid.SliceOfN(part, 1, 4).Draw(t, "expression"), " "))
	return e, err == nil
}

// Whatever is added and removed in whatever order, a search finds exactly what
// a linear scan finds, also when nearly everything counts as very much.
func TestIndexAgreesWithLinearScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newTunedModel(tuning{
			lightMin:  rapid.SampledFrom([]int{2, 8, 1 << 14}).Draw(t, "light"),
			narrowMax: rapid.SampledFrom([]int{0, 3, 1 << 11}).Draw(t, "narrow"),
			effortMax: 600_000,
		})
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			var add, remove []*record
			for range rapid.IntRange(0, 12).Draw(t, "add") {
				r := nameRecord(drawPath(t), rapid.Int64Range(0, 1000).Draw(t, "size"))
				r.tags = strings.Join(rapid.SliceOfN(rapid.SampledFrom(pathParts), 0, 3).Draw(t, "tags"), " · ")
				add = append(add, r)
			}
			for r := range m.live {
				if rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
					remove = append(remove, r)
				}
			}
			m.apply(add, remove)
			if rapid.Bool().Draw(t, "compact") {
				m.ix.compact()
			}
			if m.ix.len() != len(m.live) {
				t.Fatalf("the index holds %d, not %d", m.ix.len(), len(m.live))
			}
			for range 3 {
				if e, ok := drawExpr(t); ok {
					m.check(t, e)
				}
			}
		}
	})
}

// A word may stand in a name several times, at first only as the end of another.
func TestIndexKnowsWhereWordsStand(t *testing.T) {
	for _, tuned := range []tuning{defaultTuning, {lightMin: 1, narrowMax: 0, effortMax: 600_000}} {
		m := newTunedModel(tuned)
		for _, path := range []string{"mp3 1 3.txt", "1 x 3.txt", "3 1 x.txt", "1/x 3 y.txt", "3/x mp3 1.txt", "x/1 1 3.txt", "1 x mp3", "1 mp3", "x mp3 y 1 3.txt", "1 x y z 3.txt", "x.gz", "x.tar.gz"} {
			m.apply([]*record{nameRecord(path, 1)}, nil)
		}
		for _, query := range []string{"1 3", "3 1", "1 x", `"3" 1`, "1 mp", "1 m 3", `"3"`, `1 -"3"`, "t 1", "x t", "x -ext:tar.gz", "x -ext:gz", "ext:tar.gz"} {
			m.check(t, mustParse(t, query))
		}
		m.ix.compact()
		m.check(t, mustParse(t, "1 3"))
	}
}

// A rare word beside words that nearly all files hold: those are asked of bitmaps
// when few of the rare ones are wanted, and must be told apart all the same.
func TestIndexAsksBitmaps(t *testing.T) {
	m := newTunedModel(tuning{lightMin: 64, narrowMax: 1 << 11, effortMax: 600_000})
	patterns := []string{"common%d x.txt", "x common %d.txt", "common/x %d.txt", "7common x%d.txt", "7common/common%d.txt", "x c%d.txt"}
	var add []*record
	for i := range 4000 {
		add = append(add, nameRecord(fmt.Sprintf("%d/", i)+fmt.Sprintf(patterns[i%6], i%97), int64(i)))
	}
	for i := range 14 {
		add = append(add, nameRecord(fmt.Sprintf("common/rare common%d.txt", i), 1), nameRecord(fmt.Sprintf("rare 7common %d.txt", i), 1),
			nameRecord(fmt.Sprintf("7common/only %d.txt", i), 1), nameRecord(fmt.Sprintf("7common/only x%d.txt", i), 1), nameRecord(fmt.Sprintf("commons/deep %d.txt", i), 1))
	}
	for i := range 12 {
		add = append(add, nameRecord(fmt.Sprintf("common/x/deep %d.txt", i), 1), nameRecord(fmt.Sprintf("c/long folder/%d.zip", i), 1),
			nameRecord(fmt.Sprintf("x/cat %d more than others.zip", i), 1))
	}
	m.apply(add, nil)
	for _, query := range []string{"rare common", `rare "common"`, "rar com", "rare c", `only "common"`, "only common", "deep common", "c ext:zip",
		`rare -"common"`, "common -rare size:<200"} {
		m.check(t, mustParse(t, query))
	}
}

func TestIndexKeepsFewSegments(t *testing.T) {
	m := newIndexModel()
	rng := rand.New(rand.NewPCG(1, 2))
	var all []*record
	for i := range 3000 {
		r := nameRecord(fmt.Sprintf("folder%d/file %d.txt", i%7, i), 1)
		all = append(all, r)
		var remove []*record
		if i%3 == 0 {
			remove = append(remove, all[rng.IntN(len(all))])
		}
		m.apply([]*record{r}, remove)
		if n := len(m.ix.current.Load().views); n > 8 {
			t.Fatalf("%d segments for %d files", n, i+1)
		}
	}
	m.check(t, mustParse(t, "folder3 -1500 ext:txt"))
	m.check(t, mustParse(t, "file 2"))
	for r := range m.live {
		m.apply(nil, []*record{r})
	}
	if n := len(m.ix.current.Load().views); n != 0 {
		t.Errorf("%d segments hold nothing", n)
	}
}

func TestIndexIgnoresWhatItHasOrHasNot(t *testing.T) {
	m := newIndexModel()
	r, stranger := nameRecord("a b.txt", 1), nameRecord("a c.txt", 1)
	m.apply([]*record{r}, []*record{stranger})
	m.ix.apply([]*record{r}, nil)
	m.check(t, mustParse(t, "a"))
	m.apply(nil, []*record{r, r})
	m.check(t, mustParse(t, "a"))
	if m.ix.len() != 0 {
		t.Errorf("%d files left", m.ix.len())
	}
	m.apply([]*record{r}, nil) // it comes back
	m.check(t, mustParse(t, "a"))
}

func TestSearchRanking(t *testing.T) {
	m := newIndexModel()
	order := []string{"x/abbey road.mp3", "x/z/abbey road.mp3", "x/abbey roads.mp3", "road/abbey.mp3", "abbey/roads/1.mp3"}
	for i := len(order) - 1; i >= 0; i-- {
		m.apply([]*record{nameRecord(order[i], 1)}, nil)
	}
	m.ix.compact()
	for _, query := range []string{"abbey road", "road abbey", "abbey road -nothing"} {
		var got []string
		for _, r := range m.ix.search(mustParse(t, query), 10) {
			got = append(got, r.path)
		}
		if !slices.Equal(got, order) {
			t.Errorf("%s ranks %q", query, got)
		}
	}
}

// Searches go on while files come and go; each sees some state that was.
func TestSearchDuringUpdates(t *testing.T) {
	m := newIndexModel()
	always := nameRecord("always here.txt", 1)
	base := []*record{always}
	for i := range 1000 {
		base = append(base, nameRecord(fmt.Sprintf("base/file %d.txt", i), 1))
	}
	m.apply(base, nil)
	stop := make(chan struct{})
	var searchers sync.WaitGroup
	for _, query := range []string{"always", "here -nothing", "file", `"file 7"`, "ext:txt size:<5", "a"} {
		e := mustParse(t, query)
		wanted := e.Match(always.document())
		searchers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				got := m.ix.search(e, exhaustive)
				if slices.Contains(got, always) != wanted {
					t.Errorf("%s: always there is %v", e, !wanted)
					return
				}
				for _, r := range got {
					if !e.Match(r.document()) {
						t.Errorf("%s finds %s", e, r.path)
						return
					}
				}
			}
		})
	}
	var batch []*record
	for i := range 300 {
		next := []*record{nameRecord(fmt.Sprintf("d%d/file %d.txt", i%5, i), 1), nameRecord(fmt.Sprintf("a%d.txt", i), 9)}
		m.apply(next, append(batch, base[i+1]))
		if i%100 == 99 {
			m.ix.compact()
		}
		batch = next
	}
	close(stop)
	searchers.Wait()
}
