package share

import (
	"strings"

	"golang.org/x/text/cases"

	"starling/share/content"
)

// diskNames gives each file of a collection its place on a disk, below the
// collection's folder, with slashes. Every component is a DiskName; where two
// names become one, or would be one on a disk that folds case, the later ones
// are numbered. The outcome depends on nothing else, so it need not be kept.
func diskNames(col *content.Collection, folds bool) []string {
	names := make([]string, len(col.Files()))
	open := []*nameFolder{newNameFolder("", "", folds)}
	for i, f := range col.Files() {
		parts := strings.Split(f.Path, "/")
		depth := 1
		for depth < len(open) && depth < len(parts) && open[depth].wire == parts[depth-1] {
			depth++
		}
		open = open[:depth]
		for ; depth < len(parts); depth++ {
			dir := open[depth-1]
			id := content.Sum([]byte(strings.Join(parts[:depth], "/")))
			open = append(open, newNameFolder(parts[depth-1], dir.path+dir.take(parts[depth-1], id)+"/", folds))
		}
		dir := open[depth-1]
		if names[i] = dir.path + dir.take(parts[depth-1], f.ID); names[i] == f.Path {
			names[i] = f.Path // the index's memory
		}
	}
	return names
}

// nameFolder is a folder whose names are being given out.
type nameFolder struct {
	wire  string // its own name
	path  string // on the disk, ends in a slash but at the top
	folds bool
	next  map[string]int // by name taken: the number to try next
}

func newNameFolder(wire, path string, folds bool) *nameFolder {
	return &nameFolder{wire: wire, path: path, folds: folds, next: make(map[string]int)}
}

// take gives a name that no other has.
func (d *nameFolder) take(wire string, id content.ID) string {
	name := DiskName(wire, id)
	base := d.key(name)
	for n := max(1, d.next[base]); ; n++ {
		candidate := numbered(name, n)
		if _, taken := d.next[d.key(candidate)]; !taken {
			d.next[d.key(candidate)] = 2
			d.next[base] = n + 1
			return candidate
		}
	}
}

// key is the same for names that may be one on the disk. Disks differ in how far
// they fold: some take ß for ss, some ı for i.
func (d *nameFolder) key(name string) string {
	if d.folds {
		return cases.Fold().String(strings.ToLower(strings.ToUpper(name)))
	}
	return name
}
