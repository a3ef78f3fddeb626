package transfer

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	// sourcesKnownMax bounds the sources one download knows; more are not needed
	// and could be anyone's invention.
	sourcesKnownMax = 64
	// sourcesKeptMax bounds those it remembers over a restart.
	sourcesKeptMax = 16
	// keepEvery is how often they are written down while the download runs.
	keepEvery = 30 * time.Second
	// foundAgainAfter is how long a source that was given up rests before it counts
	// again when it is named.
	foundAgainAfter = 30 * time.Second
	// connectPatience is how long a source may take to connect before another one
	// is tried beside it.
	connectPatience = 3 * time.Second
	// reviewEvery is how often a slow source may have to make room for another that
	// is known. One that has been asked for nothing for uselessTime makes room at
	// once, also before the file's size is proven: in large swarms half of the uplinks
	// stay idle where receivers wait with those they heard of first. restTime is how
	// long a source then rests; its queue keeps our place for longer.
	reviewEvery = 15 * time.Second
	uselessTime = time.Second
	restTime    = 30 * time.Second
	// slowShare of the mean rate is what makes a source slow.
	slowShare = 0.1
)

// errRested ends the session of a source that makes room for another.
var errRested = errors.New("another source has its place")

// knownSource is a source remembered in a download's record.
type knownSource struct {
	Source Source `json:"source"`
	Reach  []byte `json:"reach,omitempty"` // for Directory.Recall
	Bytes  int64  `json:"bytes,omitempty"` // it has given in all
}

// recall takes up the sources of earlier runs, those that gave most first, then
// those that were asked for.
func (r *run) recall(ctx context.Context) {
	rec := r.d.snapshot()
	r.peers = nil
	var sources []Source
	for _, k := range rec.Known {
		if len(k.Reach) > 0 && len(k.Reach) <= reachMaxBytes {
			if err := r.x.o.Directory.Recall(k.Source, k.Reach); err != nil {
				r.x.log.Debug("source not recalled", "node", k.Source, "err", err)
			}
		}
		sources = append(sources, k.Source)
	}
	r.addSources(ctx, append(sources, rec.Sources...))
	for _, k := range rec.Known {
		if p := r.peer(k.Source); p != nil {
			p.before = k.Bytes
		}
	}
	r.keptAt, r.kept = time.Now(), len(rec.Known)
}

// keepSources notes in the record who is worth asking after a restart.
func (r *run) keepSources() {
	var good []*peer
	for _, p := range r.peers {
		if p.state != SourceCutOff && p.gave() > 0 {
			good = append(good, p)
		}
	}
	slices.SortStableFunc(good, func(a, b *peer) int { return cmp.Compare(b.gave(), a.gave()) })
	var known []knownSource
	for _, p := range good[:min(len(good), sourcesKeptMax)] {
		known = append(known, knownSource{Source: p.source, Reach: r.x.o.Directory.Reach(p.source), Bytes: p.gave()})
	}
	r.keptAt, r.kept = time.Now(), len(good)
	r.d.know(known)
}

// keepNow writes the sources down when there are new ones, or it is time.
func (r *run) keepNow(now time.Time) {
	giving := 0
	for _, p := range r.peers {
		if p.state != SourceCutOff && p.gave() > 0 {
			giving++
		}
	}
	if giving == 0 || giving == r.kept && now.Sub(r.keptAt) < keepEvery {
		return
	}
	if r.kept > 0 && now.Sub(r.keptAt) < time.Second { // several begin at once
		return
	}
	r.keepSources()
	r.x.remember(r.d)
}

// gave is how many bytes of verified groups have come from it, in all runs.
func (p *peer) gave() int64 { return p.before + p.bytes }

// addSources takes in names of sources, whoever gave them.
func (r *run) addSources(ctx context.Context, sources []Source) {
	rec := r.d.snapshot()
	for _, s := range sources {
		p := r.peer(s)
		switch {
		case s == "" || len(s) > sourceMaxBytes || s == r.x.o.Self:
		case p != nil && p.state == SourceGone && time.Since(p.endedAt) > foundAgainAfter:
			p.state, r.search.empty = SourceSpare, 0
		case p == nil && r.roomForOne(rec.Sources):
			p = &peer{source: s, state: SourceSpare}
			if slices.Contains(rec.CutOff, s) {
				p.state, p.err = SourceCutOff, errLied
			} else {
				r.search.empty = 0
				r.search.fresh++
			}
			r.peers = append(r.peers, p)
		}
	}
	r.fill(ctx)
}

