package ignore

import "strings"

// Pattern is one line of a list.
type Pattern struct {
	Text string // as written, without spaces at the end
	Line int    // in its list, from 1

	Negated bool // takes back what was ignored

	fold    bool
	dirOnly bool   // a slash at the end
	path    bool   // a slash elsewhere: of the list's folder, else of any name below it
	parts   []part // between slashes; exactly one without path
}

// A part matches one name, or with deep any number of them.
type part struct {
	deep    bool
	literal string  // the whole name, or with suffix its end; when tokens is empty
	suffix  bool    // any beginning
	tokens  []token // lower case where letters are folded
}

// read takes the text apart, and says why it could never match anything.
func (p *Pattern) read() (why string) {
	text, negated := strings.CutPrefix(p.Text, "!")
	text, p.dirOnly = strings.CutSuffix(text, "/")
	p.Negated, p.path = negated, strings.Contains(text, "/")
	tokens, why := tokenise(strings.TrimPrefix(text, "/"), p.fold)
	if why != "" {
		return why
	}
	for len(tokens) > 0 {
		end := 0
		for end < len(tokens) && !tokens[end].is('/') {
			end++
		}
		if why := p.addPart(tokens[:end]); why != "" {
			return why
		}
		if end == len(tokens) {
			return ""
		}
		tokens = tokens[end+1:]
	}
	return "it names nothing"
}

func (p *Pattern) addPart(tokens []token) (why string) {
	stars := 0
	for _, t := range tokens {
		if t.kind == star {
			stars++
		}
	}
	var plain strings.Builder
	for _, t := range tokens {
		if t.kind == literal {
			plain.WriteByte(t.char)
		}
	}
	name := plain.String()
	switch {
	case len(tokens) == 0:
		return "it has a name without letters between slashes"
	case len(name) == len(tokens) && (name == "." || name == ".."):
		return "no name is . or .., paths begin at the folder of the list"
	case p.path && stars >= 2 && stars == len(tokens):
		p.parts = append(p.parts, part{deep: true})
	case len(name) == len(tokens):
		p.parts = append(p.parts, part{literal: name})
	case len(name) == len(tokens)-1 && tokens[0].kind == star:
		p.parts = append(p.parts, part{literal: name, suffix: true})
	default:
		p.parts = append(p.parts, part{tokens: tokens})
	}
	return ""
}

// match tells whether the pattern has a word on the path; name is its last part.
func (p *Pattern) match(path, name string, isDir bool) bool {
	if p.dirOnly && !isDir {
		return false
	}
	if !p.path {
		return p.parts[0].match(name, p.fold)
	}
	return p.matchPath(path)
}

// matchPath goes through the names of the path once. Where it fails behind a
// deep part, that part takes one name more; an earlier one need not be tried
// again, as the later could take whatever the earlier gave back.
func (p *Pattern) matchPath(rest string) bool {
	at, back, from := 0, 0, ""
	for rest != "" {
		name, after, _ := strings.Cut(rest, "/")
		switch {
		case at < len(p.parts) && p.parts[at].deep:
			if at++; at == len(p.parts) {
				return true
			}
			back, from = at, rest
		case at < len(p.parts) && p.parts[at].match(name, p.fold):
			at, rest = at+1, after
		case back > 0:
			_, from, _ = strings.Cut(from, "/")
			at, rest = back, from
		default:
			return false
		}
	}
	return at == len(p.parts)
}

func (p *part) match(name string, fold bool) bool {
	if p.tokens != nil {
		return matchTokens(p.tokens, name, fold)
	}
	if p.suffix && len(name) > len(p.literal) {
		name = name[len(name)-len(p.literal):]
	}
	if len(name) != len(p.literal) {
		return false
	}
	if !fold {
		return name == p.literal
	}
	for i := range len(name) {
		if lower(name[i]) != p.literal[i] {
			return false
		}
	}
	return true
}
