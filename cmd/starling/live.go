package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"starling/node"
)

// A live is the prompt on a terminal. It draws inline: what is finished scrolls up and stays, what still moves is redrawn at the bottom.
//
//	 scrolled up   lines typed, rows of searches as they settle, results of commands
//	┌ redrawn ─────────────────────────────────────────────────────────────┐
//	│ the search under way                                                 │
//	│ bars of the downloads under way                                      │
//	│ starling> the line being typed                                       │
//	│ a hint, or how the node is                                           │
//	└──────────────────────────────────────────────────────────────────────┘
//
// Commands run in goroutines that tea starts; everything they have to say comes back as messages, so only Update touches these fields.
type live struct {
	ctx     context.Context
	app     *app
	shell   *shell
	client  *node.Client
	history *history
	program *tea.Program
	nudge   chan struct{} // asks the feed to look at once

	input         textinput.Model
	width, height int
	known         known
	status        node.Status
	search        *liveSearch // nil when none is under way
	question      *question   // nil when none is asked
	asked         bool        // whether fetched files may be searched
	announced     map[string]bool
	offers        []string
	leaving       bool // Ctrl-C was pressed on an empty line
	unremembered  bool // the history cannot be written
	failed        error
}

// A liveSearch is the search under way.
type liveSearch struct {
	settling
	expression string
	cancel     context.CancelFunc
	rows       []node.Hit // all so far, by number
}

// A question waits for y or n.
type question struct {
	text   string
	answer func(bool)
}

// Messages from the goroutines.
type (
	outputMsg struct { // a command has ended
		text string
		quit bool
	}
	hitMsg struct {
		search *liveSearch
		hit    node.Hit
	}
	settleMsg struct { // time to look at rows that wait to be shown
		search *liveSearch
		now    time.Time
	}
	endMsg struct { // a search has ended
		search  *liveSearch
		receipt node.Receipt
		err     error
	}
	startedMsg struct{ downloads []node.Download }
	feedMsg    struct {
		status node.Status
		known  known
		err    error
	}
)

func (a *app) livePrompt(ctx context.Context, sh *shell, client *node.Client, past *history) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := &live{ctx: ctx, app: a, shell: sh, client: client, history: past, nudge: make(chan struct{}, 1), input: newInput(a.out)}
	l.program = tea.NewProgram(l, tea.WithContext(ctx), tea.WithInput(a.in), tea.WithOutput(a.out.Writer), tea.WithoutSignalHandler())
	go l.feed()
	_, err := l.program.Run()
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(err, l.failed)
}

func newInput(s screen) textinput.Model {
	input := textinput.New()
	input.Prompt = cyan.in(s, "starling> ")
	input.ShowSuggestions = true
	input.CharLimit = 4096
	input.KeyMap.NextSuggestion = key.NewBinding(key.WithKeys("ctrl+n"))
	input.KeyMap.PrevSuggestion = key.NewBinding(key.WithKeys("ctrl+p"))
	input.KeyMap.AcceptSuggestion = key.NewBinding() // Tab is ours: it goes as far as all offers agree
	plain := lipgloss.NewStyle()
	styles := textinput.Styles{Focused: textinput.StyleState{Text: plain, Prompt: plain, Suggestion: plain}, Blurred: textinput.StyleState{Text: plain}}
	if s.colour {
		styles.Focused.Suggestion = dim.style
	}
	input.SetStyles(styles)
	input.Focus()
	return input
}

// Init implements tea.Model.
func (l *live) Init() tea.Cmd {
	return tea.Println(dim.in(l.app.out, "type words to search, 'get 1' to fetch, 'help' for more, Ctrl-D to leave"))
}

// Update implements tea.Model.
func (l *live) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		l.width, l.height = msg.Width, msg.Height
		l.input.SetWidth(max(10, msg.Width-lipgloss.Width(l.input.Prompt)-1))
	case tea.KeyPressMsg:
		return l, l.pressed(msg)
	case outputMsg:
		return l, l.ended(msg)
	case hitMsg:
		msg.search.take(msg.hit, time.Now())
	case settleMsg:
		return l, l.settle(msg)
	case endMsg:
		return l, l.searched(msg)
	case startedMsg:
		l.restarted(msg.downloads)
		l.askSearchable(msg.downloads)
	case feedMsg:
		return l, l.fed(msg)
	case *question:
		l.question = msg
	default:
		var cmd tea.Cmd
		l.input, cmd = l.input.Update(msg)
		l.offer()
		return l, cmd
	}
	return l, nil
}

// entered performs the line.
func (l *live) entered() tea.Cmd {
	line := l.input.Value()
	l.show("")
	if strings.TrimSpace(line) == "" {
		return nil
	}
	echo := tea.Println(l.input.Prompt + node.Display(line))
	if err := l.history.add(line); err != nil && !l.unremembered {
		l.unremembered = true // said once; for this session the history works all the same
		echo = tea.Sequence(echo, tea.Println(yellow.in(l.app.out, "lines are not remembered: "+node.Display(err.Error()))))
	}
	t, err := l.shell.parse(line)
	if err != nil {
		return tea.Sequence(echo, l.print(explained(l.app.out, err)))
	}
	if t.search != "" && len(t.args) == 3 {
		return tea.Sequence(echo, l.ask(t.search))
	}
	return tea.Sequence(echo, l.perform(t))
}

// perform runs a command in a goroutine of tea's and brings back what it printed.
func (l *live) perform(t typed) tea.Cmd {
	return func() tea.Msg {
		var out bytes.Buffer
		s := l.app.out
		s.Writer = &out
		one := l.shell.app(s, s, l.askQuestion)
		one.started = func(downloads []node.Download) { l.program.Send(startedMsg{downloads}) }
		err := l.shell.run(l.ctx, one, t)
		if errors.Is(err, errQuit) {
			return outputMsg{quit: true}
		}
		if err != nil {
			explain(s, err)
		}
		return outputMsg{text: out.String()}
	}
}

func explained(s screen, err error) string {
	var out bytes.Buffer
	s.Writer = &out
	explain(s, err)
	return out.String()
}

// askQuestion asks from a command's goroutine.
func (l *live) askQuestion(ctx context.Context, text string) (bool, error) {
	answer := make(chan bool, 1)
	l.program.Send(&question{text: text, answer: func(yes bool) { answer <- yes }})
	select {
	case yes := <-answer:
		return yes, nil
	case <-ctx.Done(): // the prompt's own ends with it
		return false, ctx.Err()
	}
}

func (l *live) ended(msg outputMsg) tea.Cmd {
	if msg.quit {
		return tea.Quit
	}
	l.hurry()
	return l.print(msg.text)
}

// print scrolls text up, a few lines at a time: a block taller than the screen would push its own beginning away.
func (l *live) print(text string) tea.Cmd {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(lines) == 1 && lines[0] == "" {
		return nil
	}
	step := max(1, l.height/3)
	var prints []tea.Cmd
	for len(lines) > 0 {
		n := min(step, len(lines))
		prints = append(prints, tea.Println(strings.Join(lines[:n], "\n")))
		lines = lines[n:]
	}
	return tea.Sequence(prints...)
}
