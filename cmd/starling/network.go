package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"starling/node"
)

func (a *app) connectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "connect ADDR",
		Short: "Join another node: HOST, HOST:PORT, a multiaddr or the line that 'invite' prints",
		Args:  atLeastOne("give the address of a node, as 'starling invite' prints it there"),
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) error {
			neighbour, err := c.Connect(ctx, strings.Join(args, " "))
			if err != nil || a.json {
				return firstError(err, func() error { return a.emit(neighbour) })
			}
			a.sayf("%s with %s at %s", green.in(a.talk, "connected"), node.Display(neighbour.ID), node.Display(neighbour.Address))
			return nil
		}),
	}
}

func (a *app) inviteCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "invite",
		Short: "Print the line to type on another machine to join this node",
		Args:  cobra.NoArgs,
		RunE: a.withClient(func(ctx context.Context, c *node.Client, _ []string) error {
			status, err := c.Status(ctx)
			if err != nil || a.json {
				return firstError(err, func() error { return a.emit(status.Reach) })
			}
			_, err = fmt.Fprintln(a.out, node.Display(status.Reach.Invite))
			return err
		}),
	}
}

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say how the node is: identity, addresses, neighbours, shares",
		Args:  cobra.NoArgs,
		RunE: a.withClient(func(ctx context.Context, c *node.Client, _ []string) error {
			status, err := c.Status(ctx)
			if err != nil || a.json {
				return firstError(err, func() error { return a.emit(status) })
			}
			a.printStatus(status)
			return nil
		}),
	}
}

func (a *app) printStatus(s node.Status) {
	line := func(name, value string) { fmt.Fprintf(a.out, "%s  %s\n", dim.in(a.out, padRight(name, 10)), value) }
	line("node", s.ID)
	for _, address := range s.Addresses {
		line("address", node.Display(address))
	}
	line("neighbours", strconv.Itoa(s.Neighbours))
	line("shared", plural(s.SharedFiles, "file")+", "+humanSize(s.SharedBytes)+seeding(s))
	if s.HashingFiles > 0 || s.RestingFiles > 0 {
		line("hashing", strings.TrimPrefix(hashingLine(s), "hashing "))
	}
	line("transfers", plural(s.Downloads, "download")+" ("+humanLimit(s.DownLimit)+"), "+plural(s.Uploads, "upload")+" ("+humanLimit(s.UpLimit)+")")
	line("downloads", s.DownloadDir)
	line("state", s.StateDir)
	line("api", s.API)
	line("process", fmt.Sprintf("%d, up %s, %s", s.PID, humanDuration(milliseconds(s.UptimeMS)), s.Version))
	for _, notice := range s.Notices {
		line("notice", yellow.in(a.out, node.Display(notice)))
	}
	if s.Neighbours == 0 {
		a.sayAlone(s.Reach)
	}
}

func seeding(s node.Status) string {
	if s.SeededFiles == 0 {
		return ""
	}
	return ", seeding " + grouped(s.SeededFiles) + " fetched"
}

func hashing(s node.Status) string {
	if s.HashingFiles == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s still being hashed)", plural(s.HashingFiles, "file"))
}

func (a *app) linkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "link FILE|ID",
		Short: "Print a magnet link of a shared file",
		Args:  exactlyOne("name one shared file, by its path or its content id"),
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) error {
			link, err := c.Link(ctx, linkTarget(args[0]))
			if err != nil || a.json {
				return firstError(err, func() error { return a.emit(link) })
			}
			_, err = fmt.Fprintln(a.out, link.Magnet)
			return err
		}),
	}
}

// linkTarget makes a path of the caller's folder absolute and leaves everything else to the node.
func linkTarget(word string) string {
	if _, err := os.Stat(word); err != nil {
		return word
	}
	path, err := absolute(word)
	if err != nil {
		return word
	}
	return path
}

func (a *app) browseCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "browse NODE [PATH]",
		Short: "Look at what another node shares",
		Long: "Look at what another node shares. NODE is a number of 'starling neighbours', a node id or a piece of one of 6 letters or more,\n" +
			"an address, or self.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return usageError("browse: name a node and, if you like, a folder; 'starling neighbours' lists nodes")
			}
			return nil
		},
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) error {
			return a.browse(ctx, c, args[0], append(args, "")[1])
		}),
	}
}

func (a *app) browse(ctx context.Context, c *node.Client, who, path string) error {
	n := 0
	for entry, err := range c.Browse(ctx, who, path) {
		if err != nil {
			return err
		}
		n++
		if a.json {
			if err := a.emit(entry); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(a.out, browseLine(a.out, entry))
	}
	if n == 0 {
		a.sayf("nothing is shared there")
		return silent(exitNothing)
	}
	return nil
}

// browseLine has fixed columns, so that a long folder can be printed page by page.
func browseLine(s screen, e node.BrowseEntry) string {
	name := node.Display(e.Name)
	if e.Dir && e.ID != "" {
		return fmt.Sprintf("%10s  %s  %s  %s", humanSize(e.SizeBytes), dim.in(s, shortID(e.ID)), cyan.in(s, name+"/"), dim.in(s, plural(e.Files, "file")))
	}
	if e.Dir {
		return fmt.Sprintf("%10s  %12s  %s", plural(e.Files, "file"), "", cyan.in(s, name+"/"))
	}
	line := fmt.Sprintf("%10s  %s  %s", humanSize(e.SizeBytes), dim.in(s, shortID(e.ID)), name)
	return line + tagsBehind(s, line, e.Tags)
}
