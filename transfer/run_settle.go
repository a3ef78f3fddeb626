package transfer

import (
	"errors"
	"fmt"
	"time"

	"starling/share"
)

func wrongSize(claimed, true int64) error {
	return fmt.Errorf("%w: it claims %d bytes, the file has %d", errLied, claimed, true)
}

// prove asks for what would settle the file's layout.
func (r *run) prove() {
	if r.picker != nil {
		return
	}
	for _, proof := range r.claims.next(time.Now()) {
		p := r.peer(proof.source)
		if p == nil || p.session == nil {
			continue
		}
		p.state = SourceSending
		if proof.manifest == nil {
			p.session.askManifest()
		} else {
			_, n := proof.manifest.Span(proof.group)
			p.lane.borrow(n, time.Now())
			p.session.ask([]int{proof.group}, proof.manifest)
		}
	}
}

// sizeProven settles the layout, takes the place for the file and turns away
// whoever claimed something else.
func (r *run) sizeProven(e sizeProven) {
	defer r.x.memory.free(e.blocks, e.reserved)
	if r.picker != nil {
		return // another source was as quick
	}
	if r.verdict = r.keep(e); r.verdict != nil || r.ctx.Err() != nil {
		return
	}
	if r.layout.Groups() > 1 { // a tiny file is done as soon as it could be written down
		r.x.remember(r.d)
	}
	r.x.log.Info("download settled", "id", r.d.id.Short(), "size_bytes", r.layout.SizeBytes, "groups", r.layout.Groups())
	now := time.Now()
	if p := r.peer(e.fetcher.source); p != nil && e.pieces != nil && r.picker.have.Has(e.group) {
		_, n := r.layout.Span(e.group)
		p.bytes += n
		r.x.ledger.gave(p.source, n)
		r.gained(e.group, n, now)
	}
	r.claims = claims{id: r.d.id}
	if r.toPrime() {
		return // sources are asked when it is known what is missing
	}
	for _, p := range r.peers {
		if p.session != nil && p.fetcher != e.fetcher {
			p.session.cancel(e.group) // it was asked for the proof, too
		}
		switch {
		case p.session == nil:
		case p.holding.layout != r.layout:
			r.cutOff(p, wrongSize(p.holding.layout.SizeBytes, r.layout.SizeBytes))
		default:
			r.picker.Join(p.source, p.holding.groups, now)
			if p.position > 0 {
				r.picker.Wait(p.source)
			}
		}
	}
	r.askAll()
}

// keep opens the .part, now that its size is proven, and writes the group that
// proved it.
func (r *run) keep(e sizeProven) *outcome {
	if r.partial == nil {
		if o := r.openPartial(); o != nil || r.partial == nil {
			return o
		}
	}
	if o := r.fitsCache(e.manifest.SizeBytes); o != nil {
		return o
	}
	if err := r.partial.SetManifest(r.ctx, e.manifest); err != nil {
		return r.diskFailed(err)
	}
	if e.pieces != nil {
		if err := r.partial.WriteGroup(e.group, e.pieces...); err != nil && !errors.Is(err, share.ErrGroupBusy) {
			return r.diskFailed(err)
		}
	}
	r.settled(e.manifest)
	return nil
}
