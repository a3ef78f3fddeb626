package share

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"

	"golang.org/x/text/unicode/norm"

	"starling/share/ignore"
)

// diskFolds says that disks take a and A for one here, as a rule.
const diskFolds = runtime.GOOS == "windows" || runtime.GOOS == "darwin"

// What Match calls the lists that lie in no shared folder.
const (
	ownerSource  = "share add --ignore"
	commonSource = "share.ignore"
)

// commonIgnores is what nobody means to share: what systems and editors leave
// behind. Folders of programs, such as node_modules, are not junk by themselves.
var commonIgnores = []string{"[Tt]humbs.db", "[Ee]hthumbs.db", "[Dd]esktop.ini", "*~", "~$*", "*.tmp", "lost+found/", "System Volume Information/",
	"$RECYCLE.BIN/", "__MACOSX/"}

// ErrPattern says that a pattern cannot be used, and which.
var ErrPattern = errors.New("a pattern of names to leave out cannot be used")

// CheckIgnore tells whether patterns in the syntax of gitignore can be used. The
// error is an ErrPattern.
func CheckIgnore(patterns []string) error {
	_, err := compileIgnore(patterns)
	return err
}

func compileIgnore(patterns []string) (*ignore.List, error) {
	composed := make([]string, len(patterns))
	for i, p := range patterns {
		composed[i] = norm.NFC.String(p)
	}
	list, err := ignore.Compile(composed, diskFolds)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPattern, err)
	}
	return list, nil
}

// ignoring is what an owner wants left out of one root. It never changes; a root
// that gets other patterns gets another pointer.
type ignoring struct {
	patterns []string
	list     *ignore.List
	broken   error // then nothing of the root is shared
}

// newIgnoring takes patterns as they were kept; they may be those of a later
// version.
func newIgnoring(patterns []string) *ignoring {
	i := &ignoring{patterns: slices.Clone(patterns)}
	i.list, i.broken = compileIgnore(patterns)
	return i
}

// ignoringOf gives what a folder would leave out if it were shared with these
// patterns; nil are those it has, if it is shared already.
func ignoringOf(roots []*root, dir string, patterns []string) *ignoring {
	for _, r := range roots {
		if r.dir == dir && patterns == nil {
			return r.ignoring.Load()
		}
	}
	return newIgnoring(patterns)
}

// judgeOf is the judge of a root's files.
func (l *Library) judgeOf(r *root) (judge, error) {
	i := r.ignoring.Load()
	return judge{dir: r.dir, rules: l.rules(i)}, i.broken
}

func (l *Library) rules(i *ignoring) ignore.Rules {
	return ignore.NewRules(ownerSource, i.list, commonSource, l.common)
}

// judge says what a look at the whole root would make of the file, or with isDir
// of the folder, at this raw name. It looks at the folders on the way, not at the
// file itself.
func (l *Library) judge(r *root, raw string, isDir bool) verdict {
	if r.adopted() {
		return verdict{} // they were fetched, and are what their ids say
	}
	j, err := l.judgeOf(r)
	if err != nil {
		return verdict{reason: leftUnread, why: err.Error()}
	}
	return j.path(raw, isDir)
}

// stillShared drops what was hashed while newer looks may have come to leave it
// out: whatever lies in wait for longer than a look is judged by itself.
func (l *Library) stillShared(h hashed) hashed {
	looks := h.root.looks.Load()
	if h.err != nil || h.pack != nil || h.asOf == looks {
		return h
	}
	h.asOf = looks
	if v := l.judge(h.root, h.raw, false); v.left() {
		h.err = fmt.Errorf("%s is %s now: %w", h.raw, v.reason, fs.ErrNotExist)
	}
	return h
}

// tellBroken logs once that a file of patterns cannot be used. It is no notice, as
// it can be mended: the root's Problem says it as long as it holds.
func (l *Library) tellBroken(r *root, broken string) {
	if before := r.broken.Swap(&broken); broken != "" && (before == nil || *before != broken) {
		l.log.Warn("patterns cannot be followed", "root", DisplayName(r.name), "problem", DisplayName(broken))
	}
}

// setIgnores gives a root other patterns. The caller holds choosing.
func (l *Library) setIgnores(r *root, roots []*root, patterns []string) error {
	if patterns == nil || slices.Equal(patterns, r.ignoring.Load().patterns) {
		return nil
	}
	before := r.ignoring.Swap(newIgnoring(patterns))
	if err := l.choices.saveRoots(roots); err != nil {
		r.ignoring.Store(before)
		return fmt.Errorf("remember what is left out of %s: %w", r.dir, err)
	}
	l.wakeUp()
	return nil
}
