package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adrg/xdg"

	"starling/config"
)

func TestWhichFileIsRead(t *testing.T) {
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	abs := func(path string) string { return filepath.Join(wd, path) }
	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
		want string
	}{
		{"nothing said", nil, nil, filepath.Join(xdg.ConfigHome, "starling", "config.toml")},
		{"a state variable", map[string]string{"STARLING_STATE": "a"}, nil, abs("a/config.toml")},
		{"a state flag", map[string]string{"STARLING_STATE": "a"}, []string{"--state", "b"}, abs("b/config.toml")},
		{"a file variable", map[string]string{"STARLING_CONFIG": "c.toml"}, []string{"--state", "b"}, abs("c.toml")},
		{"a file flag", map[string]string{"STARLING_CONFIG": "c.toml"}, []string{"--state", "b", "--config", "d.toml"}, abs("d.toml")},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			got, err := config.Path(flagSet(t, c.args...))
			if err != nil || got != c.want {
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
		})
	}
	if got, err := config.Path(nil); err != nil || filepath.Base(got) != "config.toml" {
		t.Errorf("without flags: %s, %v", got, err)
	}
}

// Everything of a node lives under --state, its configuration too.
func TestStateHoldsTheConfiguration(t *testing.T) {
	path := write(t, "[overlay]\nport = 7000")
	dir := filepath.Dir(path)
	c := load(t, "--state", dir)
	if c.Overlay.Port != 7000 || c.Node.StateDir != dir {
		t.Errorf("port %d, state %s", c.Overlay.Port, c.Node.StateDir)
	}
	if c := load(t, "--state", t.TempDir()); c.Overlay.Port != 6346 {
		t.Errorf("a state folder without a file: port %d", c.Overlay.Port)
	}
}

func TestANamedFileMustBeThere(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent.toml")
	_, err := config.Load(flagSet(t, "--config", absent))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), absent) || !strings.Contains(err.Error(), "config init") {
		t.Errorf("%v", err)
	}
	t.Run("by a variable", func(t *testing.T) {
		t.Setenv("STARLING_CONFIG", absent)
		if _, err := config.Load(flagSet(t)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v", err)
		}
	})
	if _, err := config.Load(flagSet(t, "--config", t.TempDir())); err == nil {
		t.Error("a folder passed for a file")
	}
}

func TestPathsBecomeAbsolute(t *testing.T) {
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, "downloads = 'here'\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, filepath.Join(filepath.Dir(path), "here")}, // of the file's folder
		{[]string{"--downloads", "there/../x"}, filepath.Join(wd, "x")},
		{[]string{"--downloads", "~/x"}, filepath.Join(xdg.Home, "x")},
		{[]string{"--downloads", "~"}, xdg.Home},
		{[]string{"--downloads", "~x"}, filepath.Join(wd, "~x")},
	} {
		got := load(t, append(c.args, "--config", path)...).Node.Downloads
		if got != c.want {
			t.Errorf("%v: %s, want %s", c.args, got, c.want)
		}
	}
	_, err = config.Load(flagSet(t, "--config", path, "--downloads", ""))
	if err == nil || !strings.Contains(err.Error(), "downloads (flag --downloads): an empty path") {
		t.Errorf("%v", err)
	}
}

func TestTheControlAddressIsLoopback(t *testing.T) {
	for addr, ok := range map[string]bool{
		"": true, "127.0.0.1:0": true, "[::1]:8346": true, "localhost:1": true, "127.9.9.9:65535": true,
		"0.0.0.0:1": false, ":8346": false, "192.0.2.1:1": false, "127.0.0.1": false, "127.0.0.1:65536": false,
		"127.0.0.1:http": false, "localhost.example:1": false, "[::]:1": false,
	} {
		_, err := config.Load(flagSet(t, "--config", write(t, "api = '"+addr+"'")))
		if (err == nil) != ok {
			t.Errorf("%q: %v", addr, err)
		}
	}
}
