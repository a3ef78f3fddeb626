package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"charm.land/lipgloss/v2"
	"github.com/google/go-cmp/cmp"

	"starling/node"
)

// screenFor is a screen of so many columns that remembers what was drawn.
func screenFor(out *bytes.Buffer, columns int, colour bool) screen {
	return screen{Writer: out, terminal: columns > 0, colour: colour, width: func() int { return columns }}
}

func TestTable(t *testing.T) {
	tab := table{columns: []column{{"n", true}, {"state", false}, {"name", false}}}
	tab.add("1", "done", "テスト.flac")
	tab.add("10", "running", "a.mp3")
	var out bytes.Buffer
	tab.print(screenFor(&out, 80, false))
	want := " n  state    name\n 1  done     テスト.flac\n10  running  a.mp3\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	tab.print(screenFor(&out, 0, false))
	if diff := cmp.Diff(" 1  done     テスト.flac\n10  running  a.mp3\n", out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestTableFits: no line is wider than the screen, whatever it holds.
func TestTableFits(t *testing.T) {
	tab := table{columns: []column{{"n", true}, {"name", false}}}
	tab.add("1", strings.Repeat("wide テスト ", 30))
	tab.add("2", red.style.Render(strings.Repeat("painted ", 30)))
	for _, columns := range []int{20, 40, 79} {
		var out bytes.Buffer
		tab.print(screenFor(&out, columns, true))
		for line := range strings.Lines(out.String()) {
			if w := lipgloss.Width(strings.TrimRight(line, "\n")); w > columns {
				t.Errorf("%d columns: a line of %d", columns, w)
			}
		}
	}
}

func TestCutMiddle(t *testing.T) {
	for _, c := range []struct {
		in      string
		columns int
		want    string
	}{
		{"short.mp3", 20, "short.mp3"}, {"short.mp3", 0, "short.mp3"},
		{"a very long name of a song.flac", 20, "a very long n…g.flac"},
		{"日本語の長い名前です.flac", 16, "日本語の長….flac"},
	} {
		if got := cutMiddle(c.in, c.columns); got != c.want {
			t.Errorf("cutMiddle(%q, %d) = %q, want %q", c.in, c.columns, got, c.want)
		}
	}
}

// TestHostileNames sends names that attack screens through every line that shows one.
func TestHostileNames(t *testing.T) {
	hostile := "a\x1b[2J\x1b]0;owned\x07\u202egpj.exe\u2066\u200b\x9b31m\r\nb\x00"
	var out bytes.Buffer
	s := screenFor(&out, 100, false)
	a := &app{out: s, talk: s}
	d := node.Download{N: 1, ID: strings.Repeat("ab", 32), Name: hostile, Path: "/x/ok", State: "failed", Reason: hostile, Sources: []node.Source{{Node: hostile, Bytes: 1}}}
	lines := []string{
		hitLine(s, node.Hit{N: 1, Name: hostile, Tags: hostile, ID: strings.Repeat("ab", 32)}), progressLine(s, d), doneLine(s, d),
		hitLine(s, node.Hit{N: 1, Name: "x", Tags: hostile, ID: strings.Repeat("ab", 32)}), browseLine(s, node.BrowseEntry{Name: "x", Tags: hostile, ID: "ab"}),
		browseLine(s, node.BrowseEntry{Name: hostile, ID: "ab"}), browseLine(s, node.BrowseEntry{Name: hostile, Dir: true}),
		strings.Join(receiptLines(node.Receipt{Search: "S1", Stopped: hostile}), "\n"),
	}
	a.printDownloads([]node.Download{d})
	a.printNeighbours([]node.Neighbour{{N: 1, ID: hostile, Address: hostile, Agent: hostile, Role: "ultrapeer"}})
	a.printShares([]node.Share{{N: 1, Name: hostile, Path: hostile, Problem: hostile}})
	a.sayPreview(node.SharePreview{Path: hostile, Files: 2, Largest: []node.NamedSize{{Name: hostile}}, Flagged: []node.Flag{{Name: hostile, Reason: hostile}},
		IgnoredBy: []node.IgnoredBy{{Pattern: hostile, Source: hostile, Count: 1}, {Pattern: hostile, Source: hostile, Line: 1}}}, addition{collection: true})
	a.sayAlone(node.Reach{Interfaces: []string{hostile}, Multicast: hostile, Tried: []string{hostile}, Invite: hostile})
	a.printStatus(node.Status{Notices: []string{hostile}})
	a.printChecks([]node.Check{{Name: "x", Result: "fail", Found: hostile, Try: hostile}})
	explain(s, &node.Problem{Message: hostile})
	lines = append(lines, out.String())
	for _, text := range lines {
		for line := range strings.SplitSeq(text, "\n") {
			for _, r := range line {
				if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
					t.Errorf("%U reaches the screen in %q", r, line)
				}
			}
		}
	}
}

func TestNoColourWithoutTerminal(t *testing.T) {
	var out bytes.Buffer
	s := screenFor(&out, 100, false)
	if got := hitLine(s, node.Hit{N: 1, Name: "x", ID: strings.Repeat("ab", 32)}); strings.Contains(got, "\x1b") {
		t.Errorf("a colourless screen got %q", got)
	}
}

// TestRowsFit: rows and progress lines are never wider than the screen, from a narrow one to a wide one.
func TestRowsFit(t *testing.T) {
	var out bytes.Buffer
	for columns := 12; columns < 140; columns++ {
		s := screenFor(&out, columns, true)
		hit := node.Hit{N: 1234, Name: strings.Repeat("名前 name ", 20), SizeBytes: 31_200_000, ID: strings.Repeat("ab", 32), Sources: 12, Hops: 3, Have: true}
		short := hit
		short.Name, short.Tags = "01.mp3", strings.Repeat("タグ tag ", 20)
		d := node.Download{N: 1, Name: hit.Name, State: "finding", Reason: hit.Name, SizeBytes: 31_200_000, HaveBytes: 15_000_000}
		for _, line := range []string{hitLine(s, hit), hitLine(s, short), progressLine(s, d)} {
			if w := lipgloss.Width(line); w > columns {
				t.Fatalf("%d columns: %d in %q", columns, w, line)
			}
		}
	}
}

// TestProgressLine: whatever a download waits for can be read on every screen, and the name keeps its own place.
func TestProgressLine(t *testing.T) {
	source := func(state string, place int) node.Source {
		return node.Source{State: state, QueuePosition: place, QueueETAMS: 65_000}
	}
	running := node.Download{Name: "film.mkv", State: "running", SizeBytes: 1000, HaveBytes: 250, Rate: 10, ETAMS: 75_000}
	running.Sources = []node.Source{source("sending", 0), source("spare", 0)}
	waiting := running
	waiting.Rate, waiting.Reason, waiting.Sources = 0, "waiting in the queues of its sources", []node.Source{source("waiting", 7), source("waiting", 3)}
	stalled := running
	stalled.Rate, stalled.Sources = 0, []node.Source{source("stalled", 0)}
	for _, c := range []struct {
		name  string
		d     node.Download
		width int
		want  []string
	}{
		{"running", running, 120, []string{"25%", "1.00 kB", "10 B/s", "1 of 2 sources, 1 min 15 s left", "film.mkv"}},
		{"running", running, 80, []string{"25%", "10 B/s", "1 min 15 s", "film.mkv"}},
		{"running", running, 40, []string{"25%", "1 min 15 s", "film.mkv"}},
		{"waiting", waiting, 120, []string{"place 3 in a queue, 1 min 5 s", "film.mkv"}},
		{"waiting", waiting, 40, []string{"place 3", "film.mkv"}},
		{"stalled", stalled, 120, []string{"1 source, stalled", "film.mkv"}},
		{"verifying", node.Download{Name: "film.mkv", State: "verifying", SizeBytes: 10, HaveBytes: 10}, 40, []string{"100%", "verifying", "film.mkv"}},
		{"finding", node.Download{Name: "film.mkv", State: "finding", Reason: "looking for sources"}, 120, []string{"looking for sources", "film.mkv"}},
		{"finding", node.Download{Name: "film.mkv", State: "finding", Reason: "looking for sources"}, 40, []string{"finding", "film.mkv"}},
		{"queued", node.Download{Name: "film.mkv", State: "queued"}, 0, []string{"queued", "film.mkv"}},
	} {
		line := progressLine(screen{width: func() int { return c.width }}, c.d)
		for _, want := range c.want {
			if !strings.Contains(line, want) {
				t.Errorf("%s at %d columns: %q lacks %q", c.name, c.width, line, want)
			}
		}
		if c.width > 0 && cells.StringWidth(line) > c.width {
			t.Errorf("%s at %d columns: %q is too wide", c.name, c.width, line)
		}
	}
}

// TestManyBars: of many downloads those that move are drawn, and the others summed up.
func TestManyBars(t *testing.T) {
	var out bytes.Buffer
	s := screen{Writer: &out, terminal: true, width: func() int { return 80 }}
	p := &progressView{app: &app{talk: s}}
	for i := range 40 {
		d := node.Download{Name: fmt.Sprint("file", i), State: "queued", SizeBytes: 100}
		if i >= 35 {
			d.State, d.Rate, d.HaveBytes = "running", 5, 50
		}
		p.downloads = append(p.downloads, d)
	}
	p.draw()
	text := out.String()
	if strings.Count(text, "\n") != drawnMax || !strings.Contains(text, "file39") || !strings.Contains(text, "and 31 more under way, 0 of 40 ended; in all 6% of 4.00 kB, 25 B/s") {
		t.Errorf("drawn:\n%s", text)
	}
}
