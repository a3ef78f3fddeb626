package scenario

import (
	"context"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"starling/simulations"
	"starling/simulations/topology"
	"starling/simulations/world"
)

// lab is what an experiment in an event-driven world begins with.
type lab struct {
	ctx    context.Context
	s      *Scenario
	graph  *topology.Graph
	leaves []bool
	delay  world.Delay // nil: every link takes equal
	equal  time.Duration
	report func(Progress)
	result *simulations.Result

	stage  Progress
	events uint64 // of the worlds that are through
}

// Streams of chance, so that one use of it does not shift another.
const (
	chanceGraph = iota + 1
	chanceDelay
	chanceSources
	chanceContent
	chanceQuestions
	chanceStrategy
	chanceMesh
)

// chance returns one stream of the scenario's seed.
func (s *Scenario) chance(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(s.Seed, stream)) }

func newLab(ctx context.Context, s *Scenario, progress func(Progress)) (*lab, error) {
	l := &lab{ctx: ctx, s: s, report: progress}
	l.at("building the mesh", 0)
	var err error
	if l.graph, l.leaves, err = buildGraph(s, s.chance(chanceGraph)); err != nil {
		return nil, err
	}
	l.equal = time.Duration(s.Latency.MS * float64(time.Millisecond))
	if s.Latency.Kind != "constant" {
		if l.delay, err = buildDelay(s, l.graph.Nodes(), s.chance(chanceDelay)); err != nil {
			return nil, err
		}
	}
	l.result = newResult(s, l.graph.Nodes(), l.graph.Edges())
	return l, nil
}

// at begins a stage of so many steps.
func (l *lab) at(stage string, total int) {
	l.stage = Progress{Stage: stage, Total: total, Events: l.events}
	l.report(l.stage)
}

// step ends a step of the stage, which took some events.
func (l *lab) step(events uint64) {
	l.events += events
	l.stage.Done++
	l.stage.Events = l.events
	l.report(l.stage)
}

// overall reports on a world by its events and its time.
func (l *lab) overall(events uint64, virtual time.Duration) {
	p := l.stage
	p.Events, p.Virtual = l.events+events, virtual
	l.report(p)
}

// watch reports on a world that runs.
func (l *lab) watch(w **world.World) func() {
	return func() {
		p := l.stage
		p.Events += (*w).Stats().Events
		p.Virtual = (*w).Now()
		l.report(p)
	}
}

// column describes one column of a table.
func column(key, title string, digits int) simulations.Column {
	return simulations.Column{Key: key, Title: title, Digits: digits}
}

// ms is a duration in milliseconds.
func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// mean of nothing is nil: a cell where nothing is known.
func mean[T int | int64 | float64](values []T) any {
	if len(values) == 0 {
		return nil
	}
	sum := 0.0
	for _, v := range values {
		sum += float64(v)
	}
	return sum / float64(len(values))
}

// number reads a cell that holds one.
func number(cell any) float64 {
	switch v := cell.(type) {
	case int:
		return float64(v)
	case float64:
		return v
	}
	return 0
}

// thousands writes a count with a comma after each three digits.
func thousands[T int | float64](v T) string {
	digits := strconv.FormatFloat(math.Round(float64(v)), 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
