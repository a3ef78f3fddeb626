package starling_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "starling"

// A room is what one package may stand on. Patterns name a package, or with
// /... at the end it and all below it.
type room struct {
	own     []string // packages of this module
	foreign []string // packages of other modules; "..." is any
	notStd  []string // parts of the standard library it must not know
	why     string
}

// Groups of foreign packages.
var (
	protobuf = "google.golang.org/protobuf/..."
	libp2p   = []string{"github.com/libp2p/...", "github.com/multiformats/...", "github.com/marcopolo/simnet/..."}
	media    = []string{"github.com/gabriel-vasile/mimetype/...", "github.com/dhowden/tag/...", "github.com/bep/imagemeta/..."}
	screens  = []string{"github.com/spf13/cobra/...", "charm.land/...", "github.com/lmittmann/tint/..."}
)

// Groups of standard packages. net/url and net/netip only read text.
var (
	files   = []string{"os/...", "io/ioutil", "path/filepath", "embed"}
	network = []string{"net", "net/http/...", "net/rpc/...", "net/smtp", "net/textproto", "crypto/tls"}
	logs    = []string{"log/..."}
	tasks   = []string{"sync/...", "context"}
	clock   = []string{"time"}
)

func concat(lists ...[]string) []string { return slices.Concat(lists...) }

// house is the import table of ARCHITECTURE.md: every package has a line here.
var house = map[string]room{
	"share/content": {
		foreign: []string{"lukechampine.com/blake3/..."},
		notStd:  concat(files, network, logs, tasks, clock),
		why:     "what a file is depends on nothing but its bytes",
	},
	"share/words": {
		foreign: []string{"golang.org/x/text/..."},
		notStd:  concat(files, network, logs, tasks, clock),
		why:     "how text becomes words depends on nothing but the text",
	},
	"share/ignore": {
		notStd: concat(files, network, logs, tasks, clock),
		why:    "what a pattern means depends on nothing but its text and the path",
	},
	"share/wire": {
		foreign: []string{protobuf},
		notStd:  concat(files, network, logs, tasks, clock),
		why:     "frames are bytes in and messages out",
	},
	"share/tags": {
		own:     []string{"share/words"},
		foreign: media,
		notStd:  concat(files, network, logs, tasks, clock),
		why:     "what a file says of itself depends on nothing but its bytes and its name",
	},
	"share": {
		own: []string{"share/content", "share/words", "share/tags", "share/ignore"},
		foreign: []string{"go.etcd.io/bbolt/...", "golang.org/x/sys/...", "golang.org/x/text/...", "golang.org/x/sync/...", "golang.org/x/time/...",
			"github.com/fsnotify/fsnotify/..."},
		notStd: network,
		why:    "the library knows files and words, not who asks for them",
	},
	"query": {
		own:     []string{"share/content", "share/words", "share/wire", "query/pb"},
		foreign: []string{protobuf},
		notStd:  concat(files, network, logs, tasks),
		why:     "a state machine: what the simulator proves is what ships",
	},
	"query/pb": {foreign: []string{protobuf}, why: "generated messages"},
	"transfer": {
		own: []string{"share", "share/content", "share/wire", "transfer/pb"},
		foreign: []string{protobuf, "go.etcd.io/bbolt/...", "golang.org/x/time/...", "golang.org/x/sync/...",
			"github.com/cenkalti/backoff/..."},
		notStd: network,
		why:    "a source is an opaque id and a function that opens a stream to it",
	},
	"transfer/pb": {foreign: []string{protobuf}, why: "generated messages"},
	"config": {
		own:     []string{"share", "transfer", "query"},
		foreign: []string{"github.com/spf13/viper/...", "github.com/spf13/pflag/...", "github.com/adrg/xdg/...", "github.com/pelletier/go-toml/..."},
		notStd:  []string{"net/http/..."},
		why:     "one Config is the sum of the Options below; it starts nothing",
	},
	"node/overlay": {
		own:     []string{"query", "config", "share/content", "share/words", "share/wire", "node/overlay/pb", "node/overlay/policy"},
		foreign: []string{"..."},
		why:     "libp2p meets the router here, and neither the library nor transfers",
	},
	"node/overlay/pb":     {foreign: []string{protobuf}, why: "generated messages"},
	"node/overlay/policy": {notStd: concat(files, network, logs, tasks, clock), why: "whom to keep is decided by state alone"},
	"node": {
		own: []string{"share/...", "query/...", "transfer/...", "config", "node/..."}, foreign: []string{"..."},
		why: "the composition root knows all below it and nobody above",
	},
	"node/pb": {foreign: []string{protobuf}, why: "generated messages"},
	"simulations": {
		own: []string{"share/...", "query/...", "transfer/...", "config", "node/...", "simulations/..."}, foreign: []string{"..."},
		why: "worlds are made of everything but the program",
	},
	"cmd/starling": {
		own:     []string{"node", "config", "simulations/..."},
		foreign: []string{"..."},
		why:     "the program is a client of the node and does nothing by itself",
	},
}

