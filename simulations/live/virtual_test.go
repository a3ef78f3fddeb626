package live

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	libp2pquic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/x/simlibp2p"
	"github.com/marcopolo/simnet"
	ma "github.com/multiformats/go-multiaddr"

	"starling/node/overlay"
	"starling/query"
	"starling/share/content"
	"starling/share/words"
)

// A virtual world is whole overlays on a simulated network, inside a
// testing/synctest bubble: what they wait for takes no time, and what the network
// takes is exact to the nanosecond.
//
// The network carries QUIC only. Its hosts show their addresses as TCP ones and
// dial them as QUIC, so that the overlays sign, tell and dial what they do
// elsewhere.
type virtual struct {
	t     *testing.T
	net   *simnet.Simnet
	nodes []*virtualNode

	mu   sync.Mutex // guards lost
	lost func(from, to int) bool
}

// A virtualNode is one overlay that runs.
type virtualNode struct {
	*overlay.Overlay
	cancel context.CancelFunc
	done   chan error
	gone   bool
}

// never is when a lost packet arrives.
const never = 10_000 * time.Hour

// fast links add nothing to the delay: 1,500 bytes take 12 ns.
var fast = simnet.NodeBiDiLinkSettings{
	Downlink: simnet.LinkSettings{BitsPerSecond: 1e12}, Uplink: simnet.LinkSettings{BitsPerSecond: 1e12},
}

// newVirtual starts n nodes whose packets take delay one way. Each holds one file,
// fileOf. Call close before the bubble ends.
func newVirtual(t *testing.T, n int, delay time.Duration, change func(i int, o *overlay.Options)) *virtual {
	t.Helper()
	w := &virtual{t: t, lost: func(int, int) bool { return false }}
	w.net = &simnet.Simnet{Logger: slog.New(slog.DiscardHandler), LatencyFunc: func(p *simnet.Packet) time.Duration {
		if w.loses(numberOf(p.From), numberOf(p.To)) {
			return never
		}
		return delay
	}}
	w.net.Start()
	for i := range n {
		opts := overlay.Options{StaticMesh: true, Answer: func(e words.Expr, _ int) []query.Entry { return match(e, fileOf(i)) }}
		if os.Getenv("STARLING_TEST_LOG") != "" {
			opts.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("me", i)
		}
		if change != nil {
			change(i, &opts)
		}
		w.add(opts)
	}
	return w
}

func (w *virtual) add(opts overlay.Options) {
	w.t.Helper()
	h, err := w.newHost(len(w.nodes))
	if err != nil {
		w.t.Fatal(err)
	}
	o, err := overlay.NewOn(h, opts)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	v := &virtualNode{Overlay: o, cancel: cancel, done: make(chan error, 1)}
	go func() { v.done <- o.Run(ctx) }()
	w.nodes = append(w.nodes, v)
}

// newHost makes the host of node i.
func (w *virtual) newHost(i int) (host.Host, error) {
	h, err := libp2p.New(
		libp2p.ListenAddrStrings(fmt.Sprintf("/ip4/%s/udp/%d/quic-v1", simnet.IntToPublicIPv4(i), virtualPort)),
		simlibp2p.QUICSimnet(w.net, fast),
		libp2p.Transport(libp2pquic.NewTransport),
		libp2p.ResourceManager(&network.NullResourceManager{}),
		libp2p.DisableIdentifyAddressDiscovery(), // its waits stall the bubble; the shipped host has none of it either
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
		libp2p.Ping(false),
	)
	return asTCP{h}, err
}

const virtualPort = 8000

// numberOf is the node behind an address: the inverse of simnet.IntToPublicIPv4
// for less than 2^16 nodes.
func numberOf(a net.Addr) int {
	ip := a.(*net.UDPAddr).IP.To4()
	return int(ip[2])<<8 + int(ip[3]) - 1
}

// asTCP is a host on QUIC that shows and takes TCP addresses.
type asTCP struct{ host.Host }

func (h asTCP) Addrs() []ma.Multiaddr {
	return rename(h.Host.Addrs(), "/udp/", "/quic-v1", "/tcp/", "")
}

func (h asTCP) Connect(ctx context.Context, to peer.AddrInfo) error {
	if len(to.Addrs) == 0 {
		to.Addrs = h.Peerstore().Addrs(to.ID)
	}
	to.Addrs = rename(to.Addrs, "/tcp/", "", "/udp/", "/quic-v1")
	return h.Host.Connect(ctx, to)
}

