package starling_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Hard stops. Most files have near 120 lines and most functions near ten; what
// is past these limits usually hides a room of its own.
const (
	fileLinesMax     = 400
	functionLinesMax = 70
	docLinesMin      = 15
	docLinesMax      = 70
)

// A source is one parsed file of the module.
type source struct {
	pkg  string // within the module, "" for the root
	name string // within the package
	fset *token.FileSet
	ast  *ast.File
}

func (s source) test() bool { return strings.HasSuffix(s.name, "_test.go") }
func (s source) line(p token.Pos) int {
	return s.fset.Position(p).Line
}
func (s source) at(n ast.Node) string { return s.fset.Position(n.Pos()).String() }

// sources parses every file that somebody wrote, for whatever system it is.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	fset := token.NewFileSet()
	for _, p := range list(t, "linux") {
		names, err := filepath.Glob(filepath.Join(p.Dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			parsed, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if ast.IsGenerated(parsed) {
				continue
			}
			pkg := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
			all = append(all, source{pkg: pkg, name: filepath.Base(name), fset: fset, ast: parsed})
		}
	}
	return all
}

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	for _, s := range sources(t) {
		if lines := s.line(s.ast.FileEnd); lines > fileLinesMax {
			t.Errorf("%s has %d lines, more than %d", s.at(s.ast), lines, fileLinesMax)
		}
		for _, d := range s.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if lines := s.line(f.End()) - s.line(f.Pos()) + 1; lines > functionLinesMax {
				t.Errorf("%s: %s has %d lines, more than %d", s.at(f), f.Name.Name, lines, functionLinesMax)
			}
		}
	}
}

// pure are the packages without goroutines, clock and chance: these come in as
// arguments, so that a simulation decides about them. In transfer it is the
// picker that is pure.
func pure(s source) bool {
	if s.test() {
		return false
	}
	switch s.pkg {
	case "share/content", "share/words", "share/tags", "share/ignore", "share/wire", "query", "node/overlay/policy":
		return true
	case "transfer":
		return strings.HasPrefix(s.name, "picker")
	}
	return false
}

// impure maps an import path to its functions that reach outside.
var impure = map[string][]string{
	"time":         {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"},
	"math/rand":    {"*"},
	"math/rand/v2": {"N", "Int", "IntN", "Int32", "Int32N", "Int64", "Int64N", "Uint32", "Uint32N", "Uint64", "Uint64N", "UintN", "Uint", "Float32", "Float64", "NormFloat64", "ExpFloat64", "Perm", "Shuffle"},
	"crypto/rand":  {"*"},
}

func TestPureCores(t *testing.T) {
	checked := map[string]bool{}
	for _, s := range sources(t) {
		if pure(s) {
			checked[s.pkg] = true
			for _, violation := range impurities(s) {
				t.Error(violation)
			}
		}
	}
	if len(checked) < 6 {
		t.Errorf("only %d packages are pure", len(checked))
	}
}

func impurities(s source) []string {
	outside := map[string][]string{} // by the name the file gives the package
	for _, imp := range s.ast.Imports {
		importPath := strings.Trim(imp.Path.Value, `"`)
		if names := impure[importPath]; names != nil {
			local := filepath.Base(strings.TrimSuffix(importPath, "/v2"))
			if imp.Name != nil {
				local = imp.Name.Name
			}
			outside[local] = names
		}
	}
	var found []string
	ast.Inspect(s.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, s.at(n)+": a goroutine in a pure core; return an effect and let the caller act")
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && (slices.Contains(outside[x.Name], n.Sel.Name) || slices.Contains(outside[x.Name], "*")) {
				found = append(found, s.at(n)+": "+x.Name+"."+n.Sel.Name+" in a pure core; take time and chance as arguments")
			}
		}
		return true
	})
	return found
}

func TestImpuritiesAreSeen(t *testing.T) {
	const text = `package p
import ("time"; dice "math/rand/v2"; "crypto/rand")
func f() { go f(); _ = time.Now(); _ = dice.IntN(6); rand.Read(nil); var _ time.Time; _ = dice.New(nil) }`
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, "p.go", text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if found := impurities(source{fset: fset, ast: parsed}); len(found) != 4 {
		t.Errorf("found %d of 4: %v", len(found), found)
	}
}

// Every package that somebody wrote opens with a page about itself.
func TestEveryPackageIsIntroduced(t *testing.T) {
	lines := map[string]int{}
	for _, s := range sources(t) {
		if s.test() {
			continue
		}
		doc := 0
		if s.name == "doc.go" && s.ast.Doc != nil {
			doc = s.line(s.ast.Doc.End()) - s.line(s.ast.Doc.Pos()) + 1
		}
		lines[s.pkg] = max(lines[s.pkg], doc)
	}
	for pkg, n := range lines {
		if n < docLinesMin || n > docLinesMax {
			t.Errorf("package %q: doc.go says %d lines about it; say purpose, data's way, terms, goals and who owns which goroutine in %d to %d",
				pkg, n, docLinesMin, docLinesMax)
		}
	}
}
