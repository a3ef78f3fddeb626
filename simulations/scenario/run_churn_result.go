package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"starling/node/overlay/policy"
	"starling/simulations"
)

var churnColumns = []simulations.Column{
	column("minute", "minute", 0), column("alive", "nodes", 0), column("replaced", "replaced", 0), column("links", "links each", 2),
	column("below", fmt.Sprintf("below %d links", policy.DegreeMin), 0), column("questions", "questions", 0),
	column("reach_percent", "% reached", 2), column("success_percent", "% success", 1), column("messages", "messages each", 0),
}

// report makes tables and charts of what is known.
func (c *churn) report() {
	if len(c.probes) == 0 {
		return
	}
	rows := c.rows()
	c.result.Tables = append(c.result.Tables,
		simulations.Table{Name: "churn", Title: "Minute by minute", Columns: churnColumns, Rows: rows})
	asked := slices.DeleteFunc(slices.Clone(rows), func(r simulations.Row) bool { return r["reach_percent"] == nil })
	x := simulations.Axis{Label: "minutes"}
	c.result.Charts = append(c.result.Charts,
		simulations.Chart{
			Name: "success", Title: "Searches while nodes come and go", X: x, Y: simulations.Axis{Label: "%"}, Series: []simulations.Series{
				series("nodes reached", asked, "minute", "reach_percent"), series("searches with a hit", asked, "minute", "success_percent"),
			},
		},
		simulations.Chart{
			Name: "links", Title: "Living neighbours of a node", X: x, Y: simulations.Axis{Label: "neighbours, on average"},
			Series: []simulations.Series{series("neighbours", rows, "minute", "links")},
		})
	c.sayMinutes(rows)
	c.reportCopies()
}

// sayMinutes sums up the minutes with questions.
func (c *churn) sayMinutes(rows []simulations.Row) {
	var reach, links []float64
	replaced, below := 0, 0
	for _, r := range rows {
		if r["reach_percent"] != nil {
			reach, links = append(reach, number(r["reach_percent"])), append(links, number(r["links"]))
			replaced, below = replaced+r["replaced"].(int), max(below, r["below"].(int))
		}
	}
	if len(reach) > 0 {
		c.say("While %s nodes a minute left for others, searches reached %.2f %% of all that were there. A node had %.1f living neighbours, and at most %d of %s had fewer than %d, newcomers among them.",
			thousands(replaced/len(reach)), number(mean(reach)), number(mean(links)), below, thousands(c.graph.Nodes()), policy.DegreeMin)
	}
}

// void: its asker left before it could have an answer, or before it had one.
func (c *churn) void(p *probe) bool {
	left, gone := c.gone[p.tally.Node]
	_, found := p.found(nil)
	return gone && !found && left < p.tally.Asked+answerWithin
}

// rows are the minutes with questions.
func (c *churn) rows() (rows []simulations.Row) {
	for i, m := range c.minutes {
		if m.alive == 0 {
			continue
		}
		var reach []float64
		var messages []int
		hits, valid := 0, 0
		for _, p := range c.probes {
			if int(p.tally.Asked/time.Minute) != i || c.void(p) {
				continue
			}
			valid++
			reach, messages = append(reach, 100*p.reach()), append(messages, p.tally.Copies)
			if _, ok := p.found(nil); ok {
				hits++
			}
		}
		rows = append(rows, simulations.Row{
			"minute": i + 1, "alive": m.alive, "replaced": m.replaced, "links": m.links, "below": m.below, "questions": valid,
			"reach_percent": mean(reach), "success_percent": percent(hits, valid), "messages": mean(messages),
		})
	}
	return rows
}

var copiesColumns = []simulations.Column{
	column("holders", "holders", 0), column("questions", "questions", 0), column("success_percent", "% success", 1),
	column("first_hit_ms", "first hit ms", 0), column("first_hit_p90_ms", "90 % by", 0),
}

// reportCopies tells how well items of each rarity were found.
func (c *churn) reportCopies() {
	t := simulations.Table{Name: "copies", Title: "By how many nodes held what was asked for", Columns: copiesColumns}
	var told []string
	for i := range c.s.Content.Copies {
		row, hits := foundRow(c.probes, func(p *probe) bool { return p.copies == i && !c.void(p) })
		row["holders"] = c.copies(i)
		t.Rows = append(t.Rows, row)
		if asked := row["questions"].(int); asked > 0 {
			told = append(told, fmt.Sprintf("%d of %d for what %s nodes held", hits, asked, thousands(c.copies(i))))
		}
	}
	c.say("Questions answered: %s.", strings.Join(told, "; "))
	c.result.Tables = append(c.result.Tables, t)
}

// foundRow is the questions that pass, how many were answered and how soon.
func foundRow(probes []*probe, passes func(*probe) bool) (row simulations.Row, hits int) {
	var first []time.Duration
	asked := 0
	for _, p := range probes {
		if !passes(p) {
			continue
		}
		asked++
		if after, ok := p.found(nil); ok {
			first = append(first, after)
		}
	}
	return simulations.Row{
		"questions": asked, "success_percent": percent(len(first), asked),
		"first_hit_ms": quantile(first, 0.5), "first_hit_p90_ms": quantile(first, 0.9),
	}, len(first)
}

// say adds a finding.
func (l *lab) say(format string, args ...any) {
	l.result.Findings = append(l.result.Findings, fmt.Sprintf(format, args...))
}
