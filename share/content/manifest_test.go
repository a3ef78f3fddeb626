package content_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"starling/share/content"
)

// groupOf gives the bytes of group g.
func groupOf(m *content.Manifest, data []byte, g int) []byte {
	off, n := m.Span(g)
	return data[off : off+n]
}

func TestVerifyGroupTakesEveryGroup(t *testing.T) {
	for _, n := range edgeSizes() {
		data := randomBytes(n)
		_, m := mustHash(t, data)
		for g := range m.Groups() {
			if err := m.VerifyGroup(g, groupOf(m, data, g)); err != nil {
				t.Errorf("%d bytes: %v", n, err)
			}
		}
	}
}

func TestVerifyGroupRefusesOneWrongBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := randomBytes(rapid.SampledFrom(edgeSizes()).Filter(func(n int) bool { return n > 0 }).Draw(t, "size"))
		_, m, err := content.Hash(readerOf(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(0, len(data)-1).Draw(t, "byte")
		data[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		g := at / group
		if err := m.VerifyGroup(g, groupOf(m, data, g)); !errors.Is(err, content.ErrBadGroup) {
			t.Fatalf("byte %d of %d altered, group %d: %v", at, len(data), g, err)
		}
	})
}

func TestVerifyGroupRefusesOtherBytes(t *testing.T) {
	data := randomBytes(3*group + 100)
	_, m := mustHash(t, data)
	zeros := make([]byte, group)
	for name, c := range map[string]struct {
		g    int
		data []byte
	}{
		"another group":     {0, groupOf(m, data, 1)},
		"short":             {0, data[:group-1]},
		"long":              {0, data[:group+1]},
		"nothing":           {1, nil},
		"zeros":             {2, zeros},
		"last group padded": {3, zeros},
		"last group short":  {3, groupOf(m, data, 3)[:99]},
		"no such group":     {4, data[:group]},
		"negative group":    {-1, data[:group]},
	} {
		if err := m.VerifyGroup(c.g, c.data); !errors.Is(err, content.ErrBadGroup) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Equal bytes at two places have different values: a group proves its place.
func TestVerifyGroupKnowsItsPlace(t *testing.T) {
	data := make([]byte, 2*group)
	_, m := mustHash(t, data)
	if m.CVs[0] == m.CVs[1] {
		t.Fatal("two groups of zeros have one value")
	}
	m.CVs[0], m.CVs[1] = m.CVs[1], m.CVs[0]
	if err := m.VerifyGroup(0, data[:group]); !errors.Is(err, content.ErrBadGroup) {
		t.Errorf("group 0 against the value of group 1: %v", err)
	}
}

func TestVerifyGroupAllocatesNothing(t *testing.T) {
	data := randomBytes(2*group + 5*kib + 3)
	_, m := mustHash(t, data)
	for g := range m.Groups() {
		part := groupOf(m, data, g)
		if n := testing.AllocsPerRun(20, func() { _ = m.VerifyGroup(g, part) }); n != 0 {
			t.Errorf("group %d of %d bytes: %v allocations", g, len(part), n)
		}
	}
}

func TestProveRefusesAlteredManifests(t *testing.T) {
	id, m := mustHash(t, randomBytes(5*group-1))
	for name, alter := range map[string]func(*content.Manifest){
		"a bit":          func(m *content.Manifest) { m.CVs[4][31] ^= 128 },
		"swapped":        func(m *content.Manifest) { m.CVs[0], m.CVs[1] = m.CVs[1], m.CVs[0] },
		"one missing":    func(m *content.Manifest) { m.CVs = m.CVs[:4] },
		"one more":       func(m *content.Manifest) { m.CVs = append(m.CVs, content.CV{}) },
		"none":           func(m *content.Manifest) { m.CVs = nil },
		"another layout": func(m *content.Manifest) { m.Layout = content.LayoutOf(4 * group) },
		"smaller groups": func(m *content.Manifest) { m.GroupLog-- },
		"negative size":  func(m *content.Manifest) { m.SizeBytes = -1 },
	} {
		bad := &content.Manifest{Layout: m.Layout, CVs: slices.Clone(m.CVs)}
		alter(bad)
		if err := bad.Prove(id); !errors.Is(err, content.ErrBadManifest) && !errors.Is(err, content.ErrBadLayout) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, at := range []int{0, 15, 31} {
		other := id
		other[at] ^= 1
		if err := m.Prove(other); !errors.Is(err, content.ErrBadManifest) {
			t.Errorf("an id that differs in byte %d: %v", at, err)
		}
	}
}

// A liar halves the size and passes inner nodes for groups. The values merge to
// the id, so only the last group can, and does, give the lie away.
func TestTheLastGroupProvesTheSize(t *testing.T) {
	data := randomBytes(4 * group)
	id, honest := mustHash(t, data)
	left := content.Manifest{Layout: content.LayoutOf(2 * group), CVs: honest.CVs[:2]}
	lie := &content.Manifest{
		Layout: content.LayoutOf(2 * group),
		CVs:    []content.CV{innerNode(left.CVs[0], left.CVs[1]), innerNode(honest.CVs[2], honest.CVs[3])},
	}
	if err := lie.Prove(id); err != nil {
		t.Fatalf("the lie is not a good one: %v", err)
	}
	for _, from := range []int{0, group, 2 * group, 3 * group} {
		if err := lie.VerifyGroup(1, data[from:from+group]); !errors.Is(err, content.ErrBadGroup) {
			t.Errorf("bytes from %d passed for the last group: %v", from, err)
		}
	}

	for _, claimed := range []int64{4*group - 1, 3*group + 1} {
		lie := &content.Manifest{Layout: content.LayoutOf(claimed), CVs: honest.CVs}
		if err := lie.Prove(id); err != nil {
			t.Fatalf("size %d with as many groups: %v", claimed, err)
		}
		if err := lie.VerifyGroup(3, groupOf(lie, data, 3)); !errors.Is(err, content.ErrBadGroup) {
			t.Errorf("size %d passed: %v", claimed, err)
		}
	}
}

func TestOneGroupNeedsNoExchange(t *testing.T) {
	for _, n := range []int{0, 1, 1024, 1025, group} {
		data := randomBytes(n)
		id, _ := mustHash(t, data)
		m, ok := content.OneGroup(id, int64(n))
		if !ok || m.Prove(id) != nil || m.VerifyGroup(0, data) != nil {
			t.Errorf("%d bytes: %v", n, ok)
		}
	}
	for _, n := range []int64{-1, group + 1, content.MaxSizeBytes + 1} {
		if _, ok := content.OneGroup(content.ID{}, n); ok {
			t.Errorf("%d bytes pass for one group", n)
		}
	}
}

// A whole file of one group must not pass for a group of a larger one, nor the
// other way round: the root is marked.
func TestTheRootIsMarked(t *testing.T) {
	data := randomBytes(2 * group)
	_, whole := mustHash(t, data[:group])
	_, m := mustHash(t, data)
	if whole.CVs[0] == m.CVs[0] {
		t.Error("the first group's value is the id of its bytes")
	}
}

func TestManifestBytes(t *testing.T) {
	for _, n := range edgeSizes() {
		id, m := mustHash(t, randomBytes(n))
		flat := m.AppendCVs([]byte("before"))
		back, err := content.ParseManifest(int64(n), flat[len("before"):])
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if err := back.Prove(id); err != nil || !slices.Equal(back.CVs, m.CVs) {
			t.Errorf("%d bytes came back otherwise: %v", n, err)
		}
	}
}

func TestParseManifestRefuses(t *testing.T) {
	for _, c := range []struct {
		size  int64
		bytes int
		want  error
	}{
		{group, 0, content.ErrBadManifest},
		{group, 31, content.ErrBadManifest},
		{group, 33, content.ErrBadManifest},
		{group, 64, content.ErrBadManifest},
		{2 * group, 32, content.ErrBadManifest},
		{content.MaxSizeBytes, 32, content.ErrBadManifest},
		{-1, 32, content.ErrBadLayout},
		{content.MaxSizeBytes + 1, 32, content.ErrBadLayout},
	} {
		if _, err := content.ParseManifest(c.size, make([]byte, c.bytes)); !errors.Is(err, c.want) {
			t.Errorf("size %d, %d bytes: %v", c.size, c.bytes, err)
		}
	}
}

func FuzzParseManifest(f *testing.F) {
	_, m, _ := content.Hash(readerOf(randomBytes(group+1)), group+1)
	f.Add(int64(group+1), m.AppendCVs(nil))
	f.Add(int64(0), make([]byte, 32))
	f.Add(int64(1)<<40, make([]byte, 512<<10))
	f.Fuzz(func(t *testing.T, size int64, b []byte) {
		m, err := content.ParseManifest(size, b)
		if err != nil {
			return
		}
		if string(m.AppendCVs(nil)) != string(b) {
			t.Error("other bytes came back")
		}
		if err := m.Prove(m.Root()); err != nil {
			t.Errorf("not proven against its own root: %v", err)
		}
		short := m.VerifyGroup(m.Groups()-1, b[:1])
		if size != 1 && !errors.Is(short, content.ErrBadGroup) {
			t.Errorf("a group of one byte passed in a file of %d: %v", size, short)
		}
	})
}
