package starling_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// joins are where a name may become a part of a path, outside of share, which owns
// both forms of a stranger's name. The value says why it is safe.
var joins = map[string]string{
	"transfer/run_end.go: rec.Name":           "share.DiskName made it when the download was taken up",
	"transfer/repair.go: d.rec.Name":          "the owner's own file, which is repaired where it lies",
	"cmd/starling/demo_files.go: entry.Name":  "a file of this machine, listed from its own folder",
	"cmd/starling/demo_files.go: source.name": "a file of this machine, or an embedded one",
	"node/endpoint.go: name":                  "the loop around it names two constants",
}

// No code but share's joins a name with a path: what a stranger sent would reach a
// disk past share.DiskName.
func TestNamesAreNotJoinedWithPaths(t *testing.T) {
	used := make(map[string]bool)
	for _, room := range []string{"query", "transfer", "node", "config", "cmd"} {
		err := filepath.WalkDir(room, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			for _, arg := range namesJoined(t, path) {
				key := filepath.ToSlash(path) + ": " + arg
				if used[key] = true; joins[key] == "" && !constantsOf(t, filepath.Dir(path))[arg] {
					t.Errorf("%s is joined with a path: take share.DiskName's word for a stranger's name, and list it here with the reason", key)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for key := range joins {
		if !used[key] {
			t.Errorf("%s is not joined any more; take it off the list", key)
		}
	}
}

// namesJoined gives the arguments of filepath.Join and path.Join in a file that are
// called a name.
func namesJoined(t *testing.T, path string) (names []string) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !isJoin(call.Fun) {
			return true
		}
		for _, arg := range call.Args {
			if name := spelled(arg); strings.HasSuffix(strings.ToLower(name), "name") {
				names = append(names, name)
			}
		}
		return true
	})
	return names
}

// constantsOf gives the constants of the package in a folder.
func constantsOf(t *testing.T, dir string) map[string]bool {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	constants := make(map[string]bool)
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if g, ok := n.(*ast.GenDecl); ok && g.Tok == token.CONST {
				for _, spec := range g.Specs {
					for _, name := range spec.(*ast.ValueSpec).Names {
						constants[name.Name] = true
					}
				}
			}
			return true
		})
	}
	return constants
}

func isJoin(fun ast.Expr) bool {
	s, ok := fun.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != "Join" {
		return false
	}
	of, ok := s.X.(*ast.Ident)
	return ok && (of.Name == "filepath" || of.Name == "path")
}

// spelled gives x, x.y or x.y() as text; empty for other expressions.
func spelled(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return spelled(e.X) + "." + e.Sel.Name
	case *ast.CallExpr:
		return spelled(e.Fun)
	}
	return ""
}
