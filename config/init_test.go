package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"starling/config"
)

func TestInitWritesTheDefaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "config.toml")
	if err := config.Init(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range load(t, "--config", path).Show() {
		if s.Origin.Kind != config.FromDefault {
			t.Errorf("%s is set in the fresh file", s.Key)
		}
	}

	// With every line taken out of its comment the values are the same, and
	// each of them comes from the file.
	active := regexp.MustCompile(`(?m)^# ([a-z_]+ = )`).ReplaceAllString(string(text), "$1")
	c := load(t, "--config", write(t, active))
	if diff := cmp.Diff(config.Default(), c, fieldsOnly); diff != "" {
		t.Error(diff)
	}
	for _, s := range c.Show() {
		if s.Origin.Kind != config.FromFile {
			t.Errorf("%s is not in the default file", s.Key)
		}
	}
	for n, line := range strings.Split(string(text), "\n") {
		if len(line) > 110 && !strings.Contains(line, " = ") {
			t.Errorf("line %d is %d long", n+1, len(line))
		}
	}
}

func TestInitNeverOverwrites(t *testing.T) {
	path := write(t, "log_level = 'warn'")
	err := config.Init(path)
	if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "log_level = 'warn'" {
		t.Errorf("it now holds %q", text)
	}
}

func TestInitIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps no file modes")
	}
	path := filepath.Join(t.TempDir(), "new", "config.toml")
	if err := config.Init(path); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700 | fs.ModeDir} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestInitSaysWhyItCannot(t *testing.T) {
	file := write(t, "")
	if err := config.Init(filepath.Join(file, "config.toml")); err == nil || !strings.Contains(err.Error(), "default configuration") {
		t.Errorf("%v", err)
	}
}
