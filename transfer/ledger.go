package transfer

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"
)

const (
	// ledgerMax bounds the nodes in the ledger; who gave least goes first. 4,096
	// accounts are half a megabyte.
	ledgerMax = 4096
	// ledgerHalfLife is after how long of running what was given counts half: old
	// favours should not outweigh those of today.
	ledgerHalfLife = 3 * 24 * time.Hour
	// ledgerInertia is how much a node must give for half of full credit, when it
	// has taken nothing.
	ledgerInertia = 16 << 20
	// ledgerLeast is what an account must hold to be kept.
	ledgerLeast = 1 << 10
)

// ledger is what each node has given us, in bytes of groups that verified and
// were missing, and what it has taken. Nobody's word enters it.
type ledger struct {
	mu      sync.Mutex // guards what follows
	by      map[Source]*account
	aged    time.Time // by the running clock: a wall clock that jumps forgets nothing
	changed bool
}

// account is one node's, in bytes.
type account struct {
	Node  Source  `json:"node"`
	Given float64 `json:"given"`
	Taken float64 `json:"taken"`
}

func newLedger() *ledger { return &ledger{by: make(map[Source]*account)} }

// gave counts bytes that a node has given us.
func (l *ledger) gave(node Source, n int64) { l.book(node, float64(n), 0) }

// took counts bytes that a node has taken.
func (l *ledger) took(node Source, n int64) { l.book(node, 0, float64(n)) }

func (l *ledger) book(node Source, given, taken float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.by[node]
	if a == nil {
		if len(l.by) >= ledgerMax {
			l.evict()
		}
		a = &account{Node: node}
		l.by[node] = a
	}
	a.Given += given
	a.Taken += taken
	l.changed = true
}

// evict makes room by the account that has given least, and taken least of those.
func (l *ledger) evict() {
	var least *account
	for _, a := range l.by {
		if least == nil || a.Given < least.Given || a.Given == least.Given && a.Taken < least.Taken {
			least = a
		}
	}
	delete(l.by, least.Node)
}

// credit is 0..1: the part that a node has given of all that moved between us,
// where little counts little. given is in bytes.
func (l *ledger) credit(node Source) (credit float64, given int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.by[node]
	if a == nil {
		return 0, 0
	}
	return a.Given / (a.Given + a.Taken + ledgerInertia), int64(a.Given)
}

// age lets accounts shrink with the time that has passed.
func (l *ledger) age(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	passed := now.Sub(l.aged)
	first := l.aged.IsZero()
	l.aged = now
	if first || passed <= 0 {
		return
	}
	left := math.Exp2(-float64(passed) / float64(ledgerHalfLife))
	for node, a := range l.by {
		a.Given *= left
		a.Taken *= left
		if a.Given+a.Taken < ledgerLeast {
			delete(l.by, node)
		}
	}
}

// accounts lists the ledger, for the state folder. changed: since it was last listed.
func (l *ledger) accounts() (accounts []account, changed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.by {
		accounts = append(accounts, *a)
	}
	slices.SortFunc(accounts, func(a, b account) int { return cmp.Compare(a.Node, b.Node) })
	changed, l.changed = l.changed, false
	return accounts, changed
}

// restore takes in accounts as they were written down; what cannot be is left out.
func (l *ledger) restore(accounts []account) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range accounts {
		sound := a.Given >= 0 && a.Taken >= 0 && a.Given <= math.MaxInt64 && a.Taken <= math.MaxInt64
		if sound && len(a.Node) <= sourceMaxBytes && len(l.by) < ledgerMax {
			l.by[a.Node] = &a
		}
	}
}
