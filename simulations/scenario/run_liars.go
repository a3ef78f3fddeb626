package scenario

import (
	"context"
	"math/rand/v2"
	"time"

	"starling/query"
	"starling/simulations"
	"starling/simulations/workload"
	"starling/simulations/world"
)

// questionEvery is slow enough for honest questions alone to stay within every
// budget. Flooders flood as long as questions are asked.
const questionEvery = 200 * time.Millisecond

// Flooders ask so many questions a second: far more than a neighbour takes, just
// what it takes of a neighbour's own, or just what it takes of one in all.
const (
	loudPerSec      = 200
	quietPerSec     = 5
	disguisedPerSec = 50
)

// liarKinds are all kinds of liars with their shares.
func (s *Scenario) liarKinds() []liarKind {
	l := s.Liars
	return []liarKind{
		{"forgers", world.Forger, l.Forgers}, {"spammers", world.Spammer, l.Spammers}, {"droppers", world.Dropper, l.Droppers},
		{"inflators", world.Inflator, l.Inflators}, {"deflators", world.Deflator, l.Deflators}, {"flooders", world.Flooder, l.Flooders},
	}
}

func floods(l world.Liar) bool { return l == world.Flooder || l == world.Disguised }

type liarKind struct {
	name  string
	liar  world.Liar
	share float64
}

// Worlds beside those of one kind of liars.
const (
	nobody    = "nobody"
	quiet     = "quiet flooders"     // that keep within what their neighbours allow
	disguised = "disguised flooders" // that say the queries are others', and keep within what is allowed for these
	everybody = "all of them"
)

// Who parted from whom, by whether they lie.
var honestFromHonest, honestFromLiar = [2]bool{false, false}, [2]bool{false, true}

// liars is one world with some kinds of liars.
type liars struct {
	*lab
	name   string
	w      *world.World // nil once it is through
	rng    *rand.Rand
	items  *items
	honest *crowd // in all worlds: those who ask and hold
	lies   map[int]world.Liar

	probes   []*probe
	parted   map[[2]bool]map[query.Reason]int // by whether the parting and the parted node are liars
	cutAfter map[int][]time.Duration          // flooders' links that others ended
	floods   []*world.Tally
	queries  int           // of flooders
	flooded  int           // nodes that these reached, together
	linksOld int           // of liars, at the start
	linksNew int           // of them, at the end
	kept     int           // of flooders' links
	every    time.Duration // between two queries of a flooder
	until    time.Duration // the flooders stop
	err      error
}

// runLiars asks the same questions in an honest world, with each kind of liars, and
// with all of them.
func runLiars(ctx context.Context, s *Scenario, progress func(Progress)) (*simulations.Result, error) {
	l, err := newLab(ctx, s, progress)
	if err != nil {
		return nil, err
	}
	all, honest := l.roles()
	names := []string{nobody}
	for _, k := range s.liarKinds() {
		if len(all[k.liar]) > 0 {
			names = append(names, k.name)
			if k.liar == world.Flooder {
				names = append(names, quiet, disguised)
			}
		}
	}
	if len(names) > 2 {
		names = append(names, everybody)
	}
	var worlds []*liars
	for _, name := range names {
		x := &liars{lab: l, name: name, honest: newCrowd(l.graph.Nodes(), func(v int) bool { return honest[v] })}
		x.takeRoles(all)
		err = x.run()
		worlds = append(worlds, x)
		if err != nil {
			break
		}
	}
	l.reportLiars(worlds)
	return l.result, err
}

// roles gives each kind of liars its nodes, the same in every world.
func (l *lab) roles() (all map[world.Liar][]int, honest []bool) {
	n := l.graph.Nodes()
	order := l.s.chance(chanceLies).Perm(n)
	all, honest = map[world.Liar][]int{}, make([]bool, n)
	for _, k := range l.s.liarKinds() {
		some := min(len(order), int(k.share*float64(n)+0.5))
		all[k.liar], order = order[:some], order[some:]
	}
	for _, v := range order {
		honest[v] = true
	}
	return all, honest
}

