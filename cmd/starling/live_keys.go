package main

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// pressed performs a key.
func (l *live) pressed(msg tea.KeyPressMsg) tea.Cmd {
	name := msg.String()
	if l.question != nil && l.input.Value() == "" && answers(name) {
		return l.answered(name)
	}
	if name != "ctrl+c" {
		l.leaving = false
	}
	switch name {
	case "ctrl+c":
		return l.interrupted()
	case "ctrl+d":
		if l.input.Value() == "" {
			return tea.Quit
		}
	case "enter":
		return l.entered()
	case "up":
		l.show(l.history.back(l.input.Value()))
		return nil
	case "down":
		l.show(l.history.forth(l.input.Value()))
		return nil
	case "tab":
		l.accept()
		return nil
	}
	var cmd tea.Cmd
	l.input, cmd = l.input.Update(msg)
	l.offer()
	return cmd
}

func (l *live) show(line string) {
	l.input.SetValue(line)
	l.input.CursorEnd()
	l.offer()
}

// offer computes what the line may go on with.
func (l *live) offer() {
	l.offers = l.known.complete(l.input.Value())
	l.input.SetSuggestions(l.offers)
}

// accept completes the line as far as all offers agree.
func (l *live) accept() {
	if len(l.offers) == 0 || l.input.Position() < len([]rune(l.input.Value())) {
		return
	}
	line := commonStart(l.offers)
	if len(line) <= len(l.input.Value()) {
		line = l.input.CurrentSuggestion()
	}
	if len(l.offers) == 1 && !strings.HasSuffix(line, "/") && !strings.Contains(line, " ") {
		line += " "
	}
	l.show(line)
}

func commonStart(lines []string) string {
	start := lines[0]
	for _, line := range lines[1:] {
		for !strings.HasPrefix(line, start) {
			start = start[:len(start)-1]
		}
	}
	return strings.ToValidUTF8(start, "")
}

// interrupted is Ctrl-C: it ends the search, clears the line, or, pressed twice on an empty line, leaves.
func (l *live) interrupted() tea.Cmd {
	switch {
	case l.search != nil:
		l.search.cancel()
	case l.input.Value() != "":
		l.show("")
	case l.leaving:
		return tea.Quit
	default:
		l.leaving = true
	}
	return nil
}

// answers says that a key answers a question. All others are the line's: a question may come up while somebody types.
func answers(name string) bool {
	switch name {
	case "y", "Y", "n", "N", "esc", "ctrl+c":
		return true
	}
	return false
}

// answered takes the key that answers a question.
func (l *live) answered(name string) tea.Cmd {
	asked, word := l.question, "no"
	yes := name == "y" || name == "Y"
	if yes {
		word = "yes"
	}
	l.question = nil
	asked.answer(yes)
	return tea.Println(asked.text + " " + word)
}
