package share

import "path/filepath"

// WhyNot says why a file is not shared that lies in a shared folder, named by its
// absolute path with links resolved. It is empty where nothing speaks against it,
// as of a file that waits to be hashed.
func (l *Library) WhyNot(path string) string {
	for _, r := range l.shelf.folders() {
		if rel, err := filepath.Rel(r.dir, path); err == nil && filepath.IsLocal(rel) {
			return DisplayName(l.whyNot(r, filepath.ToSlash(rel)))
		}
	}
	return "it lies in no shared folder"
}

func (l *Library) whyNot(r *root, raw string) string {
	switch v := l.judge(r, raw, false); v.reason {
	case leftHidden:
		return "hidden files are left out"
	case leftUnfinished:
		return "it looks like a download in progress"
	case leftIgnored:
		return "it is left out by the pattern " + v.String()
	case leftFlagged:
		return "by its name or its folder's it looks like " + v.why + "; what only looks so is shared under another name"
	case leftOther, leftUnread:
		return v.why
	}
	stat, err := r.look(raw)
	switch {
	case err != nil:
		return "it cannot be read: " + cause(err).Error()
	case l.damage.has(stat):
		return "it is damaged, and not served until 'starling repair' has put it right"
	}
	return ""
}
