package ignore

import "strings"

// Rules are what holds in a folder and below it. The zero value ignores
// nothing. Rules are values: In leaves those of the outer folder as they are.
type Rules struct {
	lists []placed // the first with a word on a path decides
	owner int      // how many of them stand before those of the folders
}

// placed is a list and the folder its paths begin at.
type placed struct {
	list   *List
	source string
	prefix int // bytes of a path that name the folder, with its slash
}

// Match is the pattern that decided about a path, and the source of its list.
type Match struct {
	*Pattern
	Source string
}

// NewRules makes the rules of a tree's top from the owner's list, which
// overrules all others, and the common one, which all others overrule. A source
// is what Match calls a list.
func NewRules(ownerSource string, owner *List, commonSource string, common *List) Rules {
	var r Rules
	if owner.Len() > 0 {
		r.lists, r.owner = append(r.lists, placed{list: owner, source: ownerSource}), 1
	}
	if common.Len() > 0 {
		r.lists = append(r.lists, placed{list: common, source: commonSource})
	}
	return r
}

// In gives the rules that hold in a folder with a list of its own. The folder
// is named by its path from the top, "" or "." being the top itself.
func (r Rules) In(folder, source string, list *List) Rules {
	if list.Len() == 0 {
		return r
	}
	p := placed{list: list, source: source}
	if folder != "" && folder != "." {
		p.prefix = len(folder) + len("/")
	}
	lists := make([]placed, 0, len(r.lists)+1)
	lists = append(append(lists, r.lists[:r.owner]...), p)
	return Rules{lists: append(lists, r.lists[r.owner:]...), owner: r.owner}
}

// Match tells whether a path is ignored, and which pattern said so or took it
// back. The path is that from the top, with slashes, and must lie in the folder
// whose rules these are.
func (r Rules) Match(path string, isDir bool) (m Match, ignored bool) {
	name := path[strings.LastIndexByte(path, '/')+1:]
	for _, p := range r.lists {
		if found := p.list.match(path[p.prefix:], name, isDir); found != nil {
			return Match{found, p.source}, !found.Negated
		}
	}
	return Match{}, false
}
