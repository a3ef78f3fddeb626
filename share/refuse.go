package share

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrRefused says that a folder must not be shared; the message says why.
var ErrRefused = errors.New("this folder is not shared")

// refusals decides which folders may be shared at all.
type refusals struct {
	home    string
	private []string // state, keys: neither they nor anything in or around them
}

func newRefusals(private []string) refusals {
	var r refusals
	if home, err := os.UserHomeDir(); err == nil {
		r.home = resolved(home)
	}
	for _, p := range private {
		if p != "" {
			r.private = append(r.private, resolved(p))
		}
	}
	return r
}

// resolved follows links as far as the path exists.
func resolved(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	rest := ""
	for p := abs; ; p = filepath.Dir(p) {
		if real, err := filepath.EvalSymlinks(p); err == nil {
			return filepath.Join(real, rest)
		}
		if p == filepath.Dir(p) {
			return abs
		}
		rest = filepath.Join(filepath.Base(p), rest)
	}
}

// resolve gives the real, absolute path of a folder that may be shared. Links
// are followed first, so that they cannot lead around a refusal.
func (r refusals) resolve(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("share %s: %w", path, err)
	}
	dir, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return "", fmt.Errorf("share %s: %w; name a folder that exists", path, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return "", fmt.Errorf("share %s: %w", path, err)
	}
	if !info.IsDir() {
		return "", fmt.Errorf("share %s: %w: it is no folder; share the folder it lies in", path, ErrRefused)
	}
	if why := r.reason(dir); why != "" {
		return "", fmt.Errorf("share %s: %w: %s", path, ErrRefused, why)
	}
	return dir, nil
}

// reason says why a real path must not be shared; empty when it may.
func (r refusals) reason(dir string) string {
	switch {
	case filepath.Dir(dir) == dir:
		return "it is the whole disk; choose the folders you mean"
	case r.home != "" && leadsThrough(r.home, dir):
		return "it holds your whole home folder; choose folders in it"
	case hiddenPath(dir):
		return "a part of its path begins with a dot, and hidden folders hold settings and keys"
	case r.home != "" && dir == filepath.Join(r.home, "Library"):
		return "it holds the settings, mail and keys of your programs; choose folders in it"
	case systemFolder(dir):
		return "it belongs to the system"
	}
	for _, p := range r.private {
		if leadsThrough(dir, p) || leadsThrough(p, dir) {
			return fmt.Sprintf("Starling keeps its own state and keys in %s", p)
		}
	}
	return sensitivePath(dir)
}

// sensitivePath says which part of a path names what should not go to strangers,
// or what lies in the folder at its end; empty when nothing does.
func sensitivePath(dir string) string {
	for p := dir; filepath.Dir(p) != p; p = filepath.Dir(p) {
		if why := sensitiveFolder(filepath.Base(filepath.Dir(p)), filepath.Base(p)); why != "" {
			return fmt.Sprintf("%s looks like %s; if it is something else, give it another name", DisplayName(p), why)
		}
	}
	here, err := os.OpenRoot(dir)
	if err != nil {
		return "" // what cannot be read shares nothing
	}
	defer here.Close()
	if why := tellingMark(holds(here)); why != "" {
		return fmt.Sprintf("it looks like %s, by what lies in it; choose folders in it", why)
	}
	return ""
}

func hiddenPath(dir string) bool {
	for part := range strings.SplitSeq(filepath.ToSlash(dir), "/") {
		if strings.HasPrefix(part, ".") {
			return true
		}
	}
	return false
}

// within says whether path is dir or lies in it. Both are clean and absolute.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
