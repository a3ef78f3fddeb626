package share

import "path/filepath"

// ServesAt gives a function that tells, as things stand then, whether the viewer
// may have what lies or comes to lie at a path of this disk: in a shared folder,
// whether the folder is shared with them. Elsewhere they may: what is fetched is
// served by its id.
func (v View) ServesAt(path string) func() bool {
	lies := liesAt(path)
	return func() bool { return v.l.shelf.grantsAt(lies, v.who, (*audience).serves) }
}

// liesAt is where a file lies, links on the way to it resolved as in root.dir.
func liesAt(path string) string {
	return filepath.Join(resolved(filepath.Dir(path)), filepath.Base(path))
}

func (s *shelf) grantsAt(lies string, who Viewer, may right) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.grantsAtLocked(lies, who, may)
}

// grantsAtLocked is called with mu held.
func (s *shelf) grantsAtLocked(lies string, who Viewer, may right) bool {
	for _, r := range s.roots {
		if !r.adopted() && within(lies, r.dir) && !may(r.audience.Load(), who) {
			return false
		}
	}
	return true
}
