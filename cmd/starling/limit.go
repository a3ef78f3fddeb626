package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"starling/config"
	"starling/node"
)

const limitHelp = `Show or set how fast to send and to fetch, at once and without a restart.

Rates are bytes per second: 800k, 5M, 1.5M; 0 means unlimited. --up-wan and --down-wan are for connections that are not local,
which keep to --up and --down as well.

A timetable changes --up and --down by day and hour, in local time: entries [DAYS] HH:MM,UP[/DOWN] separated by semicolons.
DAYS are mon-fri, sat,sun or daily; an entry without them is for those of the entry before it. Each holds until the next one
begins, and so does what is set by hand meanwhile. One without DOWN leaves downloads to what holds without a timetable.
--schedule off ends it.`

// limitFlags are the words of one command line.
type limitFlags struct{ up, down, upWAN, downWAN, schedule string }

func (a *app) limitCommand() *cobra.Command {
	var flags limitFlags
	var wanted node.Limits
	cmd := &cobra.Command{
		Use:     "limit",
		Short:   "Show or set how fast to send and to fetch, at once and without a restart",
		Long:    limitHelp,
		Example: "  starling limit --up 5M --down 0\n  starling limit --up-wan 500k\n  starling limit --schedule \"mon-fri 09:00,1M; 18:00,0\"",
		Args:    cobra.NoArgs,
		PreRunE: func(cmd *cobra.Command, _ []string) (err error) {
			wanted, err = flags.limits(cmd.Flags().Changed("schedule"))
			return err
		},
	}
	cmd.Flags().StringVar(&flags.up, "up", "", "most to send, bytes per second (5M; 0: unlimited)")
	cmd.Flags().StringVar(&flags.down, "down", "", "most to fetch, bytes per second")
	cmd.Flags().StringVar(&flags.upWAN, "up-wan", "", "most to send beyond the local network (0: as --up)")
	cmd.Flags().StringVar(&flags.downWAN, "down-wan", "", "most to fetch from beyond the local network")
	cmd.Flags().StringVar(&flags.schedule, "schedule", "", "timetable, such as \"mon-fri 09:00,1M; 18:00,0\", or off")
	cmd.RunE = a.withClient(func(ctx context.Context, c *node.Client, _ []string) error {
		limits, err := c.Limit(ctx, wanted)
		if err != nil || a.json {
			return firstError(err, func() error { return a.emit(limits) })
		}
		a.printLimits(limits)
		return nil
	})
	return cmd
}

// limits reads the words; what is not given stays nil.
func (f limitFlags) limits(schedule bool) (l node.Limits, err error) {
	for _, rate := range []struct {
		text string
		to   **int64
	}{{f.up, &l.Up}, {f.down, &l.Down}, {f.upWAN, &l.UpWAN}, {f.downWAN, &l.DownWAN}} {
		if rate.text == "" {
			continue
		}
		n, err := parseRate(rate.text)
		if err != nil {
			return l, err
		}
		*rate.to = &n
	}
	if schedule {
		if _, err := config.ParseTimetable(f.schedule); err != nil {
			return l, usageError("%w", err)
		}
		l.Schedule = &f.schedule
	}
	return l, nil
}

// printLimits shows what is in force, why, and what begins next.
func (a *app) printLimits(l node.Limits) {
	a.printLimit("up", humanLimit(*l.Up), whyLimit(l.UpBy, l.UpUntil))
	a.printLimit("down", humanLimit(*l.Down), whyLimit(l.DownBy, l.DownUntil))
	if *l.UpWAN > 0 || *l.DownWAN > 0 {
		a.printLimit("up-wan", wanLimit(*l.UpWAN, "up"), whyLimit(l.UpWANBy, ""))
		a.printLimit("down-wan", wanLimit(*l.DownWAN, "down"), whyLimit(l.DownWANBy, ""))
	}
	if *l.Schedule == "" {
		return
	}
	a.printLimit("timetable", *l.Schedule, whyLimit(l.ScheduleBy, ""))
	if l.Next != nil {
		a.printLimit("next", fmt.Sprintf("%s: up %s, down %s", weekTime(l.Next.At), humanLimit(l.Next.Up), humanLimit(l.Next.Down)), "")
	}
}

func (a *app) printLimit(name, value, why string) {
	if why != "" {
		value += dim.in(a.out, "  "+why)
	}
	fmt.Fprintf(a.out, "%-9s  %s\n", name, value)
}

// wanLimit has no limit of its own when it is 0.
func wanLimit(bytesPerSec int64, common string) string {
	if bytesPerSec == 0 {
		return "as " + common
	}
	return humanRate(bytesPerSec)
}

// whyLimit says who set a limit, and when the timetable changes it.
func whyLimit(by, until string) string {
	why := map[string]string{"hand": "set by hand", "timetable": "by the timetable", "configuration": "by the configuration"}[by]
	if until != "" {
		why = strings.TrimSpace(why + " until " + weekTime(until))
	}
	return why
}

// weekTime shows a time within the next week and a bit, here and now: Mon 18:00.
func weekTime(text string) string {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return node.Display(text)
	}
	return at.Local().Format("Mon 15:04")
}
