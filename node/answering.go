package node

import (
	"path"
	"strings"

	"starling/query"
	"starling/share"
	"starling/share/content"
	"starling/share/words"
)

// answer is what the library and the downloads under way have for a query of anyone, at most limit entries. Who names a content id is told of
// everything that is served by id: finished fetches, whether they may be searched or not, and the parts held of one under way. Words find
// only what the owner made searchable.
func (n *Node) answer(e words.Expr, limit int) []query.Entry {
	out := wholeEntries(n.library.For(share.Anyone()).Search(e, limit))
	if id, named := e.ID(); named && len(out) == 0 {
		if entry, held := n.partialEntry(id); held && e.Match(words.Doc{Path: entry.Name, SizeBytes: entry.SizeBytes, Type: entry.Type, ID: id}) {
			out = append(out, entry)
		}
	}
	return out
}

// reserved is what the library has for that neighbour alone. It must go nowhere but to the neighbour: into no answer to others, and into no
// table of words that others are sent.
func (n *Node) reserved(node string, e words.Expr, limit int) []query.Entry {
	return wholeEntries(n.library.For(share.Node(node)).Reserved(e, limit))
}

func wholeEntries(files []share.File) []query.Entry {
	out := make([]query.Entry, 0, len(files))
	for _, f := range files {
		out = append(out, wholeEntry(f))
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
