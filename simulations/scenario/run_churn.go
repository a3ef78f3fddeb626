package scenario

import (
	"context"
	"math/rand/v2"
	"time"

	"starling/node/overlay/policy"
	"starling/simulations"
	"starling/simulations/mesh"
	"starling/simulations/world"
)

// warmUp is how long nodes come and go before the first question.
const warmUp = time.Minute

// contactsOfNewcomer is how many nodes that are there a newcomer knows.
const contactsOfNewcomer = 10

// churn is a world whose nodes come and go.
type churn struct {
	*lab
	w     *world.World
	mesh  *mesh.Mesh // nil: nobody repairs
	rng   *rand.Rand
	items *items
	alive *crowd

	probes  []*probe
	minutes []minute
	gone    map[int]time.Duration // when nodes left
	err     error                 // the first one of a deed
}

// minute is what the mesh was like at the end of one.
type minute struct {
	alive, below, replaced int
	links                  float64
}

// runChurn asks while nodes come and go, and right after many have gone at once.
func runChurn(ctx context.Context, s *Scenario, progress func(Progress)) (*simulations.Result, error) {
	l, err := newLab(ctx, s, progress)
	if err != nil {
		return nil, err
	}
	c := &churn{lab: l, rng: s.chance(chancePeople), gone: map[int]time.Duration{}, items: newItems(s.chance(chanceQuestions)), alive: newCrowd(l.graph.Nodes(), nil)}
	err = c.run()
	c.report()
	if err != nil {
		return l.result, err
	}
	return l.result, l.vanishings()
}

// run lets nodes come and go, and asks.
func (c *churn) run() error {
	if c.s.Churn.Repair {
		c.mesh = mesh.New(c.s.chance(chanceRepair))
	}
	w, err := c.world(func(o *world.Options) {
		o.Answer = c.items.answer
		if c.mesh != nil {
			o.Unlinked = c.mesh.Unlinked
		}
	})
	if err != nil {
		return err
	}
	c.w = w
	if c.mesh != nil {
		c.mesh.Start(w)
	}
	c.plan()
	c.at("churn", c.s.Search.Count)
	err = w.Run(c.ctx, c.until()+answerWithin)
	c.events += w.Stats().Events
	if err == nil {
		err = c.err
	}
	return err
}

func (c *churn) until() time.Duration {
	return warmUp + time.Duration(c.s.Churn.Minutes*float64(time.Minute))
}

// plan fixes when things will happen.
func (c *churn) plan() {
	if c.s.Churn.ReplacePerMinute > 0 {
		c.w.At(0, c.replaceSome)
	} else {
		stay := c.stays()
		for v := range c.w.Nodes() {
			c.leaveAfter(v, stay.residual(c.rng))
		}
	}
	span := c.until() - warmUp
	for i := range c.s.Search.Count {
		c.w.At(warmUp+time.Duration(float64(span)*(float64(i)+0.5)/float64(c.s.Search.Count)), func() { c.question(i) })
	}
	for at := time.Minute; at <= c.until(); at += time.Minute {
		c.w.At(at, c.look)
	}
}

// replaceSome replaces its share of the nodes within a minute.
func (c *churn) replaceSome() {
	now := c.w.Now()
	for range int(c.s.Churn.ReplacePerMinute*float64(c.graph.Nodes()) + 0.5) {
		c.w.At(now+time.Duration(c.rng.Int64N(int64(time.Minute))), func() {
			c.leave(c.alive.pick(1, c.rng)[0])
			c.join()
		})
	}
	if now+time.Minute < c.until() {
		c.w.At(now+time.Minute, c.replaceSome)
	}
}

func (c *churn) leaveAfter(v int, stay time.Duration) {
	at := c.w.Now() + stay
	if at > c.until()+answerWithin {
		return
	}
	c.w.At(at, func() {
		c.leave(v)
		c.leaveAfter(c.join(), c.stays().draw(c.rng))
	})
}

// leave takes a node away, with a bye or without.
func (c *churn) leave(v int) {
	known := c.equal // a bye is there after one delay
	crashes := c.rng.Float64() < c.s.Churn.Crash
	if crashes {
		known = mesh.SilenceMax
	}
	if c.mesh != nil {
		c.mesh.Leaves(v, !crashes)
	}
	c.alive.remove(v)
	c.gone[v] = c.w.Now()
	c.w.Leave(v, known)
	c.thisMinute().replaced++
}

// join brings a newcomer. Without repair it has its links at once, and no others.
func (c *churn) join() int {
	v := c.w.Join()
	contacts := c.alive.pick(contactsOfNewcomer, c.rng)
	c.alive.add(v)
	if c.mesh != nil {
		c.mesh.Joined(v, contacts)
		return v
	}
	for _, peer := range contacts[:min(len(contacts), policy.Degree)] {
		c.w.Connect(v, peer)
	}
	return v
}

// thisMinute is the one that has begun last.
func (c *churn) thisMinute() *minute {
	if i := int(c.w.Now() / time.Minute); i >= len(c.minutes) {
		c.minutes = append(c.minutes, make([]minute, i+1-len(c.minutes))...)
	}
	return &c.minutes[c.w.Now()/time.Minute]
}

func (c *churn) question(i int) {
	p, err := c.ask(c.w, c.items, c.alive, i, false)
	if err != nil {
		c.err = err
		return
	}
	c.probes = append(c.probes, p)
	c.stage.Done++
}

// look notes what the mesh is like at the end of a minute. Neighbours that are gone
// and not known to be do not count.
func (c *churn) look() {
	end := int(c.w.Now()/time.Minute) - 1
	c.thisMinute()
	m := &c.minutes[end]
	m.alive, m.below, m.links = c.neighbours()
}

func (c *churn) neighbours() (alive, below int, links float64) {
	for _, v := range c.alive.nodes {
		n := 0
		for i := range c.w.Links(v) {
			if c.w.Alive(c.w.Peer(v, i)) {
				n++
			}
		}
		if n < policy.DegreeMin {
			below++
		}
		links += float64(n)
	}
	return len(c.alive.nodes), below, links / float64(max(1, len(c.alive.nodes)))
}
