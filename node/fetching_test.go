package node

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"starling/config"
	"starling/transfer"
)

// eventually looks until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain until %s", what)
		case <-look.C:
		}
	}
}

// pair is two linked nodes, the first of which shares a folder with the given files.
func pair(t *testing.T, files map[string]string) (holder, asker *Node, holding, asking *Client) {
	t.Helper()
	return pairWith(t, files, testConfig(t.TempDir()))
}

// pairWith has the configuration of the asker.
func pairWith(t *testing.T, files map[string]string, c *config.Config) (holder, asker *Node, holding, asking *Client) {
	t.Helper()
	shared := filepath.Join(t.TempDir(), "music")
	if err := os.Mkdir(shared, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(shared, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	holder, holding = startTest(t, Options{Config: testConfig(t.TempDir()), Shares: []string{shared}})
	asker, asking = startTest(t, Options{Config: c})
	<-holder.library.Ready()
	if _, err := asking.Connect(t.Context(), holder.overlay.Addresses()[0]); err != nil {
		t.Fatal(err)
	}
	return holder, asker, holding, asking
}

// rowsFor searches and returns what was found, by name.
func rowsFor(t *testing.T, c *Client, expression string) map[string]Hit {
	t.Helper()
	out := make(map[string]Hit)
	for e, err := range c.Search(t.Context(), SearchRequest{Expression: expression}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Hit != nil {
			out[e.Hit.Name] = *e.Hit
		}
	}
	return out
}

// fetch gets targets and returns how each ended.
func fetch(t *testing.T, c *Client, request GetRequest) []Download {
	t.Helper()
	started, err := c.Get(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	for i := range started {
		for d, err := range c.Watch(t.Context(), started[i].ID) {
			if err != nil {
				t.Fatal(err)
			}
			started[i] = d
		}
	}
	return started
}

// TestFetchedFiles: what was fetched answers a search by id at once, and one by words only on the owner's word, which also holds for what
// was fetched before it, and can be taken back.
func TestFetchedFiles(t *testing.T) {
	_, _, holding, asking := pair(t, map[string]string{"blue monday.mp3": strings.Repeat("x", 5000)})
	id := rowsFor(t, asking, "blue")["blue monday.mp3"].ID
	if got := fetch(t, asking, GetRequest{Targets: []string{"1"}}); got[0].State != "done" || got[0].FetchedBytes != 5000 {
		t.Fatalf("fetched: %+v", got)
	}
	if hit := rowsFor(t, asking, "blue")["blue monday.mp3"]; !hit.Have {
		t.Error("the asker does not know that it has the file")
	}
	found := func(expression string) bool { return len(rowsFor(t, holding, expression)) > 0 }
	if !found("id:"+id) || found("blue") {
		t.Errorf("unasked: by id %v, by words %v", found("id:"+id), found("blue"))
	}
	for _, yes := range []bool{true, false, true} {
		if err := asking.SetSearchable(t.Context(), yes); err != nil {
			t.Fatal(err)
		}
		if got := found("blue"); got != yes {
			t.Errorf("told %v, found by words: %v", yes, got)
		}
	}
}

// TestGetAgainUnseeded: what is not served onward is not fetched again either while it lies where it was put, unchanged.
func TestGetAgainUnseeded(t *testing.T) {
	c := testConfig(t.TempDir())
	c.Transfer.NoSeed = true
	_, asker, _, asking := pairWith(t, map[string]string{"once.txt": "once"}, c)
	row := rowsFor(t, asking, "once")["once.txt"]
	get := func() string {
		got, err := asking.Get(t.Context(), GetRequest{Targets: []string{row.ID}})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is fetched", func() bool { return asker.exchange.Downloads()[0].State == transfer.Done })
		return got[0].State
	}
	files := func() int {
		entries, err := os.ReadDir(c.Node.Downloads)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	get()
	if state := get(); state != "done" || files() != 1 {
		t.Errorf("asked for again it is %s, and there are %d files", state, files())
	}
	path := filepath.Join(c.Node.Downloads, "once.txt")
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if get(); files() != 2 {
		t.Errorf("a file that was changed counts as the one that was fetched: %d files", files())
	}
}

// TestPartsAnswer: a download under way is found by its id, as far as it has come, and never by its words.
func TestPartsAnswer(t *testing.T) {
	holder, asker, holding, asking := pair(t, map[string]string{"long.bin": strings.Repeat("long", 1<<19)})
	slow := int64(300_000)
	if _, err := holding.Limit(t.Context(), Limits{Up: &slow}); err != nil {
		t.Fatal(err)
	}
	row := rowsFor(t, asking, "long")["long.bin"]
	if _, err := asking.Get(t.Context(), GetRequest{Targets: []string{row.ID[:10]}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a part is held", func() bool { return asker.exchange.Downloads()[0].HaveBytes > 0 })
	if got := rowsFor(t, holding, "id:"+row.ID)["long.bin"]; got.HeldBytes == 0 || got.HeldBytes >= got.SizeBytes || got.Sources != 1 {
		t.Errorf("by id: %+v", got)
	}
	if got := rowsFor(t, holding, "long"); len(got) != 0 {
		t.Errorf("by words: %v", got)
	}
	if free := holder.freeSlots(); free >= asker.freeSlots() {
		t.Errorf("%d slots are free while one node is served, %d when none is", free, asker.freeSlots())
	}
}

// TestGetTargets: everything that names a file fetches it, and one bad target starts nothing.
func TestGetTargets(t *testing.T) {
	holder, asker, holding, asking := pair(t, map[string]string{"one.txt": "1", "two.txt": "22", "three.txt": "333", "four.txt": "4444", "five.txt": "55555"})
	rowsFor(t, asking, "one")
	rows := rowsFor(t, asking, "ext:txt")
	link, err := holding.Link(t.Context(), rows["two.txt"].ID)
	if err != nil {
		t.Fatal(err)
	}
	var p *Problem
	if _, err := asking.Get(t.Context(), GetRequest{Targets: []string{"1", "99"}}); !errors.As(err, &p) || p.Code != CodeNotFound || len(asker.exchange.Downloads()) != 0 {
		t.Fatalf("a bad target: %v, %d downloads", err, len(asker.exchange.Downloads()))
	}
	got := fetch(t, asking, GetRequest{Targets: []string{"S1.1", link.Magnet, rows["three.txt"].ID, rows["four.txt"].ID[:8]}, Dir: filepath.Join(t.TempDir(), "new", "folder")})
	var names []string
	for _, d := range got {
		names = append(names, d.Name+" "+d.State)
		if _, err := os.Stat(d.Path); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"one.txt done", "two.txt done", "three.txt done", "four.txt done"}, names); diff != "" {
		t.Error(diff)
	}
	t.Run("link of a node never heard of", func(t *testing.T) {
		_, stranger := startTest(t, Options{Config: testConfig(t.TempDir())})
		if got := fetch(t, stranger, GetRequest{Targets: []string{link.Magnet}}); got[0].State != "done" {
			t.Errorf("%+v", got)
		}
		if links, err := stranger.Neighbours(t.Context()); err != nil || len(links) != 0 {
			t.Errorf("fetching made a neighbour: %v, %v", links, err)
		}
	})
	if n := len(holder.overlay.Neighbours()); n != 1 {
		t.Errorf("the holder has %d neighbours", n)
	}
}

func TestLinkNames(t *testing.T) {
	holder, _, holding, _ := pair(t, map[string]string{"song one.mp3": "la", ".hidden.mp3": "never"})
	root := holder.library.Roots()[0].Path
	for target, want := range map[string]string{
		filepath.Join(root, "song one.mp3"): "", "music/song one.mp3": "",
		filepath.Join(root, ".hidden.mp3"): "hidden files are left out", filepath.Join(root, "missing.mp3"): "no such file",
		os.TempDir(): "no shared folder", "music/none.mp3": "no shared file", strings.Repeat("ab", 32): "does not serve",
	} {
		link, err := holding.Link(t.Context(), target)
		if want == "" && (err != nil || link.Name != "song one.mp3" || !strings.Contains(link.Magnet, "x.node=")) {
			t.Errorf("%s: %+v, %v", target, link, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %+v, %v", target, link, err)
		}
	}
}

// TestSearchAnswersLateStart: a search asked right after the start waits for the first neighbour, which is being dialled.
func TestSearchAnswersLateStart(t *testing.T) {
	holder, _, _, _ := pair(t, map[string]string{"blue.mp3": "x"})
	c := testConfig(t.TempDir())
	c.Overlay.Connect = []string{holder.overlay.Addresses()[0]}
	_, late := startTest(t, Options{Config: c})
	if got := rowsFor(t, late, "blue"); len(got) != 1 {
		t.Errorf("found %v", got)
	}
}
