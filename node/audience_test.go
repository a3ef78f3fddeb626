package node

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"starling/node/overlay"
	"starling/share/content"
	"starling/share/wire"
	"starling/share/words"
	"starling/transfer"
	"starling/transfer/pb"
)

// An audienceWorld is a holder and those who want something of it, on loopback:
//
//	stranger ── far ── other ── holder ── near
//
// Near and far are named; the stranger and far know the holder's address.
type audienceWorld struct {
	*testing.T
	holder  *Node
	owner   *Client
	viewers map[string]*viewer
	kinds   map[string]sharedKind
}

type viewer struct {
	*Node
	client *Client
}

// A sharedKind is a folder with one audience: a song, and the folder as a collection.
type sharedKind struct {
	root  string
	text  string // of the song
	song  content.ID
	whole content.ID
}

var audienceKinds = []string{"open", "named", "hidden"}

func newAudienceWorld(t *testing.T) *audienceWorld {
	w := &audienceWorld{T: t, viewers: make(map[string]*viewer), kinds: make(map[string]sharedKind)}
	w.holder, w.owner = startTest(t, Options{Config: testConfig(t.TempDir())})
	for _, name := range []string{"near", "other", "far", "stranger"} {
		c := testConfig(t.TempDir())
		c.Transfer.NoSeed = true // or what one has fetched would be had from it
		n, client := startTest(t, Options{Config: c})
		w.viewers[name] = &viewer{n, client}
	}
	address := w.holder.overlay.Addresses()[0]
	for _, link := range [][2]string{{"near", ""}, {"other", ""}, {"far", "other"}, {"stranger", "far"}} {
		to := address
		if link[1] != "" {
			to = w.viewers[link[1]].overlay.Addresses()[0]
		}
		w.check(second(w.viewers[link[0]].client.Connect(t.Context(), to)))
		w.check(second(w.viewers[link[0]].overlay.Know(t.Context(), address)))
	}
	for _, kind := range audienceKinds {
		w.share(kind)
	}
	eventually(t, "everybody finds what is open", func() bool {
		for _, v := range w.viewers {
			if !v.finds(w, "id:"+w.kinds["open"].song.String(), w.kinds["open"].song) {
				return false
			}
		}
		return true
	})
	return w
}

func second[T any](_ T, err error) error { return err }

func (w *audienceWorld) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *audienceWorld) share(kind string) {
	w.Helper()
	dir := filepath.Join(w.TempDir(), kind+"root")
	w.check(os.MkdirAll(filepath.Join(dir, "sub"), 0o700))
	text := kind + numbered(300_000)
	w.check(os.WriteFile(filepath.Join(dir, "sub", kind+" wren.txt"), []byte(text), 0o600))
	to := map[string]Audience{"named": {Kind: "nodes", Nodes: []string{w.viewers["near"].overlay.ID(), w.viewers["far"].overlay.ID()}}, "hidden": {Kind: "id"}}[kind]
	w.check(second(w.owner.AddShare(w.Context(), dir, ShareOptions{Collection: true, Audience: to})))
	shares, err := w.owner.Rescan(w.Context())
	w.check(err)
	last := shares[len(shares)-1]
	whole, err := content.ParseID(last.ID)
	w.check(err)
	w.kinds[kind] = sharedKind{root: last.Name, text: text, song: content.Sum([]byte(text)), whole: whole}
}

// finds searches the network; the owner's own words are answered by its library.
func (v *viewer) finds(w *audienceWorld, expression string, id content.ID) bool {
	w.Helper()
	if v.Node == w.holder {
		e, err := words.Parse(expression)
		w.check(err)
		files := v.library.Search(e, 10)
		return len(files) > 0 && files[0].ID == id
	}
	found := false
	for e, err := range v.client.Search(w.Context(), SearchRequest{Expression: expression, WaitMS: 60_000}) {
		w.check(err)
		found = found || e.Hit != nil && e.Hit.ID == id.String()
	}
	return found
}

