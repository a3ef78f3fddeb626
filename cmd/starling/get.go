package main

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"starling/node"
)

const getHelp = `Fetch files from everyone who has them. Every part is verified on arrival.

  starling get 3              row 3 of the last search
  starling get 1,3-5          several rows
  starling get S2.3           row 3 of the search called S2
  starling get 0123456789ab   a content id, or the beginning of one a search has shown
  starling get 'magnet:?xt=urn:blake3:...'

A collection comes as a folder. A folder that is there already is never overwritten nor mixed with another: the new one is numbered.
Ctrl-C leaves the download running in the node; 'starling get' of the same file comes back to it.`

type getFlags struct {
	to         string
	onExists   string
	detach     bool
	searchable bool
}

func (a *app) getCommand() *cobra.Command {
	var flags getFlags
	cmd := &cobra.Command{
		Use:   "get TARGET...",
		Short: "Fetch files: rows of a search, content ids or magnet links",
		Long:  getHelp,
		Args:  atLeastOne("name rows of a search (3, 1-4, S2.3), content ids or magnet links"),
	}
	f := cmd.Flags()
	f.StringVar(&flags.to, "to", "", "folder to put the files in (default: the node's download folder)")
	f.StringVar(&flags.onExists, "on-exists", "rename", "when a file of that name is there: rename, skip or overwrite (a folder is never overwritten)")
	f.BoolVarP(&flags.detach, "detach", "d", false, "start the downloads and return at once")
	f.BoolVar(&flags.searchable, "searchable", false, "let others find these files by searching once they are here (without it they are served by id only)")
	var request node.GetRequest
	cmd.PreRunE = func(_ *cobra.Command, args []string) (err error) {
		request, err = flags.request(args, f.Changed("searchable"))
		return err
	}
	cmd.RunE = a.withClient(func(ctx context.Context, c *node.Client, _ []string) error {
		return a.get(ctx, c, request, flags.detach)
	})
	return cmd
}

func (f *getFlags) request(targets []string, searchableGiven bool) (node.GetRequest, error) {
	request := node.GetRequest{Targets: targets, OnExists: f.onExists}
	switch f.onExists {
	case "rename", "skip", "overwrite":
	default:
		return request, usageError("--on-exists %q: use rename, skip or overwrite", f.onExists)
	}
	if f.to != "" {
		dir, err := absolute(f.to)
		if err != nil {
			return request, fmt.Errorf("--to %s: %w", f.to, err)
		}
		request.Dir = dir
	}
	if searchableGiven {
		request.Searchable = &f.searchable
	}
	return request, nil
}

func (a *app) get(ctx context.Context, c *node.Client, request node.GetRequest, detach bool) error {
	downloads, err := c.Get(ctx, request)
	if err != nil {
		return err
	}
	if a.started != nil {
		a.started(downloads)
		return nil
	}
	if detach {
		return a.sayStarted(downloads)
	}
	return a.follow(ctx, c, downloads)
}

func (a *app) sayStarted(downloads []node.Download) error {
	if a.json {
		return emitAll(a, downloads)
	}
	for _, d := range downloads {
		fmt.Fprintf(a.out, "%d  %s  %s\n", d.N, d.ID, node.Display(d.Name))
	}
	a.sayf("started; 'starling downloads' shows how far they are")
	return nil
}

// A watched is news of one of the downloads that are followed.
type watched struct {
	index int
	node.Download
	err error
}

// follow shows the progress of downloads until all have ended. The exit code is that of the first that failed.
func (a *app) follow(ctx context.Context, c *node.Client, downloads []node.Download) error {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	news := make(chan watched)
	if len(downloads) > streamsMax {
		go watchAll(watching, c, downloads, news)
	} else {
		for i, d := range downloads {
			go watch(watching, c, i, d.ID, news)
		}
	}
	progress := &progressView{app: a, downloads: downloads}
	defer progress.close()
	var failed error
	for open := len(downloads); open > 0; {
		select {
		case <-ctx.Done():
			progress.close()
			return a.leave(progress.downloads)
		case w := <-news:
			if w.err != nil {
				if ctx.Err() != nil {
					continue // the case above says it better
				}
				return w.err
			}
			if err := progress.take(w.index, w.Download); err != nil {
				return err
			}
			if !w.Final() {
				continue
			}
			open--
			if err := a.ended(progress, w.Download); err != nil && failed == nil {
				failed = err
			}
		}
	}
	return failed
}

