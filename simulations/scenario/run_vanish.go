package scenario

import (
	"fmt"
	"strings"
	"time"

	"starling/simulations"
	"starling/simulations/world"
)

// vanishAsks is how many questions are asked right after nodes have vanished, at most.
const vanishAsks = 60

// unnoticed is a time after which nobody in a run finds out that a node is gone.
const unnoticed = 1000 * time.Hour

var vanishColumns = []simulations.Column{
	column("vanished_percent", "% vanished", 1), column("left", "nodes left", 0), column("links", "links each", 2), column("questions", "questions", 0),
	column("reach_percent", "% reached", 2), column("reach_min_percent", "at least", 2), column("success_percent", "% success", 1),
	column("first_hit_ms", "first hit ms", 0), column("first_hit_p90_ms", "90 % by", 0),
}

// vanishings takes shares of all nodes away at one moment, each in a world of its
// own, and asks before anybody knows.
func (l *lab) vanishings() error {
	t := simulations.Table{Name: "vanish", Title: "Right after many nodes vanished, before anybody knows", Columns: vanishColumns}
	var err error
	var told []string
	for _, share := range l.s.Churn.Vanish {
		var row simulations.Row
		if row, err = l.vanish(share); row != nil {
			t.Rows = append(t.Rows, row)
			told = append(told, fmt.Sprintf("%.1f %% of those left when %g %% have gone", number(row["reach_percent"]), 100*share))
		}
		if err != nil {
			break
		}
	}
	if len(t.Rows) == 0 {
		return err
	}
	l.result.Tables = append(l.result.Tables, t)
	l.say("Right after many nodes have vanished, before anybody knows, a search reaches %s.", strings.Join(told, "; "))
	if len(t.Rows) > 1 {
		l.result.Charts = append(l.result.Charts, simulations.Chart{
			Name: "vanish", Title: "Right after many nodes vanished", X: simulations.Axis{Label: "% of nodes that vanished"}, Y: simulations.Axis{Label: "%", Max: 100},
			Series: []simulations.Series{
				series("nodes left that a search reaches", t.Rows, "vanished_percent", "reach_percent"),
				series("searches with a hit", t.Rows, "vanished_percent", "success_percent"),
			},
		})
	}
	return err
}

func (l *lab) vanish(share float64) (simulations.Row, error) {
	rng, things := l.s.chance(chancePeople), newItems(l.s.chance(chanceQuestions))
	w, err := l.world(func(o *world.Options) { o.Answer = things.answer })
	if err != nil {
		return nil, err
	}
	alive := newCrowd(w.Nodes(), nil)
	for _, v := range alive.pick(min(int(share*float64(w.Nodes())+0.5), w.Nodes()-2), rng) {
		alive.remove(v)
		w.Leave(v, unnoticed)
	}
	asks := min(l.s.Search.Count, vanishAsks)
	l.at("many nodes vanish", asks)
	defer func() { l.events += w.Stats().Events }()
	var probes []*probe
	var reach []float64
	least := 100.0
	for i := range asks {
		p, err := l.ask(w, things, alive, i, false)
		if err != nil {
			return nil, err
		}
		if err = w.Run(l.ctx, w.Now()+answerWithin); err != nil {
			return nil, err
		}
		l.stage.Done++
		probes, reach = append(probes, p), append(reach, 100*p.reach())
		least = min(least, 100*p.reach())
	}
	row, _ := foundRow(probes, func(*probe) bool { return true })
	row["vanished_percent"], row["left"], row["links"] = 100*share, len(alive.nodes), linksAmong(w, alive)
	row["reach_percent"], row["reach_min_percent"] = mean(reach), least
	return row, nil
}

// linksAmong is the mean number of links that some nodes have among themselves.
func linksAmong(w *world.World, some *crowd) float64 {
	links := 0
	for _, v := range some.nodes {
		for i := range w.Links(v) {
			if _, there := some.place[w.Peer(v, i)]; there {
				links++
			}
		}
	}
	return float64(links) / float64(max(1, len(some.nodes)))
}
