package scenario

import (
	"context"
	"time"

	"starling/simulations"
	"starling/simulations/mesh"
	"starling/simulations/world"
)

// After the healing searches look more often whether the mesh is whole again.
const (
	watchEvery = 250 * time.Millisecond
	watchFor   = 30 * time.Second
)

// whole is the reach of a mesh that counts as one again.
const whole = 0.99

// partition is a world that is cut in two for a while.
type partition struct {
	*lab
	w     *world.World
	mesh  *mesh.Mesh
	items *items
	side  []uint8
	sides [2]*crowd
	lost  int // links

	cut, noticed, heal, until time.Duration
	looks                     []*look
	err                       error // the first one of a deed
}

// look is one search from each half, or some, at one time.
type look struct {
	at     time.Duration
	asked  []*world.Tally
	links  float64 // of a node
	across int     // links between the halves
}

// runPartition cuts the mesh in two and puts it together again.
func runPartition(ctx context.Context, s *Scenario, progress func(Progress)) (*simulations.Result, error) {
	l, err := newLab(ctx, s, progress)
	if err != nil {
		return nil, err
	}
	p := &partition{lab: l, mesh: mesh.New(s.chance(chanceRepair)), items: newItems(s.chance(chanceQuestions))}
	p.cut, p.heal, p.until = seconds(s.Partition.AtS), seconds(s.Partition.HealS), seconds(s.Partition.UntilS)
	p.noticed = min(p.cut+mesh.SilenceMax, p.heal)
	p.halve()
	if p.w, err = p.world(func(o *world.Options) { o.Unlinked = p.mesh.Unlinked }); err != nil {
		return nil, err
	}
	p.mesh.Start(p.w)
	p.plan()
	err = p.w.Run(ctx, p.until+answerWithin)
	if err == nil {
		err = p.err
	}
	for len(p.looks) > 0 && p.looks[len(p.looks)-1].at+answerWithin > p.w.Now() { // of a run that was stopped
		p.looks = p.looks[:len(p.looks)-1]
	}
	p.report()
	return l.result, err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// halve puts every other one of the nodes, in a random order, on each side.
func (p *partition) halve() {
	p.side = make([]uint8, p.graph.Nodes())
	for i, v := range p.s.chance(chancePeople).Perm(p.graph.Nodes()) {
		p.side[v] = uint8(i % 2)
	}
	for k := range p.sides {
		p.sides[k] = newCrowd(p.graph.Nodes(), func(v int) bool { return int(p.side[v]) == k })
	}
}

// plan fixes when things will happen.
func (p *partition) plan() {
	p.w.At(p.cut, func() { p.w.Split(func(v int) int { return int(p.side[v]) }) })
	if p.noticed < p.heal {
		p.w.At(p.noticed, p.cutLinks)
	}
	p.w.At(p.heal, func() { p.w.Split(nil) })
	looks := 0
	every := seconds(p.s.Partition.SampleS)
	for at := min(every, p.cut); at <= p.until; at += every {
		looks++
		p.w.At(at, func() { p.look(max(2, p.s.Search.Count)) })
	}
	for at := p.heal + watchEvery; at <= min(p.heal+watchFor, p.until); at += watchEvery {
		looks++
		p.w.At(at, func() { p.look(2) })
	}
	p.at("the mesh is cut and heals", looks)
}

// cutLinks ends the links whose ends have not heard of each other for too long.
func (p *partition) cutLinks() {
	for v := range p.w.Nodes() {
		var away []int
		for i := range p.w.Links(v) {
			if peer := p.w.Peer(v, i); p.w.Apart(v, peer) {
				away = append(away, peer)
			}
		}
		for _, peer := range away {
			p.w.Cut(v, peer)
			p.lost++
		}
	}
}

// look asks some times, from the halves in turn.
func (p *partition) look(searches int) {
	k := &look{at: p.w.Now()}
	for i := range searches {
		q, err := p.items.make(nil, false)
		if err != nil {
			p.err = err
			return
		}
		from := p.sides[i%2].pick(1, p.items.rng)
		k.asked = append(k.asked, p.w.Ask(from[0], q, uint8(p.s.Search.TTL[0])))
	}
	for v := range p.w.Nodes() {
		for i := range p.w.Links(v) {
			k.links++
			if p.side[v] != p.side[p.w.Peer(v, i)] && p.side[v] == 0 {
				k.across++
			}
		}
	}
	k.links /= float64(p.w.Nodes())
	p.looks = append(p.looks, k)
	p.stage.Done++
}

// reaches are the shares of the other nodes that a look's searches came to.
func (p *partition) reaches(k *look) (out []float64) {
	for _, t := range k.asked {
		out = append(out, float64(t.Reached)/float64(p.w.Nodes()-1))
	}
	return out
}

var phaseColumns = []simulations.Column{
	column("phase", "phase", 0), column("from_s", "from s", 0), column("until_s", "to s", 0), column("searches", "searches", 0),
	column("reach_min_percent", "% reached, least", 2), column("reach_percent", "mean", 2), column("links", "links each, at the end", 2),
	column("across", "links between the halves", 0),
}

// report makes tables and charts of what is known.
func (p *partition) report() {
	phases := simulations.Table{Name: "phases", Title: "Before, apart and together again", Columns: phaseColumns}
	for _, phase := range []struct {
		name     string
		from, to time.Duration
	}{
		{"whole", 0, p.cut}, {"cut, not noticed", p.cut, p.noticed}, {"cut, noticed", p.noticed, p.heal}, {"healed", p.heal, p.until + 1},
	} {
		if row := p.phase(phase.from, phase.to); row != nil {
			row["phase"], row["from_s"], row["until_s"] = phase.name, phase.from.Seconds(), phase.to.Truncate(time.Millisecond).Seconds()
			phases.Rows = append(phases.Rows, row)
		}
	}
	p.result.Tables = append(p.result.Tables, phases, p.healing())
	reach := simulations.Series{Name: "of all nodes"}
	links := simulations.Series{Name: "between the halves"}
	for _, k := range p.looks {
		at := k.at.Seconds()
		reach.Points = append(reach.Points, [2]float64{at, 100 * number(mean(p.reaches(k)))})
		links.Points = append(links.Points, [2]float64{at, float64(k.across)})
	}
	x := simulations.Axis{Label: "seconds"}
	p.result.Charts = append(p.result.Charts,
		simulations.Chart{Name: "reach", Title: "How many nodes a search reaches", X: x, Y: simulations.Axis{Label: "%", Max: 100}, Series: []simulations.Series{reach}},
		simulations.Chart{Name: "across", Title: "Links between the halves", X: x, Y: simulations.Axis{Label: "links"}, Series: []simulations.Series{links}})
}

// phase sums up the looks from a time until before another, nil if there were none.
func (p *partition) phase(from, until time.Duration) simulations.Row {
	var reach []float64
	var last *look
	for _, k := range p.looks {
		if k.at >= from && k.at < until {
			reach, last = append(reach, p.reaches(k)...), k
		}
	}
	if last == nil {
		return nil
	}
	least := 1.0
	for _, r := range reach {
		least = min(least, r)
	}
	return simulations.Row{
		"searches": len(reach), "reach_min_percent": 100 * least, "reach_percent": 100 * number(mean(reach)),
		"links": last.links, "across": last.across,
	}
}

// healing says when searches came to all again.
func (p *partition) healing() simulations.Table {
	row := simulations.Row{"away_s": (p.heal - p.cut).Seconds(), "first_s": nil, "whole_s": nil, "links_back": p.mesh.Stats().Reunited}
	for _, k := range p.looks {
		after := (k.at - p.heal).Seconds()
		least, most := 1.0, 0.0
		for _, r := range p.reaches(k) {
			least, most = min(least, r), max(most, r)
		}
		if after > 0 && row["first_s"] == nil && most > 0.6 {
			row["first_s"] = after
		}
		if after > 0 && row["whole_s"] == nil && least >= whole {
			row["whole_s"] = after
			p.say("Cut in two for %g s, the mesh was one again %g s after it could be: searches from both halves reached %g %% of all nodes. By the end %s of %s lost links were made again, and nodes had %.1f links on average.",
				row["away_s"], after, 100*whole, thousands(p.mesh.Stats().Reunited), thousands(p.lost), p.looks[len(p.looks)-1].links)
		}
	}
	if len(p.looks) > 0 && row["whole_s"] == nil && p.w.Now() >= p.until {
		p.say("%g s after it could be, the mesh is not one again.", (p.until - p.heal).Seconds())
	}
	return simulations.Table{
		Name: "healing", Title: "How soon the halves are one again, after they can be", Columns: []simulations.Column{
			column("away_s", "apart for s", 0), column("first_s", "first beyond a half, s", 2), column("whole_s", "99 % reached, s", 2), column("links_back", "links made again", 0),
		}, Rows: []simulations.Row{row},
	}
}