// Foreign packages with one home each.
var homes = []struct {
	packages []string
	under    []string
	why      string
}{
	{libp2p, []string{"node", "simulations"}, "libp2p is node's alone: core/peer by itself pulls in 227 packages"},
	{screens, []string{"cmd"}, "screens belong to the program"},
	{[]string{"github.com/spf13/viper/..."}, []string{"config"}, "one package knows where settings come from"},
	{media, []string{"share/tags"}, "libraries that read strangers' files are fenced in one place"},
}

// testTools are packages made for tests, which those of every floor may use.
var testTools = []string{"simulations/hostile/..."}

// lineOf finds the line for a package; a room's own sub-packages share its line
// under simulations, where every world may have one.
func lineOf(pkg string) (room, bool) {
	if strings.HasPrefix(pkg, "simulations/") {
		pkg = "simulations"
	}
	r, ok := house[pkg]
	return r, ok
}

func matches(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		base, below := strings.CutSuffix(pattern, "...")
		base = strings.TrimSuffix(base, "/")
		return base == "" || pkg == base || (below && strings.HasPrefix(pkg, base+"/"))
	})
}

// A listed package, as go list gives it.
type listed struct {
	ImportPath, Dir                    string
	Imports, TestImports, XTestImports []string
}

// list asks the go command for every package as one operating system sees it.
func list(t *testing.T, goos string) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Imports,TestImports,XTestImports", "./...")
	cmd.Env = append(os.Environ(), "GOOS="+goos)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list for %s: %v\n%s", goos, err, &complaints)
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < len(house)/2 {
		t.Fatalf("go list names only %d packages", len(packages))
	}
	return packages
}

func TestImportTable(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		t.Run(goos, func(t *testing.T) {
			for _, p := range list(t, goos) {
				if p.ImportPath == module {
					continue
				}
				pkg := strings.TrimPrefix(p.ImportPath, module+"/")
				for _, violation := range violations(pkg, p) {
					t.Error(violation)
				}
			}
		})
	}
}

// violations lists what a package imports against the table. Tests may use any
// library and any part of the standard one, test tools, and the messages of the
// packages they may import, but look no further up the house.
func violations(pkg string, p listed) []string {
	r, ok := lineOf(pkg)
	if !ok {
		return []string{pkg + " has no line in the import table of house_test.go: say there what it may import, and why"}
	}
	var found []string
	for _, imported := range p.Imports {
		if why := banned(pkg, r, imported); why != "" {
			found = append(found, pkg+" must not import "+imported+": "+why)
		}
	}
	for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
		own, ok := strings.CutPrefix(imported, module+"/")
		allowed := slices.Concat(r.own, testTools)
		if ok && own != pkg && !matches(allowed, own) && !matches(allowed, strings.TrimSuffix(own, "/pb")) {
			found = append(found, "the tests of "+pkg+" must not import "+imported+": "+r.why)
		}
		if why := homeless(pkg, imported); why != "" {
			found = append(found, "the tests of "+pkg+" must not import "+imported+": "+why)
		}
	}
	return found
}

