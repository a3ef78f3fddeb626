package share

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// AudienceKind says who may have what a root shares. The words are those of
// roots.json.
type AudienceKind string

// The audiences of a root.
const (
	Everyone AudienceKind = "everyone" // found by words, listed, and served
	Named    AudienceKind = "nodes"    // all that for some nodes, and nothing for others
	ByID     AudienceKind = "id"       // found by no word and not listed, but served to whoever names a content id
	Nobody   AudienceKind = "nobody"   // what roots.json says makes no sense: see Root.Problem; it cannot be chosen
)

// Audience says who may find and fetch what a root shares. The zero value is
// everyone.
type Audience struct {
	Kind  AudienceKind
	Nodes []string // of Named alone: their whole node ids
}

// Limits of a list of nodes. An id has some 52 bytes, and who names more than
// hundreds of nodes means everyone.
const (
	audienceNodesMax = 256
	nodeIDBytesMax   = 128
)

// ErrAudience says that an audience makes no sense, and that nothing is shared by it.
var ErrAudience = errors.New("it is not clear who may have it")

// ErrOtherAudience says that a folder is shared already, with others than asked for.
var ErrOtherAudience = errors.New("shared already, with others")

// String says who it is in words that fit behind "with".
func (a Audience) String() string {
	switch n := len(a.Nodes); {
	case a.Kind == Named && n == 1:
		return "1 node"
	case a.Kind == Named:
		return fmt.Sprintf("%d nodes", n)
	case a.Kind == ByID:
		return "everyone who knows an id"
	case a.Kind == Nobody:
		return string(Nobody)
	}
	return string(Everyone)
}

func (a Audience) equal(b Audience) bool {
	return a.Kind == b.Kind && slices.Equal(a.Nodes, b.Nodes)
}

// audience is an Audience that is asked for every row, page and piece. It never
// changes; a root that gets another one gets another pointer.
type audience struct {
	Audience
	named  map[string]struct{}
	broken error // then it is nobody, and the words stay as they were found
}

// newAudience judges an audience. What makes no sense, as a word of a later
// version does not, is shared with nobody.
func newAudience(asked Audience) *audience {
	a := &audience{Audience: asked, broken: asked.check()}
	if a.broken != nil {
		return a
	}
	if a.Kind == "" {
		a.Kind = Everyone
	}
	a.named = make(map[string]struct{}, len(asked.Nodes))
	for _, id := range asked.Nodes {
		a.named[id] = struct{}{}
	}
	a.Nodes = slices.Sorted(maps.Keys(a.named))
	return a
}

func (a Audience) check() error {
	switch a.Kind {
	case "", Everyone, ByID:
		if len(a.Nodes) > 0 {
			return fmt.Errorf("%w: nodes are named, and the audience is %q", ErrAudience, a.Kind)
		}
		return nil
	case Named:
		return checkNodes(a.Nodes)
	}
	return fmt.Errorf("%w: the audience %q is unknown", ErrAudience, a.Kind)
}

func checkNodes(nodes []string) error {
	if len(nodes) == 0 || len(nodes) > audienceNodesMax {
		return fmt.Errorf("%w: name between 1 and %d nodes, not %d", ErrAudience, audienceNodesMax, len(nodes))
	}
	for _, id := range nodes {
		odd := strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7f })
		if id == "" || len(id) > nodeIDBytesMax || odd {
			return fmt.Errorf("%w: %.20q is no node id", ErrAudience, id)
		}
	}
	return nil
}

// Viewer is who asks. The zero value is anyone, who sees the least.
type Viewer struct {
	owner bool
	node  string // whose id is proven; empty: unknown
}

// Owner sees everything: the person at this node.
func Owner() Viewer { return Viewer{owner: true} }

// Anyone is a node that nothing is known of, as behind a query that others have
// passed on.
func Anyone() Viewer { return Viewer{} }

// Node is a node that has proven that this id is its own.
func Node(id string) Viewer { return Viewer{node: id} }

// serves says whether the viewer may have what is shared, by its content id.
func (a *audience) serves(who Viewer) bool {
	if who.owner || a.broken != nil {
		return who.owner
	}
	if a.Kind == Named {
		_, named := a.named[who.node]
		return named
	}
	return a.Kind == Everyone || a.Kind == ByID
}

// shows says whether the viewer may find it by words and see it listed.
func (a *audience) shows(who Viewer) bool {
	return who.owner || a.Kind != ByID && a.serves(who)
}

// open says that there is nothing to keep from anyone.
func (a *audience) open() bool { return a.shows(Anyone()) }

// told is the audience as its owner is told of it.
func (a *audience) told() Audience {
	if a.broken != nil {
		return Audience{Kind: Nobody}
	}
	return a.Audience
}

// choice is the audience as it is written: everyone is what no word is said of.
func (a *audience) choice() Audience {
	if a.open() {
		return Audience{}
	}
	return a.Audience
}

// trouble is empty, or why nobody has it.
func (a *audience) trouble() string {
	if a.broken == nil {
		return ""
	}
	return fmt.Sprintf("%v; it is shared with nobody until you choose again", a.broken)
}

// audience judges what is asked for a new root.
func (o RootOptions) audience() (*audience, error) {
	if o.Audience == nil {
		return newAudience(Audience{}), nil
	}
	a := newAudience(*o.Audience)
	return a, a.broken
}

// SetAudience changes who may have what a root shares, named as in Root.Name or by
// its path. It holds at once for searches and pages, and for files that are being
// read at their next piece; what was fetched before is not to be had back. Errors:
// ErrAudience, ErrNotShared.
func (l *Library) SetAudience(nameOrPath string, to Audience) (Root, error) {
	audience := newAudience(to)
	if audience.broken != nil {
		return Root{}, audience.broken
	}
	l.choosing.Lock()
	defer l.choosing.Unlock()
	roots := l.shelf.folders()
	i := rootNamed(roots, nameOrPath)
	if i < 0 {
		return Root{}, fmt.Errorf("no folder is shared as %q: %w", nameOrPath, ErrNotShared)
	}
	before := roots[i].audience.Load()
	l.shelf.setAudience(roots[i], audience)
	if err := l.choices.saveRoots(roots); err != nil {
		l.shelf.setAudience(roots[i], before)
		return Root{}, fmt.Errorf("remember with whom %s is shared: %w", roots[i].dir, err)
	}
	return l.describe(roots[i]), nil
}
