package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Init writes a file at path that lists every key with its meaning and default,
// all commented out, and makes its folder. It never overwrites: an existing
// file is an error that wraps fs.ErrExist.
func Init(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write the default configuration: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is already there and was left as it is; move it away first, or name another with --config: %w", path, fs.ErrExist)
	}
	if err != nil {
		return fmt.Errorf("write the default configuration: %w", err)
	}
	if _, err := f.WriteString(defaultFile()); err != nil {
		return errors.Join(fmt.Errorf("write the default configuration: %w", err), f.Close(), os.Remove(path))
	}
	return f.Close()
}

func defaultFile() string {
	var b strings.Builder
	b.WriteString("# Starling's configuration. Every line shows a default: take the # away to change it.\n" +
		"# Variables (STARLING_DOWNLOADS, STARLING_OVERLAY_PORT…) overrule this file, flags overrule both.\n" +
		"# 'starling config show --origin' says what holds and why.\n")
	section := ""
	for _, k := range Default().table() {
		if k.section() != section {
			section = k.section()
			fmt.Fprintf(&b, "\n[%s]\n", section)
		}
		name := strings.TrimPrefix(k.key, section+".")
		fmt.Fprintf(&b, "\n# %s\n# %s = %s\n", strings.ReplaceAll(k.help, "\n", "\n# "), name, k.value.toml())
	}
	return b.String()
}
