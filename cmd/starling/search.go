package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"starling/node"
)

const searchHelp = `Ask the network for files. All words must be found in a file's path or its tags (artist, title, album, year; camera and
caption; author), each at the beginning of a word:

  starling search aphex xtal         both words; accents and case do not matter
  starling search '"blue monday"'    a phrase: these words, whole, side by side
  starling search live -bootleg      without a word
  starling search ext:flac size:>20M type:audio boards
                                     20M is 20,000,000 bytes, 20Mi is 20 times 1,024 times 1,024
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