// roomForOne forgets a source where there are too many: one that is gone or rests
// and never gave anything, or else any that was named and has not been tried, unless
// the owner named it. Whoever names sources first shuts out nobody: of a swarm's
// first members everyone knows, and they are busy.
func (r *run) roomForOne(owners []Source) bool {
	if len(r.peers) < sourcesKnownMax {
		return true
	}
	i := slices.IndexFunc(r.peers, func(p *peer) bool {
		rests := p.state == SourceSpare && !p.startedAt.IsZero()
		return (p.state == SourceGone || rests) && p.gave() == 0
	})
	if i < 0 {
		i = r.untried(owners)
	}
	if i >= 0 {
		r.peers = slices.Delete(r.peers, i, i+1)
	}
	return i >= 0
}

// untried is the place of any source that was named and not tried, or -1.
func (r *run) untried(owners []Source) int {
	at := -1
	seen := 0
	for i, p := range r.peers {
		if p.state != SourceSpare || !p.startedAt.IsZero() || p.gave() > 0 || slices.Contains(owners, p.source) {
			continue
		}
		if seen++; rand.IntN(seen) == 0 {
			at = i
		}
	}
	return at
}

// fill starts fetchers for sources whose turn has not come, up to SourcesMax at a
// time. One that does not answer holds no place.
func (r *run) fill(ctx context.Context) {
	now := time.Now()
	places := r.x.o.SourcesMax
	for _, p := range r.peers {
		if p.holdsPlace(now) {
			places--
		}
	}
	if places <= 0 {
		return
	}
	spares := r.spares(now)
	for _, p := range spares[:min(places, len(spares))] {
		r.start(ctx, p)
	}
}

// spares are the sources that may be tried: those that have given something, then
// the others in no order, so that not all of a swarm goes to who was named first.
func (r *run) spares(now time.Time) (spares []*peer) {
	var others []*peer
	for _, p := range r.peers {
		switch {
		case !p.spare(now):
		case p.gave() > 0:
			spares = append(spares, p)
		default:
			others = append(others, p)
		}
	}
	if len(others) > sourcesMaxDefault {
		rand.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	}
	return append(spares, others...)
}

func (p *peer) holdsPlace(now time.Time) bool {
	return p.session != nil || p.trying && p.state == SourceConnecting && now.Sub(p.startedAt) <= connectPatience
}

func (p *peer) spare(now time.Time) bool { return p.state == SourceSpare && now.After(p.restUntil) }

// review lets the worst source rest where there are too many, or where another is
// known that may be better.
func (r *run) review(ctx context.Context, now time.Time) {
	live, untried, spares := 0, 0, 0
	var useless *peer
	for _, p := range r.peers {
		if p.session != nil {
			live++
			if p.state == SourceSending {
				p.usefulAt = now
			}
			if now.Sub(p.usefulAt) >= uselessTime && (useless == nil || p.usefulAt.Before(useless.usefulAt)) {
				useless = p
			}
		}
		if p.spare(now) {
			spares++
			if p.startedAt.IsZero() {
				untried++
			}
		}
	}
	switch {
	case live < r.x.o.SourcesMax:
	case spares > 0 && useless != nil:
		r.rest(useless, now)
		r.fill(ctx)
	case r.picker == nil:
	case live > r.x.o.SourcesMax:
		r.rest(r.worst(now, true, true), now)
	case spares > 0 && now.Sub(r.reviewedAt) >= reviewEvery:
		r.reviewedAt = now
		r.rest(r.worst(now, untried > 0, false), now)
		r.fill(ctx)
	}
}

func (r *run) rest(p *peer, now time.Time) {
	if p == nil {
		return
	}
	r.x.log.Debug("source rests", "id", r.d.id.Short(), "node", p.source, "state", p.state)
	r.leave(p)
	p.stop(errRested)
	p.fetcher, p.trying, p.state, p.restUntil = nil, false, SourceSpare, now.Add(restTime)
}

// worst is the source to go first: one that has stalled, one in whose queue we are
// far back, if queues count, one that holds nothing we lack, the slowest. Unless
// one must go, there may be none that is bad enough.
func (r *run) worst(now time.Time, queues, must bool) (worst *peer) {
	sending, sum := 0, 0.0
	for _, p := range r.peers {
		if p.state == SourceSending {
			sending, sum = sending+1, sum+p.rate.rate
		}
	}
	least := -1.0
	for _, p := range r.peers {
		if p.session == nil {
			continue
		}
		worth := p.rate.rate + 4
		switch {
		case p.state == SourceStalled:
			worth = 0
		case p.position > 0:
			if worth = 1 + 1/float64(p.position); !queues {
				continue
			}
		case !r.lacks(p):
			worth = 3
		case !must && (now.Sub(p.startedAt) < 2*reviewEvery || worth > slowShare*sum/float64(max(sending, 1))):
			continue
		}
		if worst == nil || worth < least {
			worst, least = p, worth
		}
	}
	return worst
}

// lacks tells whether a source holds anything that is missing here.
func (r *run) lacks(p *peer) bool {
	for g := range p.holding.groups.All() {
		if !r.picker.have.Has(g) {
			return true
		}
	}
	return false
}
