package main

import (
	"fmt"
	"runtime/metrics"
	"strings"
	"sync"
	"time"

	"starling/node"
	"starling/simulations/scenario"
)

// redrawStep is the least time between two drawings of a progress line.
const redrawStep = 200 * time.Millisecond

// A simulationProgress shows how far a run is: one line redrawn in place on a terminal, elsewhere a line every plainStep, the first one
// after as long, and nothing when it is quiet.
type simulationProgress struct {
	screen screen
	name   string
	quiet  bool
	now    func() time.Time
	memory func() int64

	mu    sync.Mutex // a run may have several workers
	began time.Time
	told  time.Time
	drawn bool
}

func newSimulationProgress(s screen, name string, quiet bool) *simulationProgress {
	p := &simulationProgress{screen: s, name: name, quiet: quiet, now: time.Now, memory: memoryInUse}
	p.start()
	return p
}

func (p *simulationProgress) start() {
	p.began = p.now()
	if p.screen.terminal {
		p.take(scenario.Progress{Stage: "starting"})
		return
	}
	p.told = p.began
}

func (p *simulationProgress) take(at scenario.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	step := plainStep
	if p.screen.terminal {
		step = redrawStep
	}
	now := p.now()
	if p.quiet || now.Sub(p.told) < step {
		return
	}
	p.told = now
	line := p.line(at, now.Sub(p.began))
	if !p.screen.terminal {
		fmt.Fprintln(p.screen, line)
		return
	}
	fmt.Fprintf(p.screen, "\r\x1b[K%s", dim.in(p.screen, cut(line, p.screen.width()-1)))
	p.drawn = true
}

// line is "churn: minute 3  3 of 10, 1,200,000 events, 850,000/s, virtual 3 min 0 s, 412 MB, 1.4 s".
func (p *simulationProgress) line(at scenario.Progress, elapsed time.Duration) string {
	words := []string{}
	if at.Total > 0 {
		words = append(words, fmt.Sprintf("%s of %s", grouped(at.Done), grouped(at.Total)))
	}
	if at.Events > 0 {
		words = append(words, plural(int(at.Events), "event"))
		if s := elapsed.Seconds(); s > 0 {
			words = append(words, grouped(int(float64(at.Events)/s))+"/s")
		}
	}
	if at.Virtual > 0 {
		words = append(words, "virtual "+humanDuration(at.Virtual))
	}
	words = append(words, humanSize(p.memory()), humanDuration(elapsed))
	return fmt.Sprintf("%s: %s  %s", p.name, node.Display(at.Stage), strings.Join(words, ", "))
}

// close takes the line off the screen.
func (p *simulationProgress) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn {
		fmt.Fprint(p.screen, "\r\x1b[K")
		p.drawn = false
	}
}

// memoryInUse is what this process holds of the system's memory, in bytes.
func memoryInUse() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}
