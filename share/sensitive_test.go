package share

import (
	"os"
	"strings"
	"testing"
)

const innocent = "innocent"

// A knownName is a line of the corpus.
type knownName struct{ section, parent, name string }

func (n knownName) why() string {
	switch name, isDir := strings.CutSuffix(n.name, "/"); {
	case strings.HasPrefix(name, "."):
		return "hidden"
	case isDir:
		return sensitiveFolder(n.parent, name)
	default:
		return sensitive(name)
	}
}

// knownNames reads the corpus; spaces at the end of a line count.
func knownNames(t testing.TB) (names []knownName) {
	t.Helper()
	text, err := os.ReadFile("testdata/sensitive-names.txt")
	must(t, err)
	section := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		title, isTitle := strings.CutPrefix(line, "== ")
		switch {
		case isTitle:
			section = title
		case line == "" || strings.HasPrefix(line, "#"):
		default:
			n := knownName{section: section, name: line}
			if parent, name, paired := strings.Cut(strings.TrimSuffix(line, "/"), "/"); paired {
				n.parent, n.name = parent, name+"/"
			}
			names = append(names, n)
		}
	}
	return names
}

func TestSensitiveNames(t *testing.T) {
	flagged, spared := 0, 0
	for _, n := range knownNames(t) {
		why := n.why()
		if n.section == innocent {
			if spared++; why != "" {
				t.Errorf("%s is flagged: %s", n.name, why)
			}
			continue
		}
		if flagged++; why != n.section && why != "hidden" {
			t.Errorf("%s/%s is flagged as %q, want %q", n.parent, n.name, why, n.section)
		}
	}
	if flagged < 150 || spared < 60 {
		t.Errorf("%d names to flag and %d innocent ones are too few", flagged, spared)
	}
	t.Logf("%d flagged, %d innocent", flagged, spared)
}

// Letters of the other case, spaces and dots at the end, and letters of another
// width do not get a name round.
func TestSensitiveNamesInDisguise(t *testing.T) {
	wide := func(s string) string {
		return strings.Map(func(r rune) rune {
			if '!' <= r && r <= '~' && r != '/' {
				return r - '!' + '！'
			}
			return r
		}, s)
	}
	for _, n := range knownNames(t) {
		if n.section == innocent || strings.HasPrefix(n.name, ".") {
			continue
		}
		bare, isDir := strings.CutSuffix(n.name, "/")
		for _, disguise := range []string{strings.ToUpper(bare), strings.ToLower(bare), bare + " ", bare + ".", bare + ". .", wide(bare), "\u200b" + bare, bare + "\u2060", bare + "\u00a0"} {
			d := knownName{n.section, n.parent, disguise}
			if isDir {
				d.name += "/"
			}
			if d.why() == "" {
				t.Errorf("%q is not flagged, %q is", disguise, bare)
			}
		}
	}
}
