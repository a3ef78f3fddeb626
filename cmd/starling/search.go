package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"

	"starling/node"
)

// settleTime is how long a row may wait before it is printed, so that most rows appear with all their sources.
const settleTime = 100 * time.Millisecond

const searchHelp = `Ask the network for files. All words must be found in a file's path, each at the beginning of a word:

  starling search aphex xtal         both words; accents and case do not matter
  starling search '"blue monday"'    a phrase: these words, whole, side by side
  starling search live -bootleg      without a word
  starling search ext:flac size:>20M type:audio boards
  starling search id:<content id>    who holds this very file?

Rows come as they are found, one for each content, and stay numbered for 'starling get'.`

type searchFlags struct {
	wait     time.Duration
	want     int
	ttl      int
	strategy string
}

func (a *app) searchCommand() *cobra.Command {
	var flags searchFlags
	var request node.SearchRequest
	cmd := &cobra.Command{
		Use:   "search WORDS...",
		Short: "Ask the network for files",
		Long:  searchHelp,
		Args:  atLeastOne("say what to look for"),
		PreRunE: func(_ *cobra.Command, args []string) (err error) {
			request, err = flags.request(args)
			return err
		},
		RunE: a.withClient(func(ctx context.Context, c *node.Client, _ []string) error { return a.search(ctx, c, request) }),
	}
	f := cmd.Flags()
	f.DurationVar(&flags.wait, "wait", 3*time.Second, "longest wait; most searches know sooner that they are finished")
	f.IntVar(&flags.want, "want", 0, "stop after so many different files (0: all there are)")
	f.IntVar(&flags.ttl, "ttl", 0, "how many links away to ask (0: the node's default)")
	f.StringVar(&flags.strategy, "strategy", "flood", "flood or dynamic")
	return cmd
}

func (f *searchFlags) request(words []string) (node.SearchRequest, error) {
	for i, word := range words {
		words[i] = strings.TrimPrefix(word, shield)
	}
	switch {
	case f.strategy == "dynamic":
		return node.SearchRequest{}, usageError("the dynamic strategy is not there yet: use --strategy flood")
	case f.strategy != "flood":
		return node.SearchRequest{}, usageError("there is no strategy %q: use --strategy flood", f.strategy)
	case f.ttl < 0 || f.ttl > 255:
		return node.SearchRequest{}, usageError("--ttl %d: a search travels 1 to 7 links, and 0 means the node's default", f.ttl)
	case f.want < 0:
		return node.SearchRequest{}, usageError("--want %d: want one file or more, or 0 for all", f.want)
	case f.wait < time.Millisecond:
		return node.SearchRequest{}, usageError("--wait %v: a search needs some time, such as 3s", f.wait)
	}
	return node.SearchRequest{Expression: strings.Join(words, " "), TTL: f.ttl, Want: f.want, WaitMS: f.wait.Milliseconds(), Strategy: f.strategy}, nil
}

// search asks, prints what comes and ends with the receipt; finding nothing is an exit code of its own.
func (a *app) search(ctx context.Context, c *node.Client, request node.SearchRequest) error {
	receipt, err := a.printSearch(ctx, c, request)
	if err != nil {
		return a.explainSearch(err)
	}
	if !a.json {
		a.sayReceipt(receipt)
	}
	if receipt.Rows == 0 {
		return silent(exitNothing)
	}
	return nil
}

// explainSearch says who was tried when nobody is there.
func (a *app) explainSearch(err error) error {
	var problem *node.Problem
	if errors.As(err, &problem) && problem.Code == node.CodeNoNeighbours && problem.Reach != nil {
		a.sayAlone(*problem.Reach)
		return silent(exitNoNeighbours)
	}
	return err
}

func (a *app) printSearch(ctx context.Context, c *node.Client, request node.SearchRequest) (node.Receipt, error) {
	if a.json {
		return a.emitSearch(ctx, c, request)
	}
	var rows settling
	events, stop := eventsOf(ctx, c, request)
	defer stop()
	tick := time.NewTicker(settleTime / 2)
	defer tick.Stop()
	for {
		select {
		case e := <-events:
			switch {
			case e.err != nil:
				a.printHits(rows.settled(time.Now()))
				return node.Receipt{}, e.err
			case e.Receipt != nil:
				a.printHits(rows.settled(time.Now()))
				for _, line := range rows.grownLines() {
					a.sayf("%s", line)
				}
				return *e.Receipt, nil
			}
			rows.take(*e.Hit, time.Now())
		case now := <-tick.C:
			a.printHits(rows.settled(now.Add(-settleTime)))
		}
	}
}

// printHits prints rows, the first of a search under their titles.
func (a *app) printHits(hits []node.Hit) {
	for _, hit := range hits {
		if hit.N == 1 && a.out.terminal {
			fmt.Fprintln(a.out, hitTitles(a.out))
		}
		fmt.Fprintln(a.out, hitLine(a.out, hit))
	}
}

func (a *app) emitSearch(ctx context.Context, c *node.Client, request node.SearchRequest) (node.Receipt, error) {
	for e, err := range c.Search(ctx, request) {
		switch {
		case err != nil:
			return node.Receipt{}, err
		case e.Receipt != nil:
			return *e.Receipt, a.emit(e.Receipt)
		}
		if err := a.emit(e.Hit); err != nil {
			return node.Receipt{}, err
		}
	}
	return node.Receipt{}, errors.New("the search ended without a receipt")
}

