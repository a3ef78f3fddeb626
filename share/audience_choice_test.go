package share

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAudiencesThatMakeNoSense are refused when they are chosen, and shared with nobody when they are found on the disk.
func TestAudiencesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", nodeIDBytesMax+1)
	many := make([]string, audienceNodesMax+1)
	for i := range many {
		many[i] = fmt.Sprint("node", i)
	}
	for _, bad := range []Audience{
		{Kind: "friends"}, {Kind: Nobody}, {Kind: Named}, {Kind: Named, Nodes: []string{""}}, {Kind: Named, Nodes: []string{"ann", "b b"}},
		{Kind: Named, Nodes: []string{"ann\n"}}, {Kind: Named, Nodes: []string{long}}, {Kind: Named, Nodes: many},
		{Kind: Everyone, Nodes: []string{"ann"}}, {Nodes: []string{"ann"}}, {Kind: ByID, Nodes: []string{"ann"}},
	} {
		s := wrenShop(t)
		if _, err := s.SetAudience("Music", bad); !errors.Is(err, ErrAudience) {
			t.Errorf("%.60v is chosen: %v", bad, err)
		}
		if got := s.sees(Anyone()); got != all {
			t.Errorf("%.60v: a refused choice changed what is seen to %q", bad, got)
		}
		s.stop()
		rewriteRoots(t, s.state, func(c *rootChoice) { c.Audience, c.Nodes = bad.Kind, bad.Nodes })
		s = s.reopen()
		for _, who := range []Viewer{Anyone(), Node("ann"), Node("")} {
			if got := s.sees(who); got != "" {
				t.Errorf("%.60v: %+v sees %q", bad, who, got)
			}
		}
		r := s.Roots()[0]
		if !strings.Contains(r.Problem, "nobody") || r.Audience.Kind != Nobody || s.sees(Owner()) != all {
			t.Errorf("%.60v: the owner is told %+v", bad, r)
		}
		if _, err := s.AddRootAs(context.Background(), s.dir, RootOptions{Audience: &Audience{}}); !errors.Is(err, ErrOtherAudience) {
			t.Errorf("%.60v: added once more: %v", bad, err)
		}
		_, err := s.AddRoot(context.Background(), realDir(t)) // writes the file anew
		must(t, err)
		if s = s.reopen(); s.sees(Anyone()) != "" {
			t.Errorf("%.60v: writing the file has opened the folder", bad)
		}
		s.allow("Music", "everyone")
		if r := s.Roots()[0]; r.Problem != "" || s.sees(Anyone()) != all {
			t.Errorf("%.60v: chosen anew: %+v", bad, r)
		}
	}
}

// rewriteRoots edits the choices on the disk, and in the catalog's copy.
func rewriteRoots(t testing.TB, state string, edit func(*rootChoice)) {
	t.Helper()
	path := filepath.Join(state, "roots.json")
	b, err := os.ReadFile(path)
	must(t, err)
	var list []rootChoice
	must(t, unseal(b, &list))
	for i := range list {
		edit(&list[i])
	}
	b, err = seal(list)
	must(t, err)
	must(t, os.WriteFile(path, b, 0o600))
}

// TestChoicesOfEarlierFiles: a file without the word is for everyone, and everyone is written without it.
func TestChoicesOfEarlierFiles(t *testing.T) {
	t.Parallel()
	s := wrenShop(t)
	s.allow("Music", "ann")
	s.allow("Music", "everyone")
	b, err := os.ReadFile(filepath.Join(s.state, "roots.json"))
	must(t, err)
	var written []map[string]any
	must(t, unseal(b, &written))
	for _, key := range []string{"audience", "nodes"} {
		if _, said := written[0][key]; said || len(written) != 1 {
			t.Errorf("everyone is written as %v", written)
		}
	}
	if s = s.reopen(); s.sees(Anyone()) != all {
		t.Error("a file without the word is not for everyone")
	}
}

// TestAddRootWithAnAudience: it is nobody else's for a moment, and adding the folder again says so or changes nothing.
func TestAddRootWithAnAudience(t *testing.T) {
	t.Parallel()
	s := openShop(t, t.TempDir(), filepath.Join(realDir(t), "Music"))
	must(t, os.Mkdir(s.dir, 0o755))
	s.write(map[string]string{"wren.txt": "wren"})
	ann := to("ann")
	add := func(o RootOptions) error { _, err := s.AddRootAs(context.Background(), s.dir, o); return err }
	if err := add(RootOptions{Audience: &Audience{Kind: "friends"}}); !errors.Is(err, ErrAudience) || len(s.Roots()) > 0 {
		t.Errorf("a bad audience: %v", err)
	}
	must(t, add(RootOptions{Audience: &ann}))
	s.rescan()
	if s.opens(Anyone(), idOf("wren")) || !s.opens(Node("ann"), idOf("wren")) {
		t.Error("the audience does not hold from the start")
	}
	must(t, add(RootOptions{}))
	must(t, add(RootOptions{Audience: &ann}))
	if err := add(RootOptions{Audience: &Audience{}}); !errors.Is(err, ErrOtherAudience) {
		t.Errorf("another audience: %v", err)
	}
	if s.opens(Anyone(), idOf("wren")) {
		t.Error("adding it again has opened it")
	}
	if _, err := s.SetAudience("nowhere", ann); !errors.Is(err, ErrNotShared) {
		t.Error(err)
	}
}

// TestAudienceNotWritten: what cannot be remembered is not done.
func TestAudienceNotWritten(t *testing.T) {
	t.Parallel()
	s := wrenShop(t)
	path := filepath.Join(s.state, "roots.json")
	must(t, os.Remove(path))
	must(t, os.MkdirAll(filepath.Join(path, "in the way"), 0o700))
	if _, err := s.SetAudience("Music", to("ann")); err == nil || s.sees(Anyone()) != all {
		t.Errorf("%v; anyone sees %q", err, s.sees(Anyone()))
	}
	must(t, os.RemoveAll(path))
}
