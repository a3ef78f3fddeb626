package share

import (
	"path"
	"path/filepath"
)

// A lister says of files whether a shared folder lists them. It judges each folder
// once: collections have thousands of files in few folders.
type lister struct {
	l       *Library
	folders []*root
	places  map[fileName]judgedPlace
}

type judgedPlace struct {
	judge
	place
	verdict
}

func (l *Library) lister() *lister {
	return &lister{l: l, folders: l.shelf.folders(), places: make(map[fileName]judgedPlace)}
}

// lists is asked by where a file lies, see liesAt.
func (f *lister) lists(lies string) bool {
	for _, r := range f.folders {
		rel, err := filepath.Rel(r.dir, lies)
		if err != nil || !within(lies, r.dir) || lies == r.dir {
			continue
		}
		raw := filepath.ToSlash(rel)
		p := f.at(fileName{r, path.Dir(raw)})
		return !p.left() && !p.name(p.place, path.Base(raw), false).left()
	}
	return false
}

func (f *lister) at(folder fileName) judgedPlace {
	p, known := f.places[folder]
	if known {
		return p
	}
	var err error
	if p.judge, err = f.l.judgeOf(folder.root); err != nil {
		p.verdict = verdict{reason: leftUnread, why: err.Error()}
	} else {
		p.place, p.verdict = p.placeAt(folder.raw)
	}
	f.places[folder] = p
	return p
}
