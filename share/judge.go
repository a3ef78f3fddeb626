package share

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"

	"starling/share/ignore"
)

// ignoreName is the file by which a shared folder says what of it stays here.
const ignoreName = ".starlingignore"

// leftOut says why something is not shared. The words are those of the control API.
type leftOut string

const (
	leftHidden     leftOut = "hidden"
	leftUnfinished leftOut = "unfinished" // a download in progress
	leftIgnored    leftOut = "ignored"
	leftFlagged    leftOut = "flagged"
	leftOther      leftOut = "not a file" // links, FIFOs, sockets, devices
	leftUnread     leftOut = "unreadable"
)

// A verdict is what names and patterns say of a file or folder. The zero verdict
// is that it is shared, or looked into.
type verdict struct {
	reason leftOut
	why    string       // of what is flagged or cannot be read
	by     ignore.Match // of what is ignored
}

func (v verdict) left() bool { return v.reason != "" }

// String says in a few words what led to the verdict.
func (v verdict) String() string {
	switch {
	case v.reason != leftIgnored:
		return v.why
	case v.by.Source == ownerSource || v.by.Source == commonSource:
		return fmt.Sprintf("%s (%s)", v.by.Text, v.by.Source)
	}
	return fmt.Sprintf("%s (%s, line %d)", v.by.Text, v.by.Source, v.by.Line)
}

// A judge decides what of a folder is shared, by names and patterns. Whoever
// looks at a whole root, at a part of it or at one file asks the same one.
type judge struct {
	dir     string       // absolute
	rules   ignore.Rules // the owner's and the common ones
	fetched bool         // the files are known by their content: names and patterns do not count
}

// A place is a folder that is looked into, and the patterns that hold there.
type place struct {
	raw   string // below the judge's folder; "." is that folder itself
	rules ignore.Rules
}

func (j judge) top() place { return place{raw: ".", rules: j.rules} }

// enter learns what a folder says of itself; has tells whether it holds a name.
// A folder that is left out, or whose patterns cannot be read, is not looked
// into.
func (j judge) enter(here *os.Root, p place, has func(name string) bool) (place, verdict) {
	if j.fetched {
		return p, verdict{}
	}
	if why := tellingMark(has); why != "" {
		return p, verdict{reason: leftFlagged, why: why}
	}
	if !has(ignoreName) {
		return p, verdict{}
	}
	source := path.Join(p.raw, ignoreName)
	list, err := readIgnore(here)
	if err != nil {
		return p, verdict{reason: leftUnread, why: fmt.Sprintf("%s cannot be followed (%v), so nothing beside it is shared until that is mended", source, cause(err))}
	}
	p.rules = p.rules.In(norm.NFC.String(p.raw), source, list)
	return p, verdict{}
}

// readIgnore reads the patterns of an open folder. It follows no link and does
// not wait for the other end of a FIFO.
func readIgnore(here *os.Root) (*ignore.List, error) {
	seen, err := here.Lstat(ignoreName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // gone in between: no patterns
	}
	if err == nil && !seen.Mode().IsRegular() {
		err = errors.New("it is no plain file")
	}
	if err != nil {
		return nil, err
	}
	f, err := here.OpenFile(ignoreName, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if opened, err := f.Stat(); err != nil || !os.SameFile(seen, opened) {
		return nil, errors.Join(ErrChanged, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, ignore.MaxTextBytes+1))
	if err != nil {
		return nil, err
	}
	return parseIgnore(text)
}

func parseIgnore(text []byte) (*ignore.List, error) {
	if len(text) > ignore.MaxTextBytes {
		return nil, fmt.Errorf("it has more than %d bytes", ignore.MaxTextBytes)
	}
	return ignore.Parse(norm.NFC.String(string(text)), diskFolds)
}

// name judges one entry of a place, whatever lies behind its name.
func (j judge) name(p place, name string, isDir bool) verdict {
	switch {
	case strings.HasPrefix(name, "."):
		return verdict{reason: leftHidden}
	case unfinished(name):
		return verdict{reason: leftUnfinished}
	}
	raw := path.Join(p.raw, name)
	if isDir && (len(raw) > maxPath || strings.Count(raw, "/") >= maxDepth) {
		return verdict{reason: leftUnread, why: DisplayName(name) + " lies too deep"}
	}
	if j.fetched {
		return verdict{}
	}
	if by, ignored := p.rules.Match(norm.NFC.String(raw), isDir); ignored {
		return verdict{reason: leftIgnored, by: by}
	}
	why := sensitive(name)
	if isDir {
		why = sensitiveFolder(path.Base(path.Join(j.dir, p.raw)), name)
	}
	if why != "" {
		return verdict{reason: leftFlagged, why: why}
	}
	return verdict{}
}

// path judges one file or folder with all the folders it lies in, as a walk would
// that comes by. Folders that are gone or are links now leave it out.
func (j judge) path(raw string, isDir bool) verdict {
	if isDir {
		_, v := j.placeAt(raw)
		return v
	}
	p, v := j.placeAt(path.Dir(raw))
	if v.left() {
		return v
	}
	return j.name(p, path.Base(raw), false)
}

// placeAt goes down to a folder and gives it with the patterns that hold there.
func (j judge) placeAt(raw string) (place, verdict) {
	here, err := os.OpenRoot(j.dir)
	p, rest := j.top(), raw
	if rest == "." {
		rest = ""
	}
	for err == nil {
		var v verdict
		if p, v = j.enter(here, p, holds(here)); v.left() || rest == "" {
			here.Close()
			return p, v
		}
		name, below, _ := strings.Cut(rest, "/")
		if v = j.name(p, name, true); v.left() {
			here.Close()
			return p, v
		}
		here, err = stepInto(here, name)
		p.raw, rest = path.Join(p.raw, name), below
	}
	return p, verdict{reason: leftUnread, why: cause(err).Error()}
}

// holds tells of an open folder whether it has a name in it. What cannot be told
// counts as there.
func holds(here *os.Root) func(name string) bool {
	return func(name string) bool {
		_, err := here.Lstat(name)
		return !errors.Is(err, fs.ErrNotExist)
	}
}

// stepInto changes an open folder for one in it, which must be no link.
func stepInto(here *os.Root, name string) (*os.Root, error) {
	defer here.Close()
	seen, err := here.Lstat(name)
	if err == nil && !seen.IsDir() {
		err = fmt.Errorf("%s is no folder", DisplayName(name))
	}
	if err != nil {
		return nil, err
	}
	inner, err := here.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	if opened, err := inner.Stat("."); err != nil || !os.SameFile(seen, opened) {
		inner.Close()
		return nil, errors.Join(ErrChanged, err)
	}
	return inner, nil
}
