package scenario

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"starling/query"
	"starling/simulations"
	"starling/simulations/search"
	"starling/simulations/workload"
	"starling/simulations/world"
)

// runStrategies compares ways of searching on the same questions.
func runStrategies(ctx context.Context, s *Scenario, progress func(Progress)) (*simulations.Result, error) {
	l, err := newLab(ctx, s, progress)
	if err != nil {
		return nil, err
	}
	return l.result, l.strategies()
}

// group is questions of one kind: for an item of known rarity, or by popularity.
type group struct {
	name  string
	tasks []search.Task
}

var strategyColumns = []simulations.Column{
	column("item", "searched for", 0), column("strategy", "strategy", 0), column("success_percent", "% success", 1),
	column("recall_percent", "% recall", 1), column("messages", "messages", 0), column("duplicates_percent", "% duplicates", 1),
	column("asked", "nodes asked", 0), column("bytes", "bytes", 0), column("hops", "hops to hit", 1),
	column("first_hit_ms", "first hit ms", 0), column("first_hit_p90_ms", "90 % by", 0), column("took_ms", "over after ms", 0),
}

// strategies asks the same questions in a world for each strategy.
func (l *lab) strategies() error {
	if len(l.s.Search.Strategies) == 0 {
		return nil
	}
	content, groups, err := l.questions()
	if err != nil {
		return err
	}
	table := simulations.Table{Name: "strategies", Title: "Strategies, means of the same questions", Columns: strategyColumns}
	chart := simulations.Chart{
		Name: "first-hit", Title: "Time to the first hit",
		X: simulations.Axis{Label: "searches that have one (%)"}, Y: simulations.Axis{Label: "milliseconds after the question", Log: true},
	}
	defer func() {
		l.result.Tables = append(l.result.Tables, table)
		l.result.Charts = append(l.result.Charts, chart)
	}()
	kinds, err := l.kinds()
	if err != nil {
		return err
	}
	for _, g := range groups {
		for _, kind := range kinds {
			outcomes, err := l.search(kind, content, g)
			if err != nil {
				return err
			}
			table.Rows = append(table.Rows, strategyRow(g.name, kind.Name(), outcomes))
			if g.name == groups[len(groups)-1].name {
				chart.Series = append(chart.Series, firstHits(kind.Name(), outcomes))
			}
		}
	}
	if len(groups) > 0 {
		chart.Title += ", files " + groups[len(groups)-1].name
	}
	l.strategyFindings(table.Rows)
	return l.recall(kinds)
}

// kinds are the strategies of the scenario; floods of each rule.
func (l *lab) kinds() (out []search.Strategy, err error) {
	q := l.s.Search
	ttl := slices.Max(q.TTL)
	for _, name := range q.Strategies {
		switch name {
		case "walk":
			out = append(out, search.Walk{Walkers: q.Walkers, CheckEvery: q.CheckEvery, StepsMax: q.StepsMax, Label: fmt.Sprintf("%d walkers", q.Walkers)})
			continue
		case "ring":
			out = append(out, search.Ring{TTLs: q.TTL, Duplicates: query.LargerTTL})
			continue
		}
		for _, d := range q.Duplicates {
			r, err := rule(d)
			if err != nil {
				return nil, err
			}
			out = append(out, search.Flood{TTL: min(ttl, query.DefaultTTL), Duplicates: r, Label: "flood, " + d})
		}
	}
	return out, nil
}

// questions makes the files, places them and draws what is asked.
func (l *lab) questions() (*workload.Catalogue, []group, error) {
	l.at("placing files", 0)
	rng := l.s.chance(chanceContent)
	c, err := l.catalogue(rng)
	if err != nil {
		return nil, nil, err
	}
	items, err := c.Plant(l.s.Content.Copies, l.graph.Largest(), rng)
	if err != nil {
		return nil, nil, inputError(err)
	}
	rng = l.s.chance(chanceQuestions)
	var groups []group
	for _, item := range items {
		groups = append(groups, group{fmt.Sprintf("on %g %% of nodes", 100*item.Share), l.tasks(c, rng, func() workload.Question { return c.AskItem(item, rng) })})
	}
	groups = append(groups, group{"by popularity", l.tasks(c, rng, func() workload.Question { return c.Ask(rng) })})
	return c, groups, nil
}