// A searchStep is an event or the error that ends the search.
type searchStep struct {
	node.SearchEvent
	err error
}

// eventsOf reads the search in a goroutine of its own, which ends when stop is called or the search does.
func eventsOf(ctx context.Context, c *node.Client, request node.SearchRequest) (<-chan searchStep, func()) {
	ctx, cancel := context.WithCancel(ctx)
	out := make(chan searchStep)
	go func() {
		for e, err := range c.Search(ctx, request) {
			select {
			case out <- searchStep{e, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, cancel
}

// settling holds each new row back for a moment, so that it is shown once and with most of its sources.
type settling struct {
	waiting []waitingRow
	shown   map[int]int // row number → sources shown
	grown   map[int]int // row number → sources now
}

type waitingRow struct {
	node.Hit
	since time.Time
}

func (s *settling) take(hit node.Hit, now time.Time) {
	if s.shown == nil {
		s.shown, s.grown = make(map[int]int), make(map[int]int)
	}
	if sources, already := s.shown[hit.N]; already {
		if hit.Sources > sources {
			s.grown[hit.N] = hit.Sources
		}
		return
	}
	for i := range s.waiting {
		if s.waiting[i].N == hit.N {
			s.waiting[i].Hit = hit
			return
		}
	}
	s.waiting = append(s.waiting, waitingRow{hit, now})
}

// settled gives the rows that came before the given time, each once.
func (s *settling) settled(before time.Time) (out []node.Hit) {
	for len(s.waiting) > 0 && !s.waiting[0].since.After(before) {
		hit := s.waiting[0].Hit
		s.waiting = s.waiting[1:]
		s.shown[hit.N] = hit.Sources
		out = append(out, hit)
	}
	return out
}

// grownLines tells which rows found more sources after they were shown.
func (s *settling) grownLines() (out []string) {
	for _, n := range slices.Sorted(maps.Keys(s.grown)) {
		out = append(out, fmt.Sprintf("row %d has %d sources by now", n, s.grown[n]))
	}
	return out
}

// Widths of a screen below which a row of a search drops its id, then its sources and hops.
const (
	widthForID    = 76
	widthForCount = 48
)

// hitTitles are the titles above the columns of hitLine.
func hitTitles(s screen) string {
	w := s.width()
	switch {
	case w > 0 && w < widthForCount:
		return dim.in(s, "   n       size  name")
	case w > 0 && w < widthForID:
		return dim.in(s, "   n       size  sources  hops  name")
	}
	return dim.in(s, "   n       size  sources  hops  id            name")
}

// hitLine is one row of a search; the name comes last and is cut at the screen's edge.
func hitLine(s screen, hit node.Hit) string {
	w := s.width()
	line := bold.in(s, fmt.Sprintf("%4d", hit.N)) + fmt.Sprintf("  %9s  ", humanSize(hit.SizeBytes))
	if w == 0 || w >= widthForCount {
		line += fmt.Sprintf("%7d  %4d  ", hit.Sources, hit.Hops)
	}
	if w == 0 || w >= widthForID {
		line += dim.in(s, shortID(hit.ID)) + "  "
	}
	note := hitNote(hit)
	name := node.Display(hit.Name)
	if w > 0 {
		name = cutMiddle(name, max(8, w-lipgloss.Width(line)-len(note)))
	}
	line += name + dim.in(s, note)
	if w > 0 {
		line = cutPainted(line, w)
	}
	return line
}

// hitNote adds what the columns do not say.
func hitNote(hit node.Hit) string {
	switch {
	case hit.Have:
		return "  (you have it)"
	case hit.HeldBytes < hit.SizeBytes:
		return "  (" + percent(hit.HeldBytes, hit.SizeBytes) + " so far)"
	}
	return ""
}

// sayReceipt says in words what the search cost and covered.
func (a *app) sayReceipt(r node.Receipt) {
	for _, line := range receiptLines(r) {
		a.sayf("%s", dim.in(a.talk, line))
	}
}

func receiptLines(r node.Receipt) []string {
	about := ""
	if !r.Complete {
		about = "at least "
	}
	lines := []string{fmt.Sprintf("%s: %s; asked %s%s, %s answered with hits; %s%s in %s (%s)", r.Search, plural(r.Rows, "file"), about,
		plural(r.Asked, "node"), grouped(r.Answered), about, plural(r.Messages, "message"), humanDuration(milliseconds(r.ElapsedMS)), node.Display(r.Stopped))}
	var limits []string
	if r.PrunedTTL > 0 {
		limits = append(limits, plural(r.PrunedTTL, "link")+" not followed because the TTL was used up")
	}
	if r.RateLimited > 0 {
		limits = append(limits, plural(r.RateLimited, "copy")+" refused for going too fast")
	}
	if r.Lost > 0 {
		limits = append(limits, plural(r.Lost, "copy")+" never answered for")
	}
	if len(limits) > 0 {
		lines = append(lines, "  "+strings.Join(limits, "; "))
	}
	return lines
}