// names lists a folder of the holder; ok is false where it does not exist, as far as the viewer is told.
func (v *viewer) names(w *audienceWorld, path string) (names []string, ok bool) {
	w.Helper()
	for e, err := range v.client.Browse(w.Context(), w.holder.overlay.ID(), path) {
		var p *Problem
		if errors.As(err, &p) && p.Code == CodeNotFound && p.Message == `no folder "`+path+`" is shared there` {
			return nil, false
		}
		w.check(err)
		names = append(names, e.Name)
	}
	return names, true
}

// told is the holder's first word on a content id, byte for byte.
func (v *viewer) told(w *audienceWorld, id content.ID) []byte {
	w.Helper()
	first, next := v.asks(w, id)
	next(true)
	return first
}

// asks opens an upload of the holder's; next gives its next word, or ends it.
func (v *viewer) asks(w *audienceWorld, id content.ID) (first []byte, next func(end bool) []byte) {
	w.Helper()
	s, err := v.overlay.OpenStream(w.Context(), w.holder.overlay.ID(), transfer.ProtocolID)
	w.check(err)
	s.SetReadDeadline(time.Now().Add(time.Minute))
	w.check(wire.WriteFrame(s, &pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: id[:]}}}))
	reader := bufio.NewReader(s)
	next = func(end bool) []byte {
		if end {
			w.check(s.Reset())
			return nil
		}
		frame, err := wire.ReadFrame(reader, nil, 1<<20)
		w.check(err)
		return frame
	}
	return next(false), next
}

// has tells whether the viewer gets the content. Who is refused is told what it is told of content that nobody has.
func (v *viewer) has(w *audienceWorld, id content.ID) bool {
	w.Helper()
	if v.Node == w.holder {
		_, err := v.client.Link(w.Context(), id.String())
		return err == nil
	}
	told := v.told(w, id)
	return !bytes.Equal(told, v.told(w, content.Sum([]byte("unknown"))))
}

// reads takes a part of the song.
func (v *viewer) reads(w *audienceWorld, kind sharedKind) bool {
	w.Helper()
	magnet := content.Magnet{ID: kind.song, Nodes: w.holder.overlay.Addresses()}
	c, err := v.client.Content(w.Context(), magnet.String(), "100-299999")
	w.check(err)
	defer c.Close()
	got, err := io.ReadAll(c)
	w.check(err)
	return string(got) == kind.text[100:300_000]
}

// ways to come by what is shared. Each letter stands for one.
var ways = map[string]func(*audienceWorld, *viewer, sharedKind, string) bool{
	"w": func(w *audienceWorld, v *viewer, k sharedKind, kind string) bool {
		return v.finds(w, kind+" wren", k.song)
	},
	"c": func(w *audienceWorld, v *viewer, k sharedKind, _ string) bool {
		return v.finds(w, k.root+" type:collection", k.whole)
	},
	"i": func(w *audienceWorld, v *viewer, k sharedKind, _ string) bool {
		return v.finds(w, "id:"+k.song.String(), k.song)
	},
	"I": func(w *audienceWorld, v *viewer, k sharedKind, _ string) bool {
		return v.finds(w, "id:"+k.whole.String(), k.whole)
	},
	"r": func(w *audienceWorld, v *viewer, k sharedKind, _ string) bool {
		names, _ := v.names(w, "")
		return strings.Contains(strings.Join(names, "/")+"/", k.root+"/")
	},
	"p": func(w *audienceWorld, v *viewer, k sharedKind, _ string) bool {
		_, ok := v.names(w, k.root+"/sub")
		return ok
	},
	"t": func(w *audienceWorld, v *viewer, k sharedKind, _ string) bool { return v.has(w, k.song) },
	"T": func(w *audienceWorld, v *viewer, k sharedKind, _ string) bool { return v.has(w, k.whole) },
}

const everyWay = "wciIrptT"

