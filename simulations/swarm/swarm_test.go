package swarm

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

func TestTry(t *testing.T) {
	n := 8
	fmt.Sscan(os.Getenv("N"), &n)
	for seed := range uint64(2) {
		start := time.Now()
		o := Options{Receivers: n, Rand: rand.New(rand.NewPCG(seed, 1))}
		fmt.Sscan(os.Getenv("SLOTS"), &o.Transfer.Slots)
		fmt.Sscan(os.Getenv("NOCHOICE"), &o.NoChoice)
		r, err := Run(t.Context(), o, nil)
		if r == nil {
			t.Fatal(err)
		}
		t.Logf("ratio %.3f copies %.3f wasted %.3f events %d in %v err %v", r.Ratio(), r.Copies, float64(r.Wasted)/(1<<28)/float64(n), r.Events, time.Since(start).Round(time.Millisecond), err)
	}
}