func (l *lab) catalogue(rng *rand.Rand) (*workload.Catalogue, error) {
	o := l.s.Content
	var names []workload.File
	if o.Names == "" {
		names = workload.Invented(o.Files, rng)
	} else {
		read, err := workload.ReadNames(l.s.path("content.names", o.Names), 0)
		if err != nil {
			return nil, inputError(l.s.at("content.names", "%w", err))
		}
		names = read.Files
	}
	none := func(v float64) float64 { // 0 is the scenario's word for none, and workload's for its default
		if v == 0 {
			return -1
		}
		return v
	}
	c, err := workload.New(workload.Options{
		Nodes: l.graph.Nodes(), Files: min(o.Files, len(names)), Zipf: none(o.Zipf), FreeRiders: none(o.FreeRiders),
	}, names, rng)
	if err != nil {
		return nil, inputError(err)
	}
	return c, nil
}

// tasks draws questions and who asks them. Who asks is none of the holders.
func (l *lab) tasks(c *workload.Catalogue, rng *rand.Rand, ask func() workload.Question) []search.Task {
	nodes := l.graph.Largest()
	out := make([]search.Task, l.s.Search.Count)
	for i := range out {
		q := ask()
		holders := q.Holders
		from := int32(nodes[rng.IntN(len(nodes))])
		for tries := 0; tries < len(nodes) && slices.Contains(holders, from); tries++ {
			from = int32(nodes[rng.IntN(len(nodes))])
		}
		out[i] = search.Task{Query: q.Query, From: int(from), Holders: len(holders), Want: l.s.Search.Want}
		if slices.Contains(holders, from) {
			out[i].Holders--
		}
	}
	return out
}

// search performs the questions of a group in a world of their own.
func (l *lab) search(kind search.Strategy, c *workload.Catalogue, g group) ([]search.Outcome, error) {
	l.at(fmt.Sprintf("%s, files %s", kind.Name(), g.name), len(g.tasks))
	var w *world.World
	w = world.New(world.Options{
		Graph: l.graph, Leaves: l.leaves, Delay: l.delay, EqualDelay: l.equal, Loss: l.s.Loss, Router: kind.Router(),
		Answer: c.Answer, Seed: l.s.Seed, Progress: l.watch(&w),
	})
	m := search.Mesh{World: w, Holds: c.Holds, Rand: l.s.chance(chanceStrategy)}
	var out []search.Outcome
	before := uint64(0)
	for _, task := range g.tasks {
		o, err := kind.Search(l.ctx, m, task)
		if err != nil {
			return out, err
		}
		out = append(out, o)
		l.step(w.Stats().Events - before)
		before = w.Stats().Events
	}
	return out, nil
}

// strategyRow is the mean of a strategy's outcomes.
func strategyRow(item, name string, outcomes []search.Outcome) simulations.Row {
	var success, recall, messages, duplicates, asked, bytes, hops, took []float64
	for _, o := range outcomes {
		if o.Task.Holders == 0 {
			continue
		}
		hit := 0.0
		if o.Found > 0 {
			hit = 100
			hops = append(hops, float64(o.FirstHops))
		}
		success, recall = append(success, hit), append(recall, 100*o.Recall())
		messages, asked = append(messages, float64(o.Messages)), append(asked, float64(o.Asked))
		duplicates = append(duplicates, 100*float64(o.Duplicates)/float64(max(o.Messages, 1)))
		bytes, took = append(bytes, float64(o.Bytes)), append(took, ms(o.Took))
	}
	times := hitTimes(outcomes)
	row := simulations.Row{
		"item": item, "strategy": name, "success_percent": mean(success), "recall_percent": mean(recall), "messages": mean(messages),
		"duplicates_percent": mean(duplicates), "asked": mean(asked), "bytes": mean(bytes), "hops": mean(hops), "took_ms": mean(took),
		"first_hit_ms": nil, "first_hit_p90_ms": nil,
	}
	if len(times) > 0 {
		row["first_hit_ms"], row["first_hit_p90_ms"] = ms(search.Quantile(times, 0.5)), ms(search.Quantile(times, 0.9))
	}
	return row
}

// hitTimes are the times to the first hit of those that had one, ascending.
func hitTimes(outcomes []search.Outcome) (out []time.Duration) {
	for _, o := range outcomes {
		if o.FirstHit > 0 {
			out = append(out, o.FirstHit)
		}
	}
	slices.Sort(out)
	return out
}

// firstHits is the share of searches that had a hit by each time.
func firstHits(name string, outcomes []search.Outcome) simulations.Series {
	s := simulations.Series{Name: name}
	for i, t := range hitTimes(outcomes) {
		s.Points = append(s.Points, [2]float64{100 * float64(i+1) / float64(len(outcomes)), ms(t)})
	}
	return s
}
