package torrent

import (
	"encoding/binary"
	"maps"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// announceEvery is how often peers are asked to come back: often, so that what
// they say they have sent is young.
const announceEvery = 5 * time.Second

// peersMax bounds the peers that are remembered.
const peersMax = 256

// Peer is what a program has said of itself last.
type Peer struct {
	Uploaded int64 // bytes, by its own word
	Left     int64 // bytes it lacks
}

// Tracker tells peers of each other. The zero value is ready.
type Tracker struct {
	mu    sync.Mutex // guards peers
	peers map[netip.AddrPort]Peer
}

// Seen returns the peers by where they listen. Those that have stopped stay in it.
func (t *Tracker) Seen() map[netip.AddrPort]Peer {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.peers)
}

// ServeHTTP answers an announce with everybody else, in the compact form of
// BEP 23. A peer is at the address its announce comes from.
func (t *Tracker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	port, err := strconv.ParseUint(q.Get("port"), 10, 16)
	from, fromErr := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || fromErr != nil || r.URL.Path != "/announce" {
		http.Error(w, "no announce", http.StatusBadRequest)
		return
	}
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(q.Get(name), 10, 64) // a program that says nothing says 0
		return n
	}
	at := netip.AddrPortFrom(from.Addr().Unmap(), uint16(port))
	t.note(at, Peer{Uploaded: number("uploaded"), Left: number("left")})
	w.Header().Set("Content-Type", "text/plain")
	w.Write(encode(map[string]any{
		"interval": int64(announceEvery.Seconds()), "min interval": int64(announceEvery.Seconds()), "peers": string(t.others(at)),
	}))
}

func (t *Tracker) note(at netip.AddrPort, p Peer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.peers == nil {
		t.peers = make(map[netip.AddrPort]Peer)
	}
	if _, known := t.peers[at]; known || len(t.peers) < peersMax {
		t.peers[at] = p
	}
}

func (t *Tracker) others(at netip.AddrPort) (compact []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for other := range t.peers {
		if other != at && other.Addr().Is4() {
			compact = binary.BigEndian.AppendUint16(append(compact, other.Addr().AsSlice()...), other.Port())
		}
	}
	return compact
}
