package overlay

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// contacts are the nodes we know how to reach: what neighbours told, hits
// carried, the LAN showed and the host cache kept. It is capped; what never
// worked goes first.
type contacts struct {
	mu   sync.Mutex // guards all below
	byID map[peer.ID]*known
	rng  *rand.Rand
}

// known is one contact and how it has behaved.
type known struct {
	contact
	added    time.Time
	workedAt time.Time // zero: never
	missed   time.Time // when its link was lost without a bye, zero otherwise
	notUntil time.Time // of the next attempt
	failures int
}

// Times between attempts at a contact that does not answer. One that is missed is
// tried after an eighth of the time it has been away, so that a network that was
// cut in two is whole again soon after it can be, however long that took.
const (
	retryFirst  = 2 * time.Second
	retryMost   = time.Hour
	missedShare = 8
)

func newContacts() *contacts {
	return &contacts{byID: map[peer.ID]*known{}, rng: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))}
}

// add remembers a contact. A record replaces an older one of the same node, and
// an unsigned address; it never replaces a newer one.
func (t *contacts) add(c contact, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.byID[c.id]
	if k == nil {
		if len(c.addrs) == 0 {
			return
		}
		if len(t.byID) >= contactsMax {
			t.evict()
		}
		t.byID[c.id] = &known{contact: c, added: now}
		return
	}
	if c.raw != nil && (k.raw == nil || c.sequence > k.sequence) && len(c.addrs) > 0 {
		k.contact = c
	} else if c.raw == nil {
		k.addrs = merge(c.addrs, k.addrs)
	}
}

// merge puts the addresses just seen first.
func merge(seen, kept []ma.Multiaddr) []ma.Multiaddr {
	out := append([]ma.Multiaddr(nil), seen...)
	for _, a := range kept {
		if !ma.Contains(out, a) && len(out) < addressesMax {
			out = append(out, a)
		}
	}
	return out
}

// evict forgets the contact least worth keeping: one that never worked before
// one that did, the most failures first, then the oldest.
func (t *contacts) evict() {
	var worst *known
	for _, k := range t.byID {
		if worst == nil || worse(k, worst) {
			worst = k
		}
	}
	delete(t.byID, worst.id)
}

func worse(a, b *known) bool {
	if a.workedAt.IsZero() != b.workedAt.IsZero() {
		return a.workedAt.IsZero()
	}
	if a.failures != b.failures {
		return a.failures > b.failures
	}
	return a.added.Before(b.added)
}

// addrs returns how to reach a node, or nil.
func (t *contacts) addrs(p peer.ID) []ma.Multiaddr {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.byID[p]; k != nil {
		return k.addrs
	}
	return nil
}

// worked notes that a contact is what it says.
func (t *contacts) worked(p peer.ID, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.byID[p]; k != nil {
		k.workedAt, k.missed, k.failures, k.notUntil = now, time.Time{}, 0, time.Time{}
	}
}

// failed notes an attempt that led nowhere, and waits longer each time.
func (t *contacts) failed(p peer.ID, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.byID[p]; k != nil {
		k.failures++
		wait := min(retryFirst<<min(k.failures-1, 20), retryMost)
		if !k.missed.IsZero() {
			wait = min(wait, max(retryFirst, now.Sub(k.missed)/missedShare))
		}
		k.notUntil = now.Add(wait + time.Duration(t.rng.Int64N(int64(wait/4))))
	}
}

// hold keeps a contact from being tried before a time.
func (t *contacts) hold(p peer.ID, until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.byID[p]; k != nil && k.notUntil.Before(until) {
		k.notUntil = until
	}
}

// miss notes that a neighbour is gone without a bye: it may have crashed, or the
// network between may be cut.
func (t *contacts) miss(p peer.ID, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.byID[p]; k != nil {
		k.missed = now
	}
}

// pickMissed returns one of the missed to try now, at random, or none.
func (t *contacts) pickMissed(now time.Time, taken func(peer.ID) bool) []peer.ID {
	return t.pick(1, now, func(p peer.ID) bool { return t.byID[p].missed.IsZero() || taken(p) })
}

// pick returns up to n contacts to try now, at random, so that nodes with the
// same knowledge do not all choose the same.
func (t *contacts) pick(n int, now time.Time, taken func(peer.ID) bool) []peer.ID {
	t.mu.Lock()
	defer t.mu.Unlock()
	var ids []peer.ID
	for id, k := range t.byID {
		if !k.notUntil.After(now) && !taken(id) {
			ids = append(ids, id)
		}
	}
	t.rng.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids[:min(n, len(ids))]
}

// records returns up to n signed records of nodes that have worked lately, to
// tell a neighbour of.
func (t *contacts) records(n int, but peer.ID) [][]byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out [][]byte
	for id, k := range t.byID { // Go walks a map in random order, which is what we want
		if len(out) == n {
			break
		}
		if id != but && k.raw != nil && !k.workedAt.IsZero() && k.failures == 0 {
			out = append(out, k.raw)
		}
	}
	return out
}

// count returns how many contacts are known, the neighbours among them.
func (t *contacts) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.byID)
}

// proven returns the records worth keeping until the next run.
func (t *contacts) proven() []cachedHost {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []cachedHost
	for _, k := range t.byID {
		if k.raw != nil && !k.workedAt.IsZero() {
			out = append(out, cachedHost{Record: k.raw, Seen: k.workedAt})
		}
	}
	return out
}

// record returns a node's signed record, or nil.
func (t *contacts) record(p peer.ID) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.byID[p]; k != nil {
		return k.raw
	}
	return nil
}
