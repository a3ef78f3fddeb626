package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"starling/node"
)

// A shell runs the lines of the prompt: the commands of the command line, and searches for everything else.
type shell struct {
	settings *settings
	json     bool
}

// errQuit asks the prompt to end.
var errQuit = errors.New("quit")

// promptCommands are the commands that make sense at the prompt, in the order help lists them.
var promptCommands = []struct{ name, help string }{
	{"get", "get 1,3-5        fetch rows of the last search; also S2.3, ids, magnet links"},
	{"play", "play 1           an address for players: it plays while it downloads"},
	{"rows", "rows [S2]        show the rows of a search again"},
	{"search", "search WORDS     the same as typing the words alone"},
	{"downloads", "downloads        list the downloads; pause, resume or cancel N"},
	{"pause", ""}, {"resume", ""}, {"cancel", ""},
	{"uploads", "uploads          list who is being served"},
	{"limit", "limit --up 5M    limit the rates; 0 means unlimited"},
	{"share", "share add DIR    share a folder; share set, ls, rm, rescan, verify"},
	{"repair", "repair FILE      fetch what is wrong with a damaged file; repair --all"},
	{"browse", "browse NODE      look at what a node shares"},
	{"link", "link FILE        a magnet link of a shared file"},
	{"neighbours", "neighbours       list the nodes this one is linked with"},
	{"connect", "connect ADDR     join a node; invite prints the line for others"},
	{"invite", ""},
	{"status", "status           how this node is; doctor looks for what is wrong"},
	{"doctor", ""}, {"version", ""},
	{"down", "down             stop the node"},
	{"help", "help             this list"},
	{"quit", "quit             leave the prompt"},
}

func isPromptCommand(word string) bool {
	for _, c := range promptCommands {
		if c.name == word {
			return true
		}
	}
	return word == "exit" || word == "neighbors"
}

func firstWord(text string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return word
}

// A typed line is what one line of the prompt asks for.
type typed struct {
	args   []string // of the command line, empty for an empty line
	search string   // the expression, when it is a search
}

// parse tells commands from searches.
func (sh *shell) parse(line string) (typed, error) {
	line = strings.TrimSpace(line)
	if after, pasted := strings.CutPrefix(line, "starling "); pasted && isPromptCommand(firstWord(after)) {
		line = strings.TrimSpace(after) // a line for the shell, such as the one invite prints
	}
	first, rest, _ := strings.Cut(line, " ")
	if line == "" || strings.HasPrefix(line, "#") {
		return typed{}, nil
	}
	if first == "search" || !isPromptCommand(first) {
		if first != "search" {
			rest = line
		}
		flags, expression := []string(nil), rest
		if first == "search" {
			flags, expression = splitSearch(rest)
		}
		return typed{args: append(append([]string{"search"}, flags...), "--", expression), search: expression}, nil
	}
	words, err := splitWords(line)
	if err != nil {
		return typed{}, &exitError{code: exitUsage, err: err}
	}
	return typed{args: words}, nil
}

// run performs one typed line with the given app as its screens.
func (sh *shell) run(ctx context.Context, a *app, t typed) error {
	if len(t.args) == 0 {
		return nil
	}
	switch t.args[0] {
	case "quit", "exit":
		return errQuit
	case "help":
		sh.help(a.out)
		return nil
	}
	return a.execute(ctx, t.args)
}

// app is the app of one line: same node, fresh flags.
func (sh *shell) app(out, talk screen, ask func(context.Context, string) (bool, error)) *app {
	return &app{in: strings.NewReader(""), out: out, talk: talk, ask: ask, prompted: true, json: sh.json, settings: sh.settings.pinned()}
}

func (sh *shell) help(w io.Writer) {
	fmt.Fprintln(w, "Type words to search for them. Then:")
	for _, c := range promptCommands {
		if c.help != "" {
			fmt.Fprintln(w, "  "+c.help)
		}
	}
}

// explain writes what went wrong, in the words of the node or of the command line.
func explain(s screen, err error) {
	var exit *exitError
	said := err == nil || errors.As(err, &exit) && exit.err == nil
	if said || errors.Is(err, context.Canceled) {
		return
	}
	fmt.Fprintf(s, "%s %s\n", red.in(s, "starling:"), node.DisplayLines(err.Error()))
}
