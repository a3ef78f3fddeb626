package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"starling/node"
)

// newLive is a prompt without a terminal and without a node, for what needs neither.
func newLive(t *testing.T, columns, lines int) *live {
	var out bytes.Buffer
	s := screenFor(&out, columns, true)
	l := &live{ctx: t.Context(), app: &app{out: s, talk: s}, shell: &shell{}, history: openHistory(filepath.Join(t.TempDir(), "history")),
		nudge: make(chan struct{}, 1), input: newInput(s)}
	l.Update(tea.WindowSizeMsg{Width: columns, Height: lines})
	return l
}

func (l *live) typeText(text string) {
	for _, r := range text {
		l.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func (l *live) press(code rune, mod tea.KeyMod) tea.Cmd {
	_, cmd := l.Update(tea.KeyPressMsg{Code: code, Mod: mod})
	return cmd
}

// printed runs a command of Update's and returns what it would scroll up; commands that would talk to the node are not run.
func printed(cmd tea.Cmd) string {
	if cmd == nil {
		return ""
	}
	var out strings.Builder
	var take func(msg any)
	take = func(msg any) {
		v := reflect.ValueOf(msg)
		switch v.Kind() {
		case reflect.Slice: // a sequence or a batch of commands
			for i := range v.Len() {
				if one, is := v.Index(i).Interface().(tea.Cmd); is && one != nil {
					take(one())
				}
			}
		case reflect.Struct: // tea's own print message
			if f := v.FieldByName("messageBody"); f.IsValid() {
				out.WriteString(f.String() + "\n")
			}
		}
	}
	take(cmd())
	return out.String()
}

func hitsFor(n int) []node.Hit {
	var out []node.Hit
	for i := range n {
		out = append(out, node.Hit{N: i + 1, Name: fmt.Sprintf("a rather long name of a file, number %d テスト.flac", i+1), SizeBytes: 31_200_000, Sources: 2, Hops: 3, HeldBytes: 31_200_000,
			ID: strings.Repeat("ab", 32)})
	}
	return out
}

// TestLiveFits: whatever is on the screen, no line is wider and no view taller than the terminal, through every resize.
func TestLiveFits(t *testing.T) {
	l := newLive(t, 100, 30)
	l.search = &liveSearch{expression: strings.Repeat("many words ", 20), cancel: func() {}}
	for _, hit := range hitsFor(100) {
		l.Update(hitMsg{l.search, hit})
	}
	var downloads []node.Download
	for i := range 20 {
		downloads = append(downloads, node.Download{N: i + 1, ID: strings.Repeat("ab", 32), Name: strings.Repeat("長い名前 ", 20), State: "running", SizeBytes: 1000, HaveBytes: 500, Rate: 5})
	}
	l.Update(feedMsg{status: node.Status{ID: "x", SharedFiles: 12, Neighbours: 3}, known: known{downloads: downloads}})
	l.typeText("get 1,2,3")
	for _, size := range [][2]int{{100, 30}, {60, 24}, {40, 20}, {200, 60}, {79, 18}, {24, 14}} {
		l.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		lines := strings.Split(l.View().Content, "\n")
		if len(lines) > size[1] {
			t.Errorf("%v: %d lines", size, len(lines))
		}
		for _, line := range lines {
			if w := lipgloss.Width(line); w > size[0] {
				t.Errorf("%v: %d columns in %q", size, w, line)
			}
		}
	}
}

func TestLiveTyping(t *testing.T) {
	l := newLive(t, 80, 24)
	l.known.rows = hitsFor(3)
	l.typeText("nei")
	l.press(tea.KeyTab, 0)
	if got := l.input.Value(); got != "neighbours " {
		t.Errorf("Tab made %q", got)
	}
	l.press('c', tea.ModCtrl)
	if got := l.input.Value(); got != "" {
		t.Errorf("Ctrl-C left %q", got)
	}
	l.typeText("share r")
	l.press(tea.KeyTab, 0)
	if got := l.input.Value(); got != "share r" && got != "share rm" && got != "share re" {
		t.Errorf("Tab between two offers made %q", got)
	}
	l.press('c', tea.ModCtrl)
	l.typeText("get 2")
	if view := l.View().Content; !strings.Contains(view, "number 2") {
		t.Errorf("no hint what row 2 is in %q", view)
	}
	l.history.add("earlier")
	l.press(tea.KeyUp, 0)
	if got := l.input.Value(); got != "earlier" {
		t.Errorf("up shows %q", got)
	}
	l.press(tea.KeyDown, 0)
	if got := l.input.Value(); got != "get 2" {
		t.Errorf("down shows %q", got)
	}
}

func TestLiveLeaving(t *testing.T) {
	l := newLive(t, 80, 24)
	if cmd := l.press('c', tea.ModCtrl); cmd != nil {
		t.Error("the first Ctrl-C leaves")
	}
	if view := l.View().Content; !strings.Contains(view, "Ctrl-D leaves") {
		t.Errorf("no word how to leave in %q", view)
	}
	l.typeText("x")
	l.press('c', tea.ModCtrl)
	if cmd := l.press('c', tea.ModCtrl); cmd != nil {
		t.Error("Ctrl-C after typing leaves")
	}
	if cmd := l.press('c', tea.ModCtrl); cmd == nil {
		t.Error("the second Ctrl-C on an empty line stays")
	}
	if cmd := l.press('d', tea.ModCtrl); cmd == nil {
		t.Error("Ctrl-D on an empty line stays")
	}
	cancelled := false
	l.search = &liveSearch{cancel: func() { cancelled = true }}
	if cmd := l.press('c', tea.ModCtrl); cmd != nil || !cancelled {
		t.Error("Ctrl-C did not stop the search")
	}
}

func TestLiveSearchEnds(t *testing.T) {
	l := newLive(t, 100, 24)
	s := &liveSearch{expression: "x", cancel: func() {}}
	l.search = s
	rows := hitsFor(60)
	for i := range rows { // out of order, and the first twice
		l.Update(hitMsg{s, rows[len(rows)-1-i]})
	}
	grown := rows[0]
	grown.Sources = 9
	l.Update(hitMsg{s, grown})
	_, cmd := l.Update(endMsg{search: s, receipt: node.Receipt{Search: "S1", Rows: 60, Complete: true, Stopped: "finished"}})
	got := printed(cmd)
	if l.search != nil || len(l.known.rows) != 60 || l.known.rows[0].Sources != 9 {
		t.Errorf("after the end: search %v, %d rows", l.search, len(l.known.rows))
	}
	for _, want := range []string{"number 1 ", "number 50 ", "and 10 more; 'rows' shows all", "S1: 60 files"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	if strings.Contains(got, "number 51 ") {
		t.Error("row 51 scrolled by")
	}
	_, cmd = l.Update(endMsg{search: s, err: &node.Problem{Code: node.CodeNoNeighbours, Reach: &node.Reach{Invite: "starling connect X"}}})
	if got := printed(cmd); !strings.Contains(got, "starling connect X") {
		t.Errorf("nobody there: %q", got)
	}
}

// TestLiveDownloads: a download that ends is told once, with where it is; the owner is asked once whether fetched files may be searched.
func TestLiveDownloads(t *testing.T) {
	l := newLive(t, 100, 24)
	d := node.Download{N: 1, ID: strings.Repeat("ab", 32), Name: "song\x1b[2J.mp3", State: "running", SizeBytes: 1000, HaveBytes: 500, Sources: []node.Source{{Bytes: 500}}}
	feed := func(d node.Download) string {
		_, cmd := l.Update(feedMsg{status: node.Status{ID: "x"}, known: known{downloads: []node.Download{d}}})
		return printed(cmd)
	}
	if got := feed(d); got != "" || !strings.Contains(l.View().Content, "50%") {
		t.Errorf("under way: printed %q, view %q", got, l.View().Content)
	}
	d.State, d.HaveBytes, d.FetchedBytes, d.ElapsedMS, d.Path = "done", 1000, 1000, 100, "/tmp/song.mp3"
	got := feed(d)
	if !strings.Contains(got, "done") || !strings.Contains(got, "/tmp/song.mp3") || !strings.Contains(got, `song\x1b[2J`) {
		t.Errorf("the end was told as %q", got)
	}
	if got := feed(d); got != "" {
		t.Errorf("told twice: %q", got)
	}
	l.Update(startedMsg{[]node.Download{{ID: "x", Repairs: "/tmp/broken.mp3"}}})
	if l.question != nil || l.asked {
		t.Error("a repair asks what may become of fetched files")
	}
	l.Update(startedMsg{[]node.Download{d}})
	if !strings.Contains(l.View().Content, "[y/n]") {
		t.Error("the owner was not asked")
	}
	l.question = nil
	l.Update(startedMsg{[]node.Download{d}})
	if l.question != nil {
		t.Error("the owner was asked twice")
	}
	if got := feed(d); !strings.Contains(got, "done") {
		t.Errorf("asked for again, the end was not told: %q", got)
	}
}

func TestLiveQuestion(t *testing.T) {
	for key, want := range map[rune]bool{'y': true, 'n': false, tea.KeyEscape: false} {
		l := newLive(t, 100, 24)
		var answer *bool
		l.Update(&question{text: "Share?", answer: func(yes bool) { answer = &yes }})
		if !strings.Contains(l.View().Content, "Share?") {
			t.Error("the question is not on the screen")
		}
		for _, typing := range "sunny" { // somebody was about to type
			l.Update(tea.KeyPressMsg{Code: typing, Text: string(typing)})
			if answer != nil {
				t.Fatalf("key %q answered %v", typing, *answer)
			}
		}
		if l.input.Value() != "sunny" || !strings.Contains(l.View().Content, "sunny") {
			t.Errorf("the line is %q, the view %q", l.input.Value(), l.View().Content)
		}
		l.Update(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}) // empties the line
		if answer != nil || l.input.Value() != "" {
			t.Fatalf("emptying the line answered %v, it is %q", answer, l.input.Value())
		}
		l.Update(tea.KeyPressMsg{Code: key})
		if answer == nil || *answer != want || l.question != nil {
			t.Errorf("key %q answered %v", key, answer)
		}
	}
}

func TestLiveNodeGone(t *testing.T) {
	l := newLive(t, 100, 24)
	_, cmd := l.Update(feedMsg{err: errors.New("the node has gone away")})
	if cmd == nil || l.failed == nil || !strings.Contains(l.failed.Error(), "starling up") {
		t.Errorf("cmd %v, failed %v", cmd != nil, l.failed)
	}
	l = newLive(t, 100, 24)
	l.history.add("down")
	if _, cmd = l.Update(feedMsg{err: errors.New("the node has gone away")}); cmd == nil || l.failed != nil {
		t.Errorf("after down: %v", l.failed)
	}
}

// TestSettling: a row is shown once, after its moment, with the sources it has by then; later growth is told at the end.
func TestSettling(t *testing.T) {
	var s settling
	t0 := time.Unix(1000, 0)
	s.take(node.Hit{N: 1, Sources: 1}, t0)
	s.take(node.Hit{N: 2, Sources: 1}, t0.Add(time.Second))
	s.take(node.Hit{N: 1, Sources: 3}, t0.Add(time.Second))
	if got := s.settled(t0.Add(-1)); len(got) != 0 {
		t.Errorf("shown too early: %v", got)
	}
	if got := s.settled(t0); len(got) != 1 || got[0].Sources != 3 {
		t.Errorf("shown: %v", got)
	}
	s.take(node.Hit{N: 1, Sources: 5}, t0.Add(2*time.Second))
	s.take(node.Hit{N: 1, Sources: 4}, t0.Add(2*time.Second))
	if got := s.settled(t0.Add(time.Hour)); len(got) != 1 || got[0].N != 2 {
		t.Errorf("shown: %v", got)
	}
	if got := s.grownLines(); len(got) != 1 || got[0] != "row 1 has 4 sources by now" && got[0] != "row 1 has 5 sources by now" {
		t.Errorf("grown: %q", got)
	}
}
