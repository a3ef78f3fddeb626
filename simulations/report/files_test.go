package report

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"starling/simulations"
)

// What was saved and loaded prints and saves the same as what is in memory.
func TestLoadedIsAsInMemory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	want := map[string]*simulations.Result{}
	for _, r := range samples() {
		path, err := Save(dir, r)
		if err != nil {
			t.Fatal(err)
		}
		if path != filepath.Join(dir, r.Scenario+".json") {
			t.Errorf("saved as %s", path)
		}
		want[r.Scenario] = r // two samples are of one scenario: the later replaces the earlier
	}
	loaded, err := Load(dir)
	if err != nil || len(loaded) != len(want) {
		t.Fatalf("loaded %d of %d results: %v", len(loaded), len(want), err)
	}
	for i, r := range loaded {
		if i > 0 && loaded[i-1].Scenario >= r.Scenario {
			t.Errorf("%s stands before %s", loaded[i-1].Scenario, r.Scenario)
		}
		for _, width := range []int{0, 30} {
			if got, want := textOf(t, r, width), textOf(t, want[r.Scenario], width); got != want {
				t.Errorf("loaded it prints\n%s\nin memory\n%s", got, want)
			}
		}
		if got, want := jsonOf(t, r), jsonOf(t, want[r.Scenario]); got != want {
			t.Errorf("loaded it saves\n%s\nin memory\n%s", got, want)
		}
	}
}

func TestSaveLeavesOnlyTheResult(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		if _, err := Save(dir, smallResult()); err != nil {
			t.Fatal(err)
		}
	}
	if found := listOf(t, dir); len(found) != 1 || found[0] != "recall.json" {
		t.Error(found)
	}
	blocked := t.TempDir()
	if err := os.Mkdir(filepath.Join(blocked, "recall.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if path, err := Save(blocked, smallResult()); err == nil {
		t.Errorf("a folder is replaced by %s", path)
	}
	if found := listOf(t, blocked); len(found) != 1 {
		t.Errorf("a failure leaves %s", found)
	}
}

func TestLoadOfNothing(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if results, err := Load(dir); results != nil || err != nil {
		t.Errorf("an empty folder: %v, %v", results, err)
	}
}

func TestLoadPassesOverUnknownFields(t *testing.T) {
	r, err := decode(strings.NewReader(`{"scenario":"s","later":{"a":[1]},"tables":[{"name":"t","new":1,"rows":[{"a":1,"b":1.0,"c":1e2,"d":99999999999999999999}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	row := r.Tables[0].Rows[0]
	if row["a"] != 1 || row["b"] != 1.0 || row["c"] != 100.0 || row["d"] != 1e20 {
		t.Errorf("%#v", row)
	}
}

// Every file that is no result is named, with the reason.
func TestLoadSaysWhatIsNoResult(t *testing.T) {
	for content, reason := range map[string]string{
		"":                                "empty",
		"[]":                              "no result of a simulation",
		"null":                            "no result of a simulation",
		"{}":                              `"scenario"`,
		`{"scenario":"s"}`:                `"tables"`,
		`{"scenario":"s","tables":7}`:     "no result of a simulation",
		`{"scenario":"s","tables":[`:      "no result of a simulation",
		`{"scenario":"s","tables":[]}{`:   "more behind",
		`{"scenario":"../s","tables":[]}`: "scenario name",
		`{"scenario":"s","tables":[{"name":"t","rows":[{"a":1},{"b":[]}]}]}`:                  `table "t", row 2: "b"`,
		`{"scenario":"s","tables":[{"name":"t","rows":[{"a":true}]}]}`:                        `"a" is neither`,
		`{"scenario":"s","tables":[{"name":"t","rows":[{"a":1e999}]}]}`:                       "out of range",
		`{"scenario":"s","tables":[],"mesh":{"name":"m","nodes":[{}],"links":[{"to":1}]}}`:    "link 0",
		`{"scenario":"s","tables":[],"mesh":{"name":"m","nodes":[{}],"links":[{"from":-1}]}}`: "link 0",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "odd.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(dir)
		if err == nil || !strings.Contains(err.Error(), "odd.json") || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v, want the file and %q", content, err, reason)
		}
	}
}

// What is refused leaves no file anywhere.
func TestNamesStayInTheirFolder(t *testing.T) {
	for _, name := range []string{"", "..", ".", "../x", "a/b", `a\b`, "/etc/x", "a\x00", "ä", "a b", ".hidden", "a.", "a\n", "C:x", strings.Repeat("a", 81)} {
		parent := t.TempDir()
		dir := filepath.Join(parent, "results")
		scenario, chart, mesh := smallResult(), smallResult(), smallResult()
		scenario.Scenario = name
		chart.Charts = []simulations.Chart{{Name: name}}
		mesh.Mesh = &simulations.Mesh{Name: name}
		for _, r := range []*simulations.Result{scenario, chart, mesh} {
			if path, err := Save(dir, r); err == nil {
				t.Errorf("%q is saved as %s", name, path)
			}
			if files, err := Draw(dir, r); err == nil {
				t.Errorf("%q is drawn as %s", name, files)
			}
		}
		if found := listOf(t, parent); len(found) != 0 {
			t.Errorf("%q leaves %s", name, found)
		}
	}
	if err := checkName("scenario", "Real-world_2.5"); err != nil {
		t.Error(err)
	}
}

func TestPicturesDoNotReplaceEachOther(t *testing.T) {
	r := smallResult()
	r.Charts = []simulations.Chart{{Name: "reach"}, {Name: "Reach"}}
	if _, err := Draw(t.TempDir(), r); err == nil || !strings.Contains(err.Error(), "two pictures") {
		t.Error(err)
	}
	r.Charts, r.Mesh = r.Charts[:1], &simulations.Mesh{Name: "reach"}
	if _, err := Save(t.TempDir(), r); err == nil || !strings.Contains(err.Error(), "two pictures") {
		t.Error(err)
	}
}

func listOf(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// Whatever a file holds, reading it fails with an error, or gives a result that
// prints and is read again as it was written.
func FuzzDecode(f *testing.F) {
	for _, r := range []*simulations.Result{smallResult(), spoofedResult(), meshResult(5, 3, 2)} {
		var b strings.Builder
		if err := JSON(&b, r); err != nil {
			f.Fatal(err)
		}
		f.Add(b.String())
	}
	f.Add(`{"scenario":"s","tables":[{"columns":[{"key":"a","digits":-1}],"rows":[null,{"a":-0.0},{"a":1e308}]}]}`)
	f.Add(`{"scenario":"s","tables":[],"charts":[{"name":"c","x":{"log":true,"min":-1,"max":1e308},"y":{"min":1},"series":[{"points":[[1e-320,-1e308],[5,1e308],[]]}]}]}`)
	f.Fuzz(func(t *testing.T, document string) {
		r, err := decode(strings.NewReader(document))
		if err != nil {
			return
		}
		once := jsonOf(t, r)
		again, err := decode(strings.NewReader(once))
		if err != nil {
			t.Fatalf("%v in %s", err, once)
		}
		if twice := jsonOf(t, again); twice != once {
			t.Errorf("read again it is\n%s\nnot\n%s", twice, once)
		}
		if textOf(t, r, 40) != textOf(t, again, 40) {
			t.Error("read again it prints another text")
		}
		for i := range r.Charts {
			checkScales(t, &r.Charts[i])
		}
	})
}