// Beyond streamsMax downloads get asks for the list now and then, instead of a stream of events for each.
const (
	streamsMax = 16
	listEvery  = 250 * time.Millisecond
)

// watchAll tells what has changed in the list of downloads since the last look.
func watchAll(ctx context.Context, c *node.Client, downloads []node.Download, news chan<- watched) {
	look := time.NewTicker(listEvery)
	defer look.Stop()
	last := make(map[string]node.Download)
	for {
		now := make(map[string]node.Download)
		list, err := c.Downloads(ctx)
		for _, d := range list {
			now[d.ID] = d
		}
		for i, asked := range downloads {
			d, there := now[asked.ID]
			if !there && err == nil {
				d, d.State = asked, "cancelled"
			}
			if before, told := last[asked.ID]; told && before.Final() || err == nil && reflect.DeepEqual(before, d) {
				continue
			}
			last[asked.ID] = d
			select {
			case news <- watched{i, d, err}:
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

func watch(ctx context.Context, c *node.Client, index int, id string, news chan<- watched) {
	for d, err := range c.Watch(ctx, id) {
		select {
		case news <- watched{index, d, err}:
		case <-ctx.Done():
			return
		}
	}
}

// ended prints the outcome of one download.
func (a *app) ended(progress *progressView, d node.Download) error {
	if a.json {
		d.Type = d.State
		if err := a.emit(d); err != nil {
			return err
		}
	} else if d.State == "done" {
		progress.above(func() { fmt.Fprintln(a.out, d.Path) }, doneLine(a.talk, d))
	} else {
		progress.above(nil, red.in(a.talk, d.State)+"  "+node.Display(d.Name)+": "+node.DisplayLines(d.Reason))
	}
	if d.State == "done" {
		return nil
	}
	code, known := exitOfCode[d.Code]
	if !known {
		code = exitFailed
	}
	return silent(code)
}

// doneLine says what came from where.
func doneLine(s screen, d node.Download) string {
	took := milliseconds(d.ElapsedMS)
	line := fmt.Sprintf("%s  %s  %s from %s in %s", green.in(s, "done"), node.Display(d.Name), humanSize(d.FetchedBytes), plural(givers(d), "source"), humanDuration(took))
	if d.FetchedBytes == 0 {
		line = fmt.Sprintf("%s  %s  nothing left to fetch", green.in(s, "done"), node.Display(d.Name))
	} else if took > 0 {
		line += " (" + humanRate(int64(float64(d.FetchedBytes)/took.Seconds())) + ")"
	}
	if d.Files > 0 {
		line += ", " + plural(d.Files, "file")
	}
	line += ", verified " + dim.in(s, shortID(d.ID))
	if d.Reason != "" {
		line += "; " + node.DisplayLines(d.Reason)
	}
	return line
}

// givers counts the sources that gave anything.
func givers(d node.Download) int {
	n := 0
	for _, source := range d.Sources {
		if source.Bytes > 0 {
			n++
		}
	}
	return n
}

// namedMax is how many downloads the line that says how to come back names.
const namedMax = 4

// leave says how to come back to downloads that go on without us.
func (a *app) leave(downloads []node.Download) error {
	var ids, numbers []string
	for _, d := range downloads {
		if !d.Final() {
			ids, numbers = append(ids, shortID(d.ID)), append(numbers, strconv.Itoa(d.N))
		}
	}
	if len(ids) > namedMax {
		a.sayf("the node goes on fetching; 'starling downloads' shows it, 'starling get' of the same comes back to it, 'starling cancel N' ends one")
		return silent(exitInterrupted)
	}
	a.sayf("the node goes on fetching; 'starling downloads' shows it, 'starling get %s' comes back to it, 'starling cancel %s' ends it",
		strings.Join(ids, " "), strings.Join(numbers, " "))
	return silent(exitInterrupted)
}