// TestAudienceMatrix: each audience, each viewer, each way.
func TestAudienceMatrix(t *testing.T) {
	t.Parallel()
	w := newAudienceWorld(t)
	w.viewers["owner"] = &viewer{w.holder, w.owner}
	for _, c := range []struct{ kind, viewer, want string }{
		{"open", "owner", everyWay}, {"open", "near", everyWay}, {"open", "other", everyWay}, {"open", "far", everyWay}, {"open", "stranger", everyWay},
		{"named", "owner", everyWay}, {"named", "near", everyWay}, {"named", "other", ""}, {"named", "far", "rptT"}, {"named", "stranger", ""},
		{"hidden", "owner", everyWay}, {"hidden", "near", "iItT"}, {"hidden", "other", "iItT"}, {"hidden", "far", "iItT"}, {"hidden", "stranger", "iItT"},
	} {
		v, k := w.viewers[c.viewer], w.kinds[c.kind]
		for _, way := range strings.Split(everyWay, "") {
			if got, want := ways[way](w, v, k, c.kind), strings.Contains(c.want, way); got != want {
				t.Errorf("%s, %s, way %s: %v, want %v", c.kind, c.viewer, way, got, want)
			}
		}
		if strings.Contains(c.want, "t") && !v.reads(w, k) {
			t.Errorf("%s: %s reads something else", c.kind, c.viewer)
		}
	}
	w.fetchWhatWasListed()
	w.changeAudiences()
}

// fetchWhatWasListed: a named node from further away fetches by the beginning of an id what it has seen by browsing, though no search finds it.
func (w *audienceWorld) fetchWhatWasListed() {
	w.Helper()
	far, k := w.viewers["far"], w.kinds["named"]
	d := fetch(w.T, far.client, GetRequest{Targets: []string{k.song.String()[:12]}})
	if len(d) != 1 || d[0].State != "done" || d[0].Name != "named wren.txt" {
		w.Errorf("fetched: %+v", d)
	}
}

// changeAudiences: a change holds at once, and the list of shared folders tells it.
func (w *audienceWorld) changeAudiences() {
	w.Helper()
	near, other := w.viewers["near"], w.viewers["other"]
	song := w.kinds["named"]
	share, err := w.owner.SetAudience(w.Context(), "namedroot", Audience{Kind: "everyone"})
	w.check(err)
	if share.Kind != "everyone" || share.Nodes != nil || share.N != 2 || !other.finds(w, "named wren", song.song) || !other.has(w, song.whole) {
		w.Errorf("now for everyone: %+v", share)
	}
	_, next := near.asks(w, song.song) // and asks for nothing of it
	w.check(second(w.owner.SetAudience(w.Context(), "namedroot", Audience{Nodes: []string{other.overlay.ID()}})))
	if near.finds(w, "named wren", song.song) || near.has(w, song.song) || !other.finds(w, "named wren", song.song) {
		w.Error("now for the other alone: near still has it, or the other does not")
	}
	for gone := near.told(w, content.Sum([]byte("unknown"))); ; {
		if word := next(false); bytes.Equal(word, gone) {
			break
		} else if err := proto.Unmarshal(word, new(pb.Message)); err != nil {
			w.Fatal(err)
		}
	}
	shares, err := w.owner.Shares(w.Context())
	w.check(err)
	if s := shares[1]; s.Kind != "nodes" || len(s.Nodes) != 1 || s.Nodes[0] != other.overlay.ID() {
		w.Errorf("the list says %+v", s)
	}
}

