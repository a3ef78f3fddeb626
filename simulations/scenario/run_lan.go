package scenario

import (
	"context"
	"errors"

	"starling/simulations"
	"starling/simulations/live"
)

// runLAN runs whole nodes on this machine, in real time.
func runLAN(ctx context.Context, s *Scenario, progress func(Progress)) (*simulations.Result, error) {
	o := live.DefaultOptions()
	o.Nodes, o.Seed = s.Nodes, s.Seed
	o.Searches, o.FilesPerNode, o.FileBytes = s.LAN.Searches, s.LAN.FilesPerNode, s.LAN.FileBytes
	o.Holders = min(o.Holders, s.Nodes-1)
	found, err := live.LAN(ctx, o, func(p live.Progress) {
		progress(Progress{Stage: p.Step, Done: p.Done, Total: p.Of})
	})
	if errors.Is(err, live.ErrOptions) {
		return nil, inputError(err)
	}
	if found == nil {
		return nil, err
	}
	result := newResult(s, found.Nodes, found.Links)
	result.Tables, result.Charts, result.Findings = found.Tables, found.Charts, found.Findings
	result.Interrupted = found.Interrupted
	return result, err
}
