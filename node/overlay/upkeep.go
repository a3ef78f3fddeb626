package overlay

import (
	"context"
	"errors"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"starling/node/overlay/pb"
	"starling/node/overlay/policy"
)

// saveHostsEvery is how often the host cache is written.
const saveHostsEvery = time.Minute

// keepMesh finds neighbours and replaces lost ones until ctx ends.
func (o *Overlay) keepMesh(ctx context.Context) error {
	var dials errgroup.Group
	dials.SetLimit(policy.MakingMax + 1 + len(o.opts.Connect)) // the one for a reunion
	ticker := time.NewTicker(upkeepEvery)
	defer ticker.Stop()
	saved := time.Now()
	for {
		o.keepWanted(ctx, &dials)
		o.keepDegree(ctx, &dials)
		if time.Since(saved) > saveHostsEvery {
			o.saveHosts()
			saved = time.Now()
		}
		select {
		case <-ctx.Done():
			return dials.Wait()
		case <-ticker.C:
		case <-o.wake:
		}
	}
}

// wakeUpkeep lets the upkeep look at once: a contact came or a link went.
func (o *Overlay) wakeUpkeep() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// keepDegree makes links that are missing, and those that were lost and may be
// made again, and parts from those that are too many.
func (o *Overlay) keepDegree(ctx context.Context, dials *errgroup.Group) {
	links, state := o.meshState()
	taken := func(p peer.ID) bool {
		return p == o.host.ID() || o.isShaking(p) || o.core.linkOf(p) != nil || o.shunned.has(p, time.Now())
	}
	for _, p := range o.contacts.pick(state.ToMake(), time.Now(), taken) {
		o.contacts.hold(p, time.Now().Add(handshakeTimeout)) // not twice at once
		dials.Go(func() error {
			o.reachOut(ctx, p)
			return nil
		})
	}
	if state.MayReunite() && !o.reuniting.Load() {
		for _, p := range o.contacts.pickMissed(time.Now(), taken) {
			o.reuniting.Store(true)
			dials.Go(func() error {
				defer o.reuniting.Store(false)
				o.reachOut(ctx, p)
				return nil
			})
		}
	}
	for _, i := range state.ToPart() {
		links[i].part(&pb.Bye{Code: byePruned, Reason: "one neighbour too many"})
	}
}

// reachOut dials a contact and shakes hands.
func (o *Overlay) reachOut(ctx context.Context, p peer.ID) {
	err := o.dial(ctx, p)
	if err == nil {
		err = o.shake(ctx, p)
	}
	switch {
	case err == nil:
	case errors.Is(err, errLinked):
		o.contacts.worked(p, time.Now())
	default:
		o.opts.Logger.Debug("no link", "node", p, "err", err)
		o.contacts.failed(p, time.Now())
	}
}

// meshState gathers what the policy judges by. Links[i] of the state is the i-th
// link returned.
func (o *Overlay) meshState() ([]*link, policy.State) {
	s := policy.State{Static: o.opts.StaticMesh, DegreeMin: o.opts.DegreeMin, Degree: o.opts.Degree, DegreeMax: o.opts.DegreeMax}
	var links []*link
	links, s.Links = o.core.linkStates()
	o.mu.Lock()
	defer o.mu.Unlock()
	s.Making = len(o.shaking)
	for i, l := range links {
		s.Links[i].Wanted = o.wanted[l.peer]
	}
	return links, s
}

func (o *Overlay) saveHosts() {
	if o.opts.HostCache == "" {
		return
	}
	if err := saveHosts(o.opts.HostCache, o.contacts.proven()); err != nil {
		o.opts.Logger.Warn("host cache not saved", "err", err)
	}
}
