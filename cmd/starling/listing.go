package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"starling/node"
)

func (a *app) downloadsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "downloads",
		Short: "List the downloads",
		Long:  "List the downloads: under way, waiting, paused, failed, and those that this run of the node has finished.",
		Args:  cobra.NoArgs,
		RunE: a.withClient(func(ctx context.Context, c *node.Client, _ []string) error {
			downloads, err := c.Downloads(ctx)
			if err != nil || a.json {
				return firstError(err, func() error { return emitAll(a, downloads) })
			}
			return a.printDownloads(downloads)
		}),
	}
}

func firstError(err error, then func() error) error {
	if err != nil {
		return err
	}
	return then()
}

func (a *app) printDownloads(downloads []node.Download) error {
	if len(downloads) == 0 {
		a.sayf("no downloads")
	}
	t := table{columns: []column{{"n", true}, {"state", false}, {"done", true}, {"size", true}, {"rate", true}, {"sources", true}, {"id", false}, {"name", false}}}
	for _, d := range downloads {
		t.add(strconv.Itoa(d.N), a.state(d.State), percent(d.HaveBytes, d.SizeBytes), humanSize(d.SizeBytes), rateOf(d), strconv.Itoa(len(d.Sources)),
			d.ID[:12], nameAndReason(a, d))
	}
	t.print(a.out)
	return nil
}

// nameAndReason shows what is fetched and, when it does not move, why.
func nameAndReason(a *app, d node.Download) string {
	name := nameAndFiles(d)
	if d.Cached {
		name += dim.in(a.out, "  only read, not kept")
	}
	if why := waitsFor(d); why != "" && d.State != "done" {
		name += dim.in(a.out, "  "+why)
	}
	return name
}

// state paints the words that need a look.
func (a *app) state(state string) string {
	switch state {
	case "done", "sending", "ok":
		return green.in(a.out, state)
	case "failed", "fail":
		return red.in(a.out, state)
	case "paused", "finding", "queued", "waiting", "warn":
		return yellow.in(a.out, state)
	}
	return state
}

func rateOf(d node.Download) string {
	if d.State != "running" {
		return ""
	}
	return humanRate(d.Rate)
}

// percent is rounded down, so that 100% means all of it.
func percent(part, whole int64) string {
	if whole <= 0 {
		return ""
	}
	return strconv.Itoa(int(float64(part)/float64(whole)*100)) + "%"
}

func (a *app) changeCommand(order node.Order, short string) *cobra.Command {
	return &cobra.Command{
		Use:   string(order) + " SELECTOR...",
		Short: short,
		Long:  short + ".\n\nA selector is a number of 'starling downloads', a range (2-4), the beginning of a content id, or all.",
		Args:  atLeastOne("name the downloads by number, id or all; 'starling downloads' lists them"),
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) error {
			downloads, err := c.Change(ctx, order, args)
			if err != nil || a.json {
				return firstError(err, func() error { return emitAll(a, downloads) })
			}
			return a.printDownloads(downloads)
		}),
	}
}

// atLeastOne is cobra.MinimumNArgs with a sentence that helps.
func atLeastOne(hint string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError("%s; see '%s --help'", hint, cmd.CommandPath())
		}
		return nil
	}
}

func (a *app) uploadsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "uploads",
		Short: "List who is being served and who waits",
		Long: "List who is being served and who waits: the place in the queue and the time until it is served, what was sent and how fast, and\n" +
			"what that node has given this one, verified, where bytes of 3 days ago count half: who gives is served first.",
		Args: cobra.NoArgs,
		RunE: a.withClient(func(ctx context.Context, c *node.Client, _ []string) error {
			uploads, err := c.Uploads(ctx)
			if err != nil || a.json {
				return firstError(err, func() error { return emitAll(a, uploads) })
			}
			a.printUploads(uploads)
			return nil
		}),
	}
}

