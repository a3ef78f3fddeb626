package main

import (
	"fmt"
	"strings"

	"starling/node"
)

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
