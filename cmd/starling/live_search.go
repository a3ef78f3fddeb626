package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"starling/node"
)

// printedRowsMax is how many rows of one search scroll by; 'rows' shows all.
const printedRowsMax = 50

// ask starts a search; one at a time is on the screen, so an earlier one ends.
func (l *live) ask(expression string) tea.Cmd {
	if l.search != nil {
		l.search.cancel()
	}
	ctx, cancel := context.WithCancel(l.ctx)
	s := &liveSearch{expression: expression, cancel: cancel}
	l.search = s
	return tea.Batch(settleSoon(s), func() tea.Msg {
		defer cancel()
		for e, err := range l.client.Search(ctx, node.SearchRequest{Expression: expression}) {
			switch {
			case err != nil:
				return endMsg{search: s, err: err}
			case e.Receipt != nil:
				return endMsg{search: s, receipt: *e.Receipt}
			}
			l.program.Send(hitMsg{s, *e.Hit})
		}
		return endMsg{search: s, err: errors.New("the search ended without a receipt")}
	})
}

// take keeps the rows in the order of their numbers.
func (s *liveSearch) take(hit node.Hit, now time.Time) {
	s.settling.take(hit, now)
	i, known := slices.BinarySearchFunc(s.rows, hit.N, func(h node.Hit, n int) int { return h.N - n })
	if known {
		s.rows[i] = hit
		return
	}
	s.rows = slices.Insert(s.rows, i, hit)
}

// settleSoon asks for a look at the rows that are waiting.
func settleSoon(s *liveSearch) tea.Cmd {
	return tea.Tick(settleTime/2, func(now time.Time) tea.Msg { return settleMsg{s, now} })
}

// settle scrolls up the rows that have waited long enough, as long as the search lasts.
func (l *live) settle(msg settleMsg) tea.Cmd {
	if msg.search != l.search {
		return nil
	}
	lines := l.rowLines(msg.search, msg.now.Add(-settleTime))
	return tea.Sequence(l.print(strings.Join(lines, "\n")), settleSoon(msg.search))
}

// searched ends a search: the last rows and the receipt scroll up.
func (l *live) searched(msg endMsg) tea.Cmd {
	if l.search == msg.search {
		l.search = nil
	}
	if msg.err == nil || len(msg.search.rows) > 0 {
		l.known.rows = msg.search.rows // numbers mean the last search, even one that found nothing
	}
	l.hurry()
	lines := l.rowLines(msg.search, time.Now())
	if rest := len(msg.search.rows) - printedRowsMax; rest > 0 {
		lines = append(lines, dim.in(l.app.out, fmt.Sprintf("      and %s more; 'rows' shows all", grouped(rest))))
	}
	switch {
	case errors.Is(msg.err, context.Canceled):
		lines = append(lines, dim.in(l.app.out, "stopped"))
	case msg.err != nil:
		lines = append(lines, l.searchFailed(msg.err)...)
	default:
		lines = append(append(lines, msg.search.grownLines()...), l.outcome(msg.receipt)...)
	}
	return l.print(strings.Join(lines, "\n"))
}

func (l *live) outcome(r node.Receipt) []string {
	var lines []string
	if r.Rows == 0 {
		lines = append(lines, "nothing found")
	}
	for _, line := range receiptLines(r) {
		lines = append(lines, dim.in(l.app.out, line))
	}
	return lines
}

// searchFailed says why, and who was tried when nobody is there.
func (l *live) searchFailed(err error) []string {
	var out strings.Builder
	s := l.app.out
	s.Writer = &out
	one := &app{out: s, talk: s}
	explain(s, one.explainSearch(err))
	return strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
}

// rowLines are the rows that came before the given time and were not shown yet, but for those beyond the most that scroll by.
func (l *live) rowLines(s *liveSearch, before time.Time) []string {
	var lines []string
	for _, hit := range s.settled(before) {
		if hit.N == 1 {
			lines = append(lines, hitTitles(l.screen()))
		}
		if hit.N <= printedRowsMax {
			lines = append(lines, hitLine(l.screen(), hit))
		}
	}
	return lines
}

// screen measures by the size tea reports, which follows each resize.
func (l *live) screen() screen {
	s := l.app.out
	s.width = func() int { return l.width }
	return s
}