func banned(pkg string, r room, imported string) (why string) {
	if own, ok := strings.CutPrefix(imported, module+"/"); ok {
		if !matches(r.own, own) {
			return r.why
		}
		return ""
	}
	if isStd(imported) {
		if matches(r.notStd, imported) {
			return r.why
		}
		return ""
	}
	if !matches(r.foreign, imported) {
		return r.why
	}
	return homeless(pkg, imported)
}

// homeless says why a foreign package is out of its home in pkg.
func homeless(pkg, imported string) string {
	for _, h := range homes {
		if matches(h.packages, imported) && !slices.ContainsFunc(h.under, func(home string) bool { return matches([]string{home + "/..."}, pkg) }) {
			return h.why
		}
	}
	return ""
}

// isStd: only the standard library has paths without a dot in the first part.
func isStd(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return !strings.Contains(first, ".")
}

// The table itself must refuse: a test of the rules by imports that break them.
func TestTheTableRefuses(t *testing.T) {
	for pkg, imports := range map[string][]string{
		"share/content":       {"os", "net", "net/http", "log/slog", "time", "sync", "starling/share", "golang.org/x/text/cases", "github.com/libp2p/go-libp2p"},
		"share/words":         {"path/filepath", "starling/share/content", "lukechampine.com/blake3"},
		"share/tags":          {"os", "net", "sync", "time", "starling/share", "starling/share/content", "golang.org/x/text/cases"},
		"share/ignore":        {"os", "path/filepath", "starling/share", "golang.org/x/text/unicode/norm"},
		"share/wire":          {"os", "starling/share/words", "lukechampine.com/blake3"},
		"query":               {"os", "net", "log/slog", "context", "sync", "starling/share", "starling/transfer", "starling/config", "starling/node/overlay", "github.com/libp2p/go-libp2p/core/peer"},
		"share":               {"net", "github.com/dhowden/tag", "github.com/gabriel-vasile/mimetype", "starling/query", "starling/transfer", "starling/share/wire", "github.com/spf13/viper"},
		"transfer":            {"net", "starling/query", "starling/share/words", "starling/node/overlay", "github.com/multiformats/go-multiaddr"},
		"config":              {"starling/node", "starling/node/overlay", "net/http", "github.com/libp2p/go-libp2p"},
		"node/overlay":        {"starling/share", "starling/transfer", "starling/node", "github.com/spf13/cobra"},
		"node":                {"starling/cmd/starling", "starling/simulations", "charm.land/bubbletea/v2", "github.com/spf13/viper"},
		"simulations":         {"starling/cmd/starling", "github.com/spf13/cobra"},
		"simulations/x":       {"starling/cmd/starling"},
		"cmd/starling":        {"starling/query", "starling/transfer", "starling/share", "starling/node/overlay", "github.com/libp2p/go-libp2p", "github.com/spf13/viper"},
		"node/overlay/pb":     {"starling/query", "github.com/libp2p/go-libp2p"},
		"node/overlay/policy": {"os", "net", "log/slog", "context", "sync", "time", "starling/query", "starling/node/overlay", "github.com/libp2p/go-libp2p/core/peer"},
	} {
		for _, imported := range imports {
			if len(violations(pkg, listed{Imports: []string{imported}})) != 1 {
				t.Errorf("%s may import %s", pkg, imported)
			}
		}
	}
	if len(violations("util", listed{})) != 1 {
		t.Error("a package without a line passes")
	}
	if len(violations("query", listed{TestImports: []string{"starling/node"}, XTestImports: []string{"github.com/libp2p/go-libp2p"}})) != 2 {
		t.Error("tests may look upward")
	}
	if found := violations("query", listed{Imports: []string{"time", "fmt", "starling/share/words"}, TestImports: []string{"os", "pgregory.net/rapid", "starling/simulations/hostile"}}); found != nil {
		t.Error(found)
	}
}

// Every line is about a package that exists, or it guards nothing.
func TestTheTableHasNoDeadLines(t *testing.T) {
	packages := list(t, "linux")
	for name := range house {
		if !slices.ContainsFunc(packages, func(p listed) bool { return p.ImportPath == path.Join(module, name) }) {
			t.Errorf("no package %s", name)
		}
	}
}
