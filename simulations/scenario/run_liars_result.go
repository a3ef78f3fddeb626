package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"starling/query"
	"starling/share/words"
	"starling/simulations"
	"starling/simulations/world"
)

var liarColumns = []simulations.Column{
	column("liars", "liars", 0), column("nodes", "of them", 0), column("questions", "questions", 0), column("success_percent", "% success", 1),
	column("recall_percent", "% recall", 1), column("messages", "messages each", 0), column("first_hit_ms", "first hit ms", 0),
	column("forged", "forged shown", 0), column("byes", "byes", 0), column("collateral", "among honest", 0), column("liar_links_percent", "% liars' links left", 0),
}

var shownColumns = []simulations.Column{
	column("liars", "liars", 0), column("shown", "entries shown", 0), column("forged", "forged", 0), column("misfits", "not what was asked for", 0),
}

var byesColumns = []simulations.Column{
	column("liars", "liars", 0), column("why", "why", 0), column("of_liars", "honest from liars", 0),
	column("of_honest", "honest from honest", 0), column("by_liars", "liars from anybody", 0),
}

// reportLiars compares the worlds.
func (l *lab) reportLiars(worlds []*liars) {
	t := simulations.Table{Name: "liars", Title: "The same questions among different liars", Columns: liarColumns}
	rare := simulations.Table{Name: "holders", Title: "By how many nodes held what was asked for", Columns: append([]simulations.Column{liarColumns[0]}, copiesColumns...)}
	see := simulations.Table{Name: "shown", Title: "What askers were shown", Columns: shownColumns}
	byes := simulations.Table{Name: "byes", Title: "Who parted from whom, and why", Columns: byesColumns}
	chart := simulations.Chart{Name: "first-hit", Title: "Time to the first hit of a holder",
		X: simulations.Axis{Label: "questions that have one (%)", Max: 100}, Y: simulations.Axis{Label: "milliseconds after the question"}}
	for _, x := range worlds {
		if len(x.probes) == 0 {
			continue
		}
		row := x.row()
		t.Rows, see.Rows = append(t.Rows, row), append(see.Rows, row)
		rare.Rows = append(rare.Rows, x.byHolders()...)
		byes.Rows = append(byes.Rows, x.byes()...)
		chart.Series = append(chart.Series, hitsByTime(x.name, x.firstHits(nil), len(x.probes)))
		x.findings(row)
	}
	l.result.Tables = append(l.result.Tables, t, rare, see)
	if len(byes.Rows) > 0 {
		l.result.Tables = append(l.result.Tables, byes)
	}
	l.reportFlooders(worlds)
	l.result.Charts = append(l.result.Charts, chart)
}

// row is what became of a world's questions.
func (x *liars) row() simulations.Row {
	var recall []float64
	var messages []int
	entries, forged, misfits := 0, 0, 0
	for _, p := range x.probes {
		s := x.shown(p)
		entries, forged, misfits = entries+s.entries, forged+s.forged, misfits+s.misfits
		recall, messages = append(recall, 100*float64(len(s.holders))/float64(p.holders)), append(messages, p.tally.Copies)
	}
	byes, collateral := 0, 0
	for who, reasons := range x.parted {
		for _, n := range reasons {
			byes += n
			if who == honestFromHonest {
				collateral += n
			}
		}
	}
	first := x.firstHits(nil)
	return simulations.Row{
		"liars": x.name, "nodes": len(x.lies), "questions": len(x.probes), "success_percent": percent(len(first), len(x.probes)),
		"recall_percent": mean(recall), "messages": mean(messages), "first_hit_ms": quantile(first, 0.5),
		"shown": entries, "forged": forged, "misfits": misfits, "byes": byes, "collateral": collateral,
		"liar_links_percent": percent(x.linksNew, x.linksOld),
	}
}

// firstHits are the times to the first hit of a holder, of the questions that pass.
func (x *liars) firstHits(passes func(*probe) bool) (out []time.Duration) {
	for _, p := range x.probes {
		if s := x.shown(p); s.first > 0 && (passes == nil || passes(p)) {
			out = append(out, s.first)
		}
	}
	return out
}

// byHolders tells how well items of each rarity were found.
func (x *liars) byHolders() (rows []simulations.Row) {
	for i := range x.s.Content.Copies {
		asked := 0
		for _, p := range x.probes {
			if p.copies == i {
				asked++
			}
		}
		first := x.firstHits(func(p *probe) bool { return p.copies == i })
		rows = append(rows, simulations.Row{
			"liars": x.name, "holders": x.copies(i), "questions": asked, "success_percent": percent(len(first), asked),
			"first_hit_ms": quantile(first, 0.5), "first_hit_p90_ms": quantile(first, 0.9),
		})
	}
	return rows
}

