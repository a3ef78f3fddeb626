package config

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// setElsewhere are fields no owner sets by a key, with the reason.
var setElsewhere = map[string]string{
	"query.Options.Leaf":     "a role, not a wish: for now simulations alone have leaves",
	"query.Options.Reserved": "the overlay knows whether its node reserves answers",

	"share.Options.Dir":     "the node's: Node.StateDir",
	"share.Options.Refused": "the node's: what lies in its folders",
	"share.Options.Logger":  "the node's",

	"share.Options.KeepFetched": "the node takes transfer.seed for both",

	"transfer.Options.StateDir":  "the node's: Node.StateDir",
	"transfer.Options.Dir":       "the node's: Node.Downloads",
	"transfer.Options.Self":      "the node's id",
	"transfer.Options.Directory": "node passes the records of its overlay",
	"transfer.Options.IsLocal":   "node knows the connections",
	"transfer.Options.Logger":    "the node's",
}

// Every field of every part has exactly one key: a new option cannot be
// forgotten here.
func TestEveryFieldHasAKey(t *testing.T) {
	c := Default()
	keyOf := map[uintptr]string{}
	for _, k := range c.table() {
		at := fieldOf(k.value)
		if other, taken := keyOf[at]; taken {
			t.Errorf("%s and %s set the same field", other, k.key)
		}
		keyOf[at] = k.key
	}
	for _, part := range []any{&c.Node, &c.Overlay, &c.Share, &c.Transfer, &c.Query} {
		fields := reflect.ValueOf(part).Elem()
		for i := range fields.NumField() {
			if !fields.Type().Field(i).IsExported() {
				continue
			}
			name := fields.Type().String() + "." + fields.Type().Field(i).Name
			_, elsewhere := setElsewhere[name]
			_, keyed := keyOf[fields.Field(i).Addr().Pointer()]
			if keyed == elsewhere {
				t.Errorf("%s: has a key: %v, is set elsewhere: %v", name, keyed, elsewhere)
			}
		}
	}
}

// fieldOf finds the address of the field that a value sets: the one pointer in
// it, however deep.
func fieldOf(v any) uintptr {
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Struct {
		rv = rv.Field(0)
	}
	return rv.Pointer()
}

func TestKeysAreTidy(t *testing.T) {
	var seen, sections []string
	for _, k := range Default().table() {
		if slices.Contains(seen, k.key) {
			t.Errorf("%s is there twice", k.key)
		}
		seen = append(seen, k.key)
		if k.help == "" || strings.ToLower(k.key) != k.key {
			t.Errorf("%s: help %q", k.key, k.help)
		}
		// A section that is left and taken up again would be there twice in the
		// default file, which TOML forbids.
		if n := len(sections); n == 0 || sections[n-1] != k.section() {
			if slices.Contains(sections, k.section()) {
				t.Errorf("%s: section %q is taken up again", k.key, k.section())
			}
			sections = append(sections, k.section())
		}
	}
	if sections[0] != "" {
		t.Error("keys without a section must come first")
	}
}

// Every default is a value its own key accepts, and survives being written.
func TestDefaultsAreWithinBounds(t *testing.T) {
	for _, k := range Default().table() {
		before := k.value.text()
		if err := k.value.set(before, ""); err != nil {
			t.Errorf("%s: its default %q: %v", k.key, before, err)
		}
		if k.value.text() != before {
			t.Errorf("%s: %q came back as %q", k.key, before, k.value.text())
		}
	}
	if err := Default().check(); err != nil {
		t.Error(err)
	}
}

func TestQuoteIsTOML(t *testing.T) {
	for _, s := range []string{"", "plain", `C:\Users\a`, `it's C:\`, "tab\there", "line\nbreak", `say "hi"`, "é✓", "\x7f", "\u2028", `\'"`, "nul\x00"} {
		file, err := parseFile("test", []byte("k = "+Quote(s)))
		if err != nil || file["k"] != s {
			t.Errorf("%q is written %s and read %q, %v", s, Quote(s), file["k"], err)
		}
	}
}

// Whatever is in the file: an error that names it, or a Config that holds.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(defaultFile()))
	f.Add([]byte("downloads = 'x'\n[overlay]\nport = 1\nlisten = ['a']\n[query]\npath_lifetime = '1h'\n"))
	f.Add([]byte("[overlay.port.x]\n[[query]]\n"))
	f.Add([]byte("overlay = {port = 1, degree = 8.5}\nlog_level = 1979-05-27\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(dir, "config.toml")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(fileEnv, path)
		c, err := Load(nil)
		if err != nil {
			if !strings.Contains(err.Error(), path) && !strings.Contains(err.Error(), "must not decrease") {
				t.Errorf("the error does not say which file: %v", err)
			}
			return
		}
		for _, k := range c.table() {
			if err := k.value.set(k.value.text(), ""); err != nil {
				t.Errorf("%s holds %q: %v", k.key, k.value.text(), err)
			}
		}
	})
}