// rename puts other protocols around the port of an address.
func rename(addrs []ma.Multiaddr, before, after, newBefore, newAfter string) []ma.Multiaddr {
	var out []ma.Multiaddr
	for _, a := range addrs {
		text, ok := strings.CutSuffix(a.String(), after)
		if ip, port, found := strings.Cut(text, before); ok && found {
			out = append(out, ma.StringCast(ip+newBefore+port+newAfter))
		}
	}
	return out
}

// fileOf is the one file that a node holds.
func fileOf(node int) string { return fmt.Sprintf("bird %d.txt", node) }

func match(e words.Expr, name string) []query.Entry {
	entry := query.Entry{Name: name, SizeBytes: int64(len(name)), ID: content.Sum([]byte(name)), HeldGroups: 1, Groups: 1}
	if !e.Match(words.Doc{Path: name, SizeBytes: entry.SizeBytes, ID: entry.ID}) {
		return nil
	}
	return []query.Entry{entry}
}

func (w *virtual) loses(from, to int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lost(from, to)
}

// lose drops from now on the packets between nodes that the function names.
func (w *virtual) lose(lost func(from, to int) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost = lost
}

// link makes node a connect to node b and waits until both have the link.
func (w *virtual) link(a, b int) {
	if _, err := w.nodes[a].Connect(w.t.Context(), w.nodes[b].Addresses()[0]); err != nil {
		w.t.Errorf("link %d–%d: %v", a, b, err)
	}
	w.within(time.Minute, 10*time.Millisecond, fmt.Sprintf("node %d sees node %d", b, a), func() bool {
		return slices.ContainsFunc(w.nodes[b].Neighbours(), func(n overlay.Neighbour) bool { return n.ID == w.nodes[a].ID() })
	})
}

// within waits for a condition, which it looks at every so often, and returns how
// long it took; the most is a failure.
func (w *virtual) within(most, every time.Duration, what string, holds func() bool) time.Duration {
	w.t.Helper()
	began := time.Now()
	for !holds() {
		if time.Since(began) >= most {
			w.t.Errorf("not after %v: %s", most, what)
			break
		}
		time.Sleep(every) // virtual
	}
	return time.Since(began)
}

// found is what a search brought.
type found struct {
	hits    map[int]overlay.Hit // by the node that holds it
	at      map[int]time.Duration
	receipt query.Receipt
}

// search asks from one node.
func (w *virtual) search(node int, text string, spec query.Spec) found {
	w.t.Helper()
	var err error
	if spec.Expr, err = words.Parse(text); err != nil {
		w.t.Fatal(err)
	}
	numbers := w.numbers()
	began := time.Now()
	events, err := w.nodes[node].Search(w.t.Context(), spec)
	if err != nil {
		w.t.Fatal(err)
	}
	out := found{hits: map[int]overlay.Hit{}, at: map[int]time.Duration{}}
	for e := range events {
		if e.Hit != nil {
			i := numbers[e.Hit.Node]
			out.hits[i], out.at[i] = *e.Hit, time.Since(began)
		} else {
			out.receipt = *e.Receipt
		}
	}
	return out
}

// numbers are the nodes by their ids.
func (w *virtual) numbers() map[string]int {
	out := make(map[string]int, len(w.nodes))
	for i, v := range w.nodes {
		out[v.ID()] = i
	}
	return out
}

// sent counts the query copies all nodes have put on the wire.
func (w *virtual) sent() (n int) {
	for _, v := range w.nodes {
		n += v.Sent()
	}
	return n
}

// vanish takes nodes off the network at once, without a word to anybody, and
// frees them.
func (w *virtual) vanish(gone []int) {
	w.lose(func(from, to int) bool { return slices.Contains(gone, from) || slices.Contains(gone, to) })
	for _, i := range gone {
		w.nodes[i].gone = true
		w.nodes[i].cancel()
	}
}

// close stops all nodes, then the network.
func (w *virtual) close() {
	for _, v := range w.nodes {
		v.cancel()
	}
	for i, v := range w.nodes {
		if err := <-v.done; err != nil {
			w.t.Errorf("node %d stopped with %v", i, err)
		}
	}
	w.net.Close()
}