// shown is what an asker gets to see of the hits of its question.
type shown struct {
	entries, forged, misfits int
	first                    time.Duration // of a holder, 0: none
	holders                  map[int]bool  // heard of
}

// shown puts the hits through the asker's own filter.
func (x *liars) shown(p *probe) shown {
	q := p.tally.Query
	s, it := shown{holders: map[int]bool{}}, x.items.held[q.GUID]
	asker := query.NewSearch(query.Spec{Expr: q.Expr}, time.Time{})
	var text words.Text
	for _, h := range p.tally.Hits {
		after := h.At - p.tally.Asked
		if after > answerWithin {
			break
		}
		for _, e := range asker.Hits(&query.Batch{GUID: q.GUID, Holder: fmt.Sprint(h.Holder), Entries: h.Entries}) {
			s.entries++
			if x.lies[h.Holder] == world.Forger {
				s.forged++
			}
			text.Set(e.Name)
			if !q.Expr.MatchText(&text, words.Doc{Path: e.Name, SizeBytes: e.SizeBytes, Type: e.Type, ID: e.ID}) {
				s.misfits++
			}
		}
		if it.holders[h.Holder] {
			s.holders[h.Holder] = true
			if s.first == 0 {
				s.first = after
			}
		}
	}
	return s
}

// hitsByTime is the share of questions that had a hit by each time.
func hitsByTime(name string, first []time.Duration, questions int) simulations.Series {
	s := simulations.Series{Name: name}
	slices.Sort(first)
	for i, t := range first {
		s.Points = append(s.Points, [2]float64{100 * float64(i+1) / float64(questions), ms(t)})
	}
	return s
}

// byes are the reasons for which nodes of a world parted.
func (x *liars) byes() (rows []simulations.Row) {
	for why := query.Reason(1); int(why) < query.ReasonCount; why++ {
		ofLiars, ofHonest := x.parted[honestFromLiar][why], x.parted[honestFromHonest][why]
		byLiars := x.parted[[2]bool{true, false}][why] + x.parted[[2]bool{true, true}][why]
		if ofLiars+ofHonest+byLiars > 0 {
			rows = append(rows, simulations.Row{"liars": x.name, "why": why.String(), "of_liars": ofLiars, "of_honest": ofHonest, "by_liars": byLiars})
		}
	}
	return rows
}

// findings says what the liars of a world achieved.
func (x *liars) findings(row simulations.Row) {
	parts := []string{fmt.Sprintf("%.1f %% of the questions were answered, with %s messages each", number(row["success_percent"]), thousands(number(row["messages"])))}
	if n := row["misfits"].(int); n > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s entries shown were not what was asked for", thousands(n), thousands(row["shown"].(int))))
	}
	if n := row["collateral"].(int); n > 0 {
		parts = append(parts, fmt.Sprintf("%s links between honest nodes were given up", thousands(n)))
	}
	switch x.name {
	case nobody:
		x.say("With nobody who lies, %s.", strings.Join(parts, "; "))
	case everybody:
		x.say("With all kinds of liars, %s.", strings.Join(parts, "; "))
	default:
		x.say("With %s %s, %s.", thousands(len(x.lies)), x.name, strings.Join(parts, "; "))
	}
}

// reportFlooders tells how soon their neighbours cut them off.
func (l *lab) reportFlooders(worlds []*liars) {
	t := simulations.Table{Name: "flooders", Title: fmt.Sprintf("Flooders that ask %d questions a second, quiet ones %d, disguised ones %d", loudPerSec, quietPerSec, disguisedPerSec), Columns: []simulations.Column{
		column("liars", "liars", 0), column("queries", "queries sent", 0), column("reached", "nodes reached by one", 1), column("cut", "links cut", 0),
		column("kept", "kept", 0), column("cut_s", "half cut by s", 2), column("cut_last_s", "last one cut by s", 2),
	}}
	for _, x := range worlds {
		if x.queries == 0 {
			continue
		}
		var cut []time.Duration
		for _, times := range x.cutAfter {
			cut = append(cut, times...)
		}
		row := simulations.Row{
			"liars": x.name, "queries": x.queries, "reached": float64(x.flooded) / float64(x.queries), "cut": len(cut), "kept": x.kept, "cut_s": nil, "cut_last_s": nil,
		}
		if len(cut) > 0 {
			row["cut_s"], row["cut_last_s"] = number(quantile(cut, 0.5))/1000, slices.Max(cut).Seconds()
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) > 0 {
		l.result.Tables = append(l.result.Tables, t)
	}
}
