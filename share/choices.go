package share

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"starling/share/content"
)

// choices remembers what the owner chose: the shared folders and the fetched
// files that are served on. They outlive any one broken file: roots.json and
// adopted.jsonl are kept beside the catalog, and the catalog holds a copy.
type choices struct {
	dir     string
	catalog *catalog
	notice  func(format string, args ...any)

	mu  sync.Mutex // guards log
	log adoptedLog
}

func newChoices(d disk, dir string, c *catalog, notice func(format string, args ...any)) *choices {
	return &choices{dir: dir, catalog: c, notice: notice, log: adoptedLog{disk: d, path: filepath.Join(dir, "adopted.jsonl")}}
}

type rootChoice struct {
	Name  string    `json:"name"`
	Path  diskPath  `json:"path"`
	Added time.Time `json:"added"`

	Collection  bool       `json:"collection,omitempty"`  // the whole of it is one
	Collections []diskPath `json:"collections,omitempty"` // and these folders in it, below Path with slashes

	Ignore []string `json:"ignore,omitempty"` // patterns as gitignore has them

	Audience AudienceKind `json:"audience,omitempty"` // absent: everyone
	Nodes    []string     `json:"nodes,omitempty"`
}

// packed gives the folders that are collections, as root.packed does.
func (c rootChoice) packed() (raws []string) {
	if c.Collection {
		raws = append(raws, "")
	}
	for _, raw := range c.Collections {
		if filepath.IsLocal(filepath.FromSlash(string(raw))) {
			raws = append(raws, string(raw))
		}
	}
	return raws
}

func choiceOf(r *root) rootChoice {
	to := r.audience.Load().choice()
	c := rootChoice{Name: r.name, Path: diskPath(r.dir), Added: r.added, Ignore: r.ignoring.Load().patterns, Audience: to.Kind, Nodes: to.Nodes}
	for _, raw := range r.packed() {
		if raw == "" {
			c.Collection = true
		} else {
			c.Collections = append(c.Collections, diskPath(raw))
		}
	}
	return c
}

// adoptedChoice is a line of adopted.jsonl: the file or collection is served, or
// no longer.
type adoptedChoice struct {
	ID         content.ID `json:"id"`
	Path       diskPath   `json:"path"`
	Searchable bool       `json:"searchable,omitempty"`
	Forgotten  bool       `json:"forgotten,omitempty"`

	// Of a collection: the hash and the size that its index must have, see
	// Library.indexPath, and whether its names were chosen for a disk that takes a and A
	// for one.
	Index     content.ID `json:"index,omitzero"`
	SizeBytes int64      `json:"size_bytes,omitempty"`
	Folds     bool       `json:"folds,omitempty"`
}

// diskPath is written as text where it is text, since JSON holds nothing else.
type diskPath string

const rawPathMark = "base64:"

func (p diskPath) MarshalText() ([]byte, error) {
	if utf8.ValidString(string(p)) && !strings.HasPrefix(string(p), rawPathMark) {
		return []byte(p), nil
	}
	return []byte(rawPathMark + base64.StdEncoding.EncodeToString([]byte(p))), nil
}

func (p *diskPath) UnmarshalText(b []byte) error {
	if rest, ok := strings.CutPrefix(string(b), rawPathMark); ok {
		raw, err := base64.StdEncoding.DecodeString(rest)
		*p = diskPath(raw)
		return err
	}
	*p = diskPath(b)
	return nil
}

func (c *choices) rootsPath() string { return filepath.Join(c.dir, "roots.json") }