// TestTakenBack: an upload under way ends within seconds when the owner takes back what it is of.
func TestTakenBack(t *testing.T) {
	t.Parallel()
	for what, take := range map[string]func(context.Context, *Client, string) error{
		"another audience": func(ctx context.Context, c *Client, dir string) error {
			return second(c.SetAudience(ctx, dir, Audience{Kind: "nodes", Nodes: []string{someNode}}))
		},
		"removed": func(ctx context.Context, c *Client, dir string) error { return c.RemoveShare(ctx, dir) },
	} {
		slow := testConfig(t.TempDir())
		slow.Transfer.UpBytesPerSec = 100_000
		holder, owner := startTest(t, Options{Config: slow})
		asker, asking := startTest(t, Options{Config: testConfig(t.TempDir())})
		if _, err := asking.Connect(t.Context(), holder.overlay.Addresses()[0]); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		text := numbered(8 << 20)
		if err := os.WriteFile(filepath.Join(dir, "film.txt"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := second(owner.AddShare(t.Context(), dir, ShareOptions{Audience: Audience{Nodes: []string{asker.overlay.ID()}}})); err != nil {
			t.Fatal(err)
		}
		if _, err := owner.Rescan(t.Context()); err != nil {
			t.Fatal(err)
		}
		row := rowsFor(t, asking, "film")["film.txt"]
		if _, err := asking.Get(t.Context(), GetRequest{Targets: []string{row.ID}}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "some of it is sent", func() bool { u := holder.uploads(); return len(u) == 1 && u[0].SentBytes > 0 })
		if err := take(t.Context(), owner, dir); err != nil {
			t.Fatal(err)
		}
		eventually(t, what+": the upload ends", func() bool { return len(holder.uploads()) == 0 })
		if d := asker.downloads()[0]; d.State == "done" || d.HaveBytes == d.SizeBytes {
			t.Errorf("%s: the asker has it all: %+v", what, d)
		}
	}
}

// someNode is an id that is nobody's here.
const someNode = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp"

// TestAudienceRequests: what makes no sense is a usage error that says what to try, and changes nothing.
func TestAudienceRequests(t *testing.T) {
	t.Parallel()
	n, client := startTest(t, Options{Config: testConfig(t.TempDir())})
	dir := t.TempDir()
	many := make([]string, audienceNodesMax+1)
	for i := range many {
		id, err := overlay.NewIdentity()
		if err != nil {
			t.Fatal(err)
		}
		many[i] = id.ID()
	}
	for _, bad := range []struct {
		to  Audience
		say string
	}{
		{Audience{Kind: "friends"}, "everyone, nodes"},
		{Audience{Kind: "nodes"}, "1 to 256"},
		{Audience{Kind: "id", Nodes: []string{someNode}}, "leave one"},
		{Audience{Kind: "everyone", Nodes: []string{someNode}}, "leave one"},
		{Audience{Nodes: []string{"1"}}, "no neighbour 1"},
		{Audience{Nodes: []string{"nobody here"}}, "starling neighbours"},
		{Audience{Nodes: []string{""}}, "starling neighbours"},
		{Audience{Nodes: []string{someNode[:51]}}, "starling neighbours"},
		{Audience{Nodes: []string{n.overlay.ID()}}, "this node itself"},
		{Audience{Nodes: many}, "257 nodes"},
	} {
		_, err := client.AddShare(t.Context(), dir, ShareOptions{Audience: bad.to})
		var p *Problem
		if !errors.As(err, &p) || p.Code != CodeUsage || !strings.Contains(p.Message, bad.say) || len(n.shares()) > 0 {
			t.Errorf("%.80v: %v", bad.to, err)
		}
	}
	if s, err := client.AddShare(t.Context(), dir, ShareOptions{Audience: Audience{Nodes: []string{"/ip4/192.0.2.1/tcp/6346/p2p/" + someNode}}}); err != nil || s.Nodes[0] != someNode {
		t.Errorf("an address: %+v, %v", s, err)
	}
	for _, c := range []struct {
		err  error
		code Code
		say  string
	}{
		{second(client.AddShare(t.Context(), dir, ShareOptions{Audience: Audience{Kind: "id"}})), CodeUsage, "starling share set"},
		{second(client.SetAudience(t.Context(), dir, Audience{})), CodeUsage, "say with whom"},
		{second(client.SetAudience(t.Context(), "nowhere", Audience{Kind: "id"})), CodeNotFound, "share ls"},
		{second(client.NodesNamed(t.Context(), nil)), CodeUsage, "0 nodes"},
	} {
		var p *Problem
		if !errors.As(c.err, &p) || p.Code != c.code || !strings.Contains(p.Message, c.say) {
			t.Errorf("%v, want %s and %q", c.err, c.code, c.say)
		}
	}
	if s := n.shares()[0]; s.Kind != "nodes" {
		t.Errorf("what was refused has changed it to %+v", s)
	}
}