func (a *app) printUploads(uploads []node.Upload) {
	if len(uploads) == 0 {
		a.sayf("nobody is being served")
	}
	t := table{columns: []column{{"n", true}, {"state", false}, {"wait", true}, {"sent", true}, {"rate", true}, {"gave", true}, {"node", false}, {"id", false}, {"name", false}}}
	for _, u := range uploads {
		state, wait, rate := u.State, "", humanRate(u.Rate)
		if u.QueuePosition > 0 {
			state += " " + strconv.Itoa(u.QueuePosition)
			wait, rate = "soon", ""
			if u.QueueETAMS >= 1000 {
				wait = humanDuration(milliseconds(u.QueueETAMS))
			}
		}
		t.add(strconv.Itoa(u.N), a.state(state), wait, humanSize(u.SentBytes), rate, humanSize(u.GivenBytes), shortNode(u.Node), shortID(u.ID), node.Display(u.Name))
	}
	t.print(a.out)
}

func (a *app) neighboursCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "neighbours",
		Aliases: []string{"neighbors"},
		Short:   "List the nodes this one is linked with",
		Args:    cobra.NoArgs,
		RunE: a.withClient(func(ctx context.Context, c *node.Client, _ []string) error {
			neighbours, err := c.Neighbours(ctx)
			if err != nil || a.json {
				return firstError(err, func() error { return emitAll(a, neighbours) })
			}
			if len(neighbours) == 0 {
				status, err := c.Status(ctx)
				return firstError(err, func() error { a.sayAlone(status.Reach); return nil })
			}
			a.printNeighbours(neighbours)
			return nil
		}),
	}
}

func (a *app) printNeighbours(neighbours []node.Neighbour) {
	t := table{columns: []column{{"n", true}, {"node", false}, {"way", false}, {"round trip", true}, {"since", true}, {"program", false}, {"address", false}}}
	for _, n := range neighbours {
		way := "out"
		if n.Inbound {
			way = "in"
		}
		t.add(strconv.Itoa(n.N), shortNode(n.ID), way, humanDuration(milliseconds(n.RoundTripMS)), humanDuration(milliseconds(n.AgeMS)),
			node.Display(n.Agent), node.Display(n.Address))
	}
	t.print(a.out)
}

// shortNode is the telling end of a node id: all of one kind begin alike.
func shortNode(id string) string {
	id = node.Display(id)
	if len(id) <= 12 {
		return id
	}
	return "…" + id[len(id)-10:]
}

func shortID(id string) string { return id[:min(12, len(id))] }

// sayAlone says why nobody is there and what to do about it.
func (a *app) sayAlone(r node.Reach) {
	a.sayf("%s", yellow.in(a.talk, "no neighbours: nobody to ask yet"))
	listening := "not listening"
	if r.Port > 0 {
		listening = "listening on TCP port " + strconv.Itoa(r.Port)
	}
	a.sayf("  tried      %s", listening)
	for _, name := range r.Interfaces {
		a.sayf("  interface  %s", node.Display(name))
	}
	if len(r.Interfaces) == 0 {
		a.sayf("  interface  none is up besides loopback")
	}
	a.sayf("  multicast  %s", node.Display(r.Multicast))
	for _, tried := range r.Tried {
		a.sayf("  tried      %s", node.Display(tried))
	}
	where := "on the other machine"
	if onlyHere(r.Invite) {
		where = "in another terminal (this node listens on loopback: no other machine can reach it)"
	}
	if r.LAN {
		a.sayf("Nodes on the same network find each other by themselves within seconds. To join by hand, type %s:", where)
	} else {
		a.sayf("To join by hand, type %s:", where)
	}
	a.sayf("  %s", bold.in(a.talk, strings.TrimSpace(node.Display(r.Invite))))
}

// onlyHere tells an invite that leads to this machine alone.
func onlyHere(invite string) bool {
	return strings.Contains(invite, " /ip4/127.") || strings.Contains(invite, " /ip6/::1/")
}
