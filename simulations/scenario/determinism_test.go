package scenario

import (
	"bytes"
	"context"
	"testing"

	"starling/simulations/report"
)

// small are the shipped scenarios of event-driven worlds, cut down.
var small = map[string][][2]string{
	"flood":     {{"nodes", "300"}, {"search.count", "3"}, {"search.ttl", "[1, 3, 5]"}, {"topology.degrees", "[4, 8]"}, {"search.steps_max", "64"}, {"content.files", "500"}},
	"million":   {{"nodes", "2000"}, {"search.ttl", "[2, 6]"}},
	"churn":     {{"nodes", "120"}, {"search.count", "30"}, {"churn.minutes", "3"}},
	"partition": {{"nodes", "120"}, {"partition.at_s", "20"}, {"partition.heal_s", "60"}, {"partition.until_s", "120"}},
	"swarm":     {{"swarm.size_bytes", "4000000"}, {"swarm.receivers", "[3, 20]"}, {"swarm.variants", "[10]"}},
	"liars":     {{"nodes", "120"}, {"search.count", "20"}},
}

func runSmall(t *testing.T, name, seed string) []byte {
	t.Helper()
	s, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range append(small[name], [2]string{"seed", seed}) {
		if err := s.Set(kv[0], kv[1]); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Run(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Seed, r.Replay, r.Settings = 0, "", nil // what may differ between seeds is what was found
	var out bytes.Buffer
	if err := report.JSON(&out, r); err != nil {
		t.Fatal(err)
	}
	for _, table := range r.Tables {
		if len(table.Rows) == 0 {
			t.Errorf("table %s is empty", table.Name)
		}
	}
	return out.Bytes()
}

// The same seed gives the same bytes, and another seed gives others.
func TestSameSeedSameBytes(t *testing.T) {
	for name := range small {
		t.Run(name, func(t *testing.T) {
			first := runSmall(t, name, "7")
			if !bytes.Equal(first, runSmall(t, name, "7")) {
				t.Error("two runs with one seed differ")
			}
			if bytes.Equal(first, runSmall(t, name, "8")) {
				t.Error("another seed changes nothing")
			}
		})
	}
}

// A run that is stopped says so and keeps what it knows.
func TestInterrupted(t *testing.T) {
	s, err := Load("flood")
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range small["flood"] {
		if err := s.Set(kv[0], kv[1]); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, err := Run(ctx, s, func(p Progress) {
		if p.Stage == "placing files" {
			stop()
		}
	})
	if err == nil || r == nil || !r.Interrupted {
		t.Fatalf("%+v, %v", r, err)
	}
	if len(r.Tables) < 2 || len(r.Tables[0].Rows) == 0 {
		t.Errorf("the floods that were done are gone: %+v", r.Tables)
	}
}