// loadRoots reads the shared folders, from the catalog's copy if need be.
func (c *choices) loadRoots() []*root {
	var list []rootChoice
	b, err := os.ReadFile(c.rootsPath())
	if err == nil {
		err = unseal(b, &list)
	}
	switch {
	case err == nil:
	case errors.Is(err, errBroken):
		aside, _ := setAside(c.rootsPath())
		c.restoreRoots(&list, fmt.Sprintf("the list of shared folders was damaged; it was set aside as %s", aside))
	default:
		c.restoreRoots(&list, "")
	}
	var roots []*root
	for _, r := range list {
		if r.Name != "" && filepath.IsAbs(string(r.Path)) {
			added := newRoot(r.Name, string(r.Path), r.Added)
			added.setPacked(r.packed())
			added.audience.Store(newAudience(Audience{r.Audience, r.Nodes}))
			added.ignoring.Store(newIgnoring(r.Ignore))
			roots = append(roots, added)
		}
	}
	return roots
}

// restoreRoots takes the catalog's copy. A missing file without a copy is a
// first start and nothing to speak of.
func (c *choices) restoreRoots(list *[]rootChoice, why string) {
	b := c.catalog.choice(rootsKey)
	if b == nil && why == "" {
		return
	}
	if b != nil && unseal(b, list) == nil {
		err := writeWhole(c.rootsPath(), b)
		c.notice("the list of shared folders was taken from the catalog. %s%s", why, errorNote(err))
		return
	}
	c.notice("%s; nothing is shared until you add your folders again", why)
}

func errorNote(err error) string {
	if err == nil {
		return ""
	}
	return " (" + err.Error() + ")"
}

func (c *choices) saveRoots(roots []*root) error {
	list := []rootChoice{}
	for _, r := range roots {
		list = append(list, choiceOf(r))
	}
	b, err := seal(list)
	if err != nil {
		return err
	}
	if err := writeWhole(c.rootsPath(), b); err != nil {
		return err
	}
	c.catalog.setChoice(rootsKey, b)
	return nil
}

// loadAdopted reads the fetched files that are served on. Damaged lines are
// made good from the catalog's copy, and the file is written anew.
func (c *choices) loadAdopted() (list []adoptedChoice, err error) {
	b, err := c.log.read()
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	list, damaged := parseAdopted(b)
	if damaged > 0 || err != nil {
		known := len(list)
		list = mergeAdopted(list, c.catalog.adopted())
		if damaged > 0 {
			c.notice("%d lines about fetched files were damaged; %d files were taken from the catalog", damaged, len(list)-known)
		}
	}
	return list, c.log.replace(list)
}

// parseAdopted replays the lines; the last word about a path holds.
func parseAdopted(b []byte) (list []adoptedChoice, damaged int) {
	at := make(map[diskPath]int)
	for line := range strings.Lines(string(b)) {
		a, ok := parseAdoptedLine(strings.TrimSuffix(line, "\n"))
		if !ok {
			damaged++
			continue
		}
		if i, known := at[a.Path]; known {
			list[i] = a
		} else {
			at[a.Path] = len(list)
			list = append(list, a)
		}
	}
	kept := list[:0]
	for _, a := range list {
		if !a.Forgotten {
			kept = append(kept, a)
		}
	}
	return kept, damaged
}

func parseAdoptedLine(line string) (a adoptedChoice, ok bool) {
	sum, text, found := strings.Cut(line, " ")
	if !found || sum != sealSum([]byte(text)) || json.Unmarshal([]byte(text), &a) != nil {
		return a, false
	}
	return a, filepath.IsAbs(string(a.Path))
}

func mergeAdopted(list, copies []adoptedChoice) []adoptedChoice {
	known := make(map[diskPath]bool)
	for _, a := range list {
		known[a.Path] = true
	}
	for _, a := range copies {
		if !known[a.Path] {
			list = append(list, a)
		}
	}
	return list
}

func adoptedLine(a adoptedChoice) ([]byte, error) {
	text, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%s %s\n", sealSum(text), text), nil
}

// saveAdopted adds a line. A kill cannot lose it; sync makes it outlive a crash
// of the machine.
func (c *choices) saveAdopted(a adoptedChoice) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.log.add(a); err != nil {
		return err
	}
	c.catalog.setAdopted(a)
	return nil
}

func (c *choices) sync() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.sync()
}

func (c *choices) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.close()
}
