package node

import (
	"path"
	"strings"

	"starling/query"
	"starling/share"
	"starling/share/content"
	"starling/share/words"
)

// answer is what the library and the downloads under way have for a query, at most limit entries. Who names a content id is told of
// everything that is served by id: finished fetches, whether they may be searched or not, and the parts held of one under way. Words find
// only what the owner made searchable.
func (n *Node) answer(e words.Expr, limit int) []query.Entry {
	files := n.library.Search(e, limit)
	out := make([]query.Entry, 0, len(files))
	for _, f := range files {
		out = append(out, wholeEntry(f))
	}
	if id, named := e.ID(); named && len(out) == 0 {
		if entry, held := n.partialEntry(id); held && e.Match(words.Doc{Path: entry.Name, SizeBytes: entry.SizeBytes, Type: entry.Type, ID: id}) {
			out = append(out, entry)
		}
	}
	return out
}

func wholeEntry(f share.File) query.Entry {
	groups := content.LayoutOf(f.SizeBytes).Groups()
	return query.Entry{Name: f.Name, SizeBytes: f.SizeBytes, ID: f.ID, Type: f.Type, HeldGroups: groups, Groups: groups, Files: f.Files, Tags: f.Tags}
}

// wireName is a name as a hit may carry it.
func wireName(name string) string {
	name = path.Base(name)
	if len(name) > query.NameBytesMax {
		name = name[:query.NameBytesMax]
	}
	return strings.ToValidUTF8(name, "")
}
