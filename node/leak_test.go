package node

import (
	"context"
	"testing"

	"go.uber.org/goleak"
)

// TestNothingRunsOn: when Run has returned, every goroutine of the node is gone, those of streams and clients, too.
func TestNothingRunsOn(t *testing.T) {
	before := goleak.IgnoreCurrent()
	c := testConfig(t.TempDir())
	n, err := New(Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	<-n.Ready()
	client, err := Dial(c.Node.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range client.Search(ctx, SearchRequest{Expression: "x", WaitMS: 1}) {
		if err == nil {
			t.Error("a search without neighbours succeeded")
		}
	}
	if err := client.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	client.Close()
	cancel()
	goleak.VerifyNone(t, before)
}
