package share

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestChoicesSurviveDamage(t *testing.T) {
	state, dir, _, id := fullState(t)
	names := []string{"roots.json", "adopted.jsonl"}
	sound := make(map[string][]byte)
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(state, name))
		must(t, err)
		sound[name] = b
	}
	check := func(what string) {
		t.Helper()
		s := openShop(t, state, dir)
		defer s.stop()
		s.rescan()
		if roots := s.Roots(); len(roots) != 1 || roots[0].Path != dir || roots[0].Files != 408 {
			t.Errorf("%s: Roots = %+v, notices %q", what, s.Roots(), s.Notices())
		}
		s.read(id)
		if s.Stats().HashedBytes > 0 {
			t.Errorf("%s: files were read again", what)
		}
	}
	for _, name := range names {
		for seed := range 60 {
			what, spoilt := damage(uint64(seed), sound[name])
			must(t, os.WriteFile(filepath.Join(state, name), spoilt, 0o600))
			check(name + ": " + what)
		}
		must(t, os.Remove(filepath.Join(state, name)))
		check(name + " is gone")
		must(t, os.WriteFile(filepath.Join(state, name), sound[name], 0o600))
	}
	removeBroken(t, state)
}

// With roots.json damaged and the catalog lost as well, nothing is shared that
// the owner did not choose, and it is said.
func TestDoubleDamageSharesNothingAndSaysSo(t *testing.T) {
	state, dir, _, _ := fullState(t)
	path := filepath.Join(state, "roots.json")
	b, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, bytes.Replace(b, []byte("Music"), []byte("Mu/ic"), 1), 0o600))
	must(t, os.Truncate(filepath.Join(state, "catalog.db"), 5000))
	s := openShop(t, state, dir)
	s.rescan()
	if len(s.Roots()) != 0 || len(s.Notices()) != 2 || !strings.Contains(s.Notices()[1], "add your folders again") {
		t.Errorf("Roots = %+v, notices %q", s.Roots(), s.Notices())
	}
}

func TestRootsKeepPathsThatAreNotText(t *testing.T) {
	for _, p := range []diskPath{"/plain", "/not\xfftext", "base64:/x", ""} {
		b, err := p.MarshalText()
		must(t, err)
		var got diskPath
		if must(t, got.UnmarshalText(b)); got != p {
			t.Errorf("%q becomes %q", p, got)
		}
	}
}

func FuzzAdopted(f *testing.F) {
	line, err := adoptedLine(adoptedChoice{ID: idOf("x"), Path: "/some/file", Searchable: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add(append(slices.Clone(line), line[:20]...))
	f.Add([]byte("\n\n0123 {}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, damaged := parseAdopted(b)
		if lines := bytes.Count(b, []byte("\n")) + 1; len(list)+damaged > lines {
			t.Errorf("%d entries and %d damaged ones of %d lines", len(list), damaged, lines)
		}
		for _, a := range list {
			if a.Forgotten || !filepath.IsAbs(string(a.Path)) {
				t.Errorf("%+v", a)
			}
		}
	})
}
