package share

import (
	"path/filepath"
	"strings"
	"testing"

	"starling/share/content"
)

func TestDiskNames(t *testing.T) {
	var files []content.Member
	for _, p := range []string{"a", "A", "a?", "a*", "a_", "a_ (2)", "b_", "b_ (2)", "b|", "x?/1", "x*/1", "x*/2", "x_/1", ".hidden", "con.txt", "…/\u202egpj.exe", "n/ /x"} {
		files = append(files, content.Member{Path: p, ID: idOf(p)})
	}
	col, err := content.NewCollection(files)
	must(t, err)
	for _, folds := range []bool{false, true} {
		seen := make(map[string]string)
		for i, name := range diskNames(col, folds) {
			key := name
			if folds {
				key = strings.ToLower(name)
			}
			if other, taken := seen[key]; taken {
				t.Errorf("%q and %q both become %q", other, col.Files()[i].Path, name)
			}
			seen[key] = col.Files()[i].Path
			for part := range strings.SplitSeq(name, "/") {
				if part == "" || strings.HasPrefix(part, ".") || strings.ContainsAny(part, `?*\:`) {
					t.Errorf("%q becomes %q", col.Files()[i].Path, name)
				}
			}
		}
		if seen["a"] != "a" && !folds || len(seen) != len(files) {
			t.Errorf("%q", seen)
		}
	}
	for i, name := range diskNames(col, false) {
		if p := col.Files()[i].Path; (p == "x*/1" || p == "x*/2") && filepath.Dir(name) != "x_" {
			t.Errorf("%q becomes %q", p, name)
		}
	}
}

// Some disks that fold case fold more than single letters.
func TestDiskNamesFoldFully(t *testing.T) {
	for _, pair := range [][2]string{{"strasse", "straße"}, {"STRASSE", "straße"}, {"straẞe", "straße"}, {"file", "ﬁle"}, {"k", "K"}, {"σ", "ς"}, {"i", "ı"}} {
		col, err := content.NewCollection([]content.Member{{Path: pair[0], ID: idOf("0")}, {Path: pair[1], ID: idOf("1")}})
		must(t, err)
		names := diskNames(col, true)
		if !strings.HasSuffix(names[1], " (2)") {
			t.Errorf("%+q are one file on some disks", names)
		}
		if names := diskNames(col, false); strings.HasSuffix(names[1], " (2)") {
			t.Errorf("%+q differ", names)
		}
	}
}
