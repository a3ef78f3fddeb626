package share

import "path/filepath"

// ServesAt gives a function that tells, as things stand then, whether the viewer
// may have what lies or comes to lie at a path of this disk: in a shared folder,
// whether the folder is shared with them; elsewhere it is as the caller says.
func (v View) ServesAt(path string, elsewhere bool) func() bool {
	lies := liesAt(path)
	return func() bool { return v.l.shelf.grantsAt(lies, v.who, elsewhere) }
}

// liesAt is where a file lies, links on the way to it resolved as in root.dir.
func liesAt(path string) string {
	return filepath.Join(resolved(filepath.Dir(path)), filepath.Base(path))
}

func (s *shelf) grantsAt(lies string, who Viewer, elsewhere bool) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range s.roots {
		if !r.adopted() && within(lies, r.dir) {
			return r.audience.Load().serves(who) // no other is around it
		}
	}
	return elsewhere
}