// takeRoles lets the kinds lie that this world is named after.
func (x *liars) takeRoles(all map[world.Liar][]int) {
	x.lies = map[int]world.Liar{}
	for _, k := range x.s.liarKinds() {
		liar, also := k.liar, k.liar == world.Flooder && (x.name == quiet || x.name == disguised)
		if also && x.name == disguised {
			liar = world.Disguised
		}
		if k.name == x.name || x.name == everybody || also {
			for _, v := range all[k.liar] {
				x.lies[v] = liar
			}
		}
	}
}

// run asks all questions in one world.
func (x *liars) run() error {
	x.rng, x.items = x.s.chance(chanceSpam), newItems(x.s.chance(chanceQuestions))
	x.parted, x.cutAfter = map[[2]bool]map[query.Reason]int{}, map[int][]time.Duration{}
	spam, err := workload.New(workload.Options{Nodes: 1, Files: 1}, workload.Invented(1, x.rng), x.rng)
	if err != nil {
		return err
	}
	x.w, err = x.world(func(o *world.Options) {
		o.Answer, o.Parted, o.Liars = x.items.answer, x.part, x.lies
		o.Spam = func() []query.Entry { return spam.Spam(x.rng) }
	})
	if err != nil {
		return err
	}
	x.linksOld = x.linksOfLiars()
	x.until = time.Duration(x.s.Search.Count+1) * questionEvery
	switch x.name {
	case quiet:
		x.every = time.Second / quietPerSec
	case disguised:
		x.every = time.Second / disguisedPerSec
	default:
		x.every = time.Second / loudPerSec
	}
	for v := range x.w.Nodes() {
		if floods(x.lies[v]) {
			x.w.At(time.Duration(x.rng.Int64N(int64(x.every))), func() { x.flood(v) })
		}
	}
	for i := range x.s.Search.Count {
		x.w.At(time.Duration(i+1)*questionEvery, func() { x.question(i) })
	}
	x.at("questions among liars: "+x.name, x.s.Search.Count)
	err = x.w.Run(x.ctx, x.until+answerWithin)
	x.close()
	if err == nil {
		err = x.err
	}
	return err
}

// close notes what is to be known of a world and gives it up.
func (x *liars) close() {
	x.events += x.w.Stats().Events
	x.linksNew = x.linksOfLiars()
	for _, f := range x.floods {
		x.flooded += f.Reached
	}
	for v, l := range x.lies {
		if floods(l) {
			x.kept += x.w.Links(v)
		}
	}
	x.queries, x.floods, x.w = len(x.floods), nil, nil
}

func (x *liars) question(i int) {
	p, err := x.ask(x.w, x.items, x.honest, i, false)
	if err != nil {
		x.err = err
		return
	}
	x.probes = append(x.probes, p)
	x.stage.Done++
}

// flood asks for what nobody has, and goes on with that.
func (x *liars) flood(v int) {
	q, err := x.items.make(nil, false)
	if err != nil {
		x.err = err
		return
	}
	x.floods = append(x.floods, x.w.Ask(v, q, uint8(x.s.Search.TTL[0])))
	if next := x.w.Now() + x.every; next < x.until && x.w.Links(v) > 0 {
		x.w.At(next, func() { x.flood(v) })
	}
}

// part notes that a node parts from another one.
func (x *liars) part(v, peer int, why query.Reason) {
	_, lies := x.lies[v]
	liar, lied := x.lies[peer]
	who := [2]bool{lies, lied}
	if x.parted[who] == nil {
		x.parted[who] = map[query.Reason]int{}
	}
	x.parted[who][why]++
	if floods(liar) {
		x.cutAfter[peer] = append(x.cutAfter[peer], x.w.Now())
	}
}

func (x *liars) linksOfLiars() (n int) {
	for v := range x.lies {
		n += x.w.Links(v)
	}
	return n
}
