package swarm

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

func options(seed uint64) Options { return Options{Rand: rand.New(rand.NewPCG(seed, 1))} }

func run(t *testing.T, o Options) *Result {
	t.Helper()
	r, err := Run(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestOneSeed: eight receivers that start together are done soon after the seed
// could have sent one copy, and it sends little more than one.
func TestOneSeed(t *testing.T) {
	for seed := range uint64(5) {
		r := run(t, options(seed))
		if r.Bound != 64*time.Second || r.Ratio() > 1.05 || r.Copies > 1.05 || r.Ratio() < 1 {
			t.Errorf("seed %d: %v, %.3f of the bound, %.3f copies", seed, r.Last, r.Ratio(), r.Copies)
		}
	}
}

// TestArrivals: whoever comes last, and takes the file from all who are there, is not
// faster than the bound.
func TestArrivals(t *testing.T) {
	o := options(1)
	o.ArriveEvery = time.Minute
	if r := run(t, o); r.Bound != 428*time.Second || r.Ratio() < 1 || r.Ratio() > 1.1 {
		t.Errorf("%v is %.3f of %v", r.Last, r.Ratio(), r.Bound)
	}
}

// TestManyReceivers: nobody stays with the few that it heard of first. The file is
// short, so that this is most of the time.
func TestManyReceivers(t *testing.T) {
	o := options(1)
	o.SizeBytes, o.Receivers = 16<<20, 150
	if r := run(t, o); r.Ratio() > 1.94 {
		t.Errorf("%.3f of the bound", r.Ratio())
	}
}

// TestMoreSources: one receiver has what its sources can send together.
func TestMoreSources(t *testing.T) {
	for _, n := range []int{1, 2, 4, 8} {
		o := options(1)
		o.Seeds, o.Receivers = n, 1
		if r := run(t, o); r.Ratio() > 1/0.95 {
			t.Errorf("%d sources: %.3f of the bound", n, r.Ratio())
		}
	}
}

// TestPoisoners: each is cut off after one bad group, and nobody else is.
func TestPoisoners(t *testing.T) {
	for _, poisoners := range []int{3, 9} {
		o := options(2)
		o.Seeds, o.Poisoners, o.Receivers = 10-poisoners, poisoners, 1
		r := run(t, o)
		if r.Ratio() > 1.3 || r.BadGroups > poisoners || len(r.Banned) == 0 {
			t.Errorf("%d of 10 poison: %.3f of the bound, %d bad groups came, %d are cut off", poisoners, r.Ratio(), r.BadGroups, len(r.Banned))
		}
		for _, b := range r.Banned {
			if b.Source < o.Seeds {
				t.Errorf("%d is cut off and honest", b.Source)
			}
		}
	}
}

// TestStallers: half of the sources send nothing.
func TestStallers(t *testing.T) {
	o := options(3)
	o.Seeds, o.Stallers, o.Receivers = 5, 5, 1
	r := run(t, o)
	if waste := float64(r.Wasted) / float64(256<<20); r.Ratio() > 1.25 || waste > 0.02 {
		t.Errorf("%.3f of the bound, %.3f wasted", r.Ratio(), waste)
	}
}

// TestChurn: receivers come one after the other and leave when they are done, with
// poisoners and stallers among the sources, and limited downlinks.
func TestChurn(t *testing.T) {
	o := options(4)
	o.SizeBytes, o.Receivers, o.Poisoners, o.Stallers = 24<<20+777, 40, 3, 3
	o.ArriveEvery, o.LeaveAfter, o.DownBytesPerSec = 500*time.Millisecond, 5*time.Second, 16<<20
	r := run(t, o)
	for i, took := range r.Times {
		if took <= 0 {
			t.Errorf("receiver %d took %v", i, took)
		}
	}
	if len(r.Curve.Held) != 40 || len(r.Curve.Held[0]) != len(r.Curve.At) {
		t.Error("curves of different lengths")
	}
}

// TestVariants: a rule that is turned off costs something.
func TestVariants(t *testing.T) {
	ratio := func(change func(*Options)) float64 {
		o := options(5)
		o.SizeBytes, o.Receivers = 64<<20, 16
		change(&o)
		return run(t, o).Ratio()
	}
	best := ratio(func(*Options) {})
	for name, change := range map[string]func(*Options){
		"sequential": func(o *Options) { o.Order = Sequential },
		"no updates": func(o *Options) { o.UpdatesEvery = -1 },
		"no choice":  func(o *Options) { o.NoChoice = true },
	} {
		if got := ratio(change); got < best {
			t.Errorf("%s: %.3f of the bound, with everything %.3f", name, got, best)
		}
	}
}

func TestSameSeedSameSwarm(t *testing.T) {
	swarm := func(seed uint64) *Result {
		o := options(seed)
		o.SizeBytes, o.Receivers = 8<<20, 30
		return run(t, o)
	}
	first := swarm(6)
	if !reflect.DeepEqual(first, swarm(6)) {
		t.Error("the same seed gives another swarm")
	}
	if reflect.DeepEqual(first, swarm(7)) {
		t.Error("another seed gives the same swarm")
	}
}

func TestStuckAndBad(t *testing.T) {
	o := options(1)
	o.Until = 10 * time.Second
	if r, err := Run(t.Context(), o, nil); !errors.Is(err, ErrStuck) || r == nil || r.Curve.Held[0][len(r.Curve.Held[0])-1] == 0 {
		t.Errorf("%v", err)
	}
	for _, bad := range []Options{{}, {Rand: o.Rand, Seeds: -1}, {Rand: o.Rand, Receivers: 1 << 20}, {Rand: o.Rand, UpBytesPerSec: 1}, {Rand: o.Rand, SizeBytes: 1000}} {
		if _, err := Run(t.Context(), bad, nil); !errors.Is(err, ErrOptions) {
			t.Errorf("%+v gives %v", bad, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	o = options(1)
	o.Receivers = 100
	if r, err := Run(ctx, o, nil); !errors.Is(err, context.Canceled) || r == nil {
		t.Errorf("stopped: %v", err)
	}
}
