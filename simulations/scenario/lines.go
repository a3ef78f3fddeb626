package scenario

import (
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// linesOf says on which line of a TOML text each key and section is first named.
// Of a text that is no TOML it knows the lines before the mistake.
func linesOf(text []byte) map[string]int {
	lines := map[string]int{}
	var parser unstable.Parser
	parser.Reset(text)
	section := ""
	for parser.NextExpression() {
		expression := parser.Expression()
		name, line := keyOf(&parser, expression)
		switch expression.Kind {
		case unstable.Table, unstable.ArrayTable:
			section = name + "."
			note(lines, name, line)
		case unstable.KeyValue:
			note(lines, section+name, line)
			noteInline(&parser, lines, section+name+".", expression.Value())
		}
	}
	return lines
}

// noteInline goes on into { key = value }.
func noteInline(parser *unstable.Parser, lines map[string]int, prefix string, value *unstable.Node) {
	if value.Kind != unstable.InlineTable {
		return
	}
	for children := value.Children(); children.Next(); {
		child := children.Node()
		name, line := keyOf(parser, child)
		note(lines, prefix+name, line)
		noteInline(parser, lines, prefix+name+".", child.Value())
	}
}

// note keeps the first line of a name, and of the sections it is the first to
// name: those of a dotted key.
func note(lines map[string]int, name string, line int) {
	for {
		if _, known := lines[name]; !known {
			lines[name] = line
		}
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 {
			return
		}
		name = name[:dot]
	}
}

// keyOf is the dotted key of an expression and its line.
func keyOf(parser *unstable.Parser, expression *unstable.Node) (name string, line int) {
	var parts []string
	for keys := expression.Key(); keys.Next(); {
		node := keys.Node()
		parts = append(parts, keyPart(string(node.Data)))
		if line == 0 {
			line = parser.Shape(node.Raw).Start.Line
		}
	}
	return strings.Join(parts, "."), line
}
