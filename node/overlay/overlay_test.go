package overlay

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"starling/node/overlay/policy"
	"starling/query"
	"starling/share/words"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A chain of five: the TTL is the number of links a query reaches, and a
// connection that is no link carries none.
func TestChain(t *testing.T) {
	net := newNet(t, 5, nil)
	for i := range 4 {
		net.link(i, i+1)
	}
	last := net.nodes[4].ID()
	for ttl := uint8(1); ttl <= 5; ttl++ {
		r := net.search(0, "bird", query.Spec{TTL: ttl, Wait: 20 * time.Second})
		reach := min(int(ttl), 4)
		if len(r.hits) != reach || int(r.receipt.Reported.Reached) != reach || r.receipt.Stopped != query.Finished {
			t.Errorf("TTL %d: %d hits, receipt %+v; want %d", ttl, len(r.hits), r.receipt, reach)
		}
		for i := 1; i <= reach; i++ {
			if h := r.hits[net.nodes[i].ID()]; h.Hops != i {
				t.Errorf("TTL %d: the hit of node %d came over %d links", ttl, i, h.Hops)
			}
		}
	}
	s, err := net.nodes[0].OpenStream(t.Context(), last, protocolHits)
	if err != nil {
		t.Fatalf("a direct stream to the holder: %v", err)
	}
	s.Reset()
	r := net.search(0, "bird", query.Spec{TTL: 3, Wait: 20 * time.Second})
	if _, ok := r.hits[last]; ok || len(r.hits) != 3 {
		t.Errorf("a connection became a link: %d hits at TTL 3", len(r.hits))
	}
}

func TestSearchWithoutNeighbours(t *testing.T) {
	net := newNet(t, 1, nil)
	expr, _ := words.Parse("bird")
	if _, err := net.nodes[0].Search(t.Context(), query.Spec{Expr: expr}); !errors.Is(err, ErrNoNeighbours) {
		t.Errorf("got %v, want ErrNoNeighbours", err)
	}
}

func TestConnectForms(t *testing.T) {
	net := newNet(t, 2, nil)
	target := net.nodes[1]
	port := target.Reach().Port
	for _, address := range []string{
		fmt.Sprintf("127.0.0.1:%d", port),
		fmt.Sprintf("localhost:%d", port),
		fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", port),
		target.Addresses()[0],
		target.Invite(),
	} {
		n, err := net.nodes[0].Connect(t.Context(), address)
		if err != nil || n.ID != target.ID() {
			t.Errorf("%s: %+v, %v", address, n, err)
		}
	}
	for _, address := range []string{
		"", "starling connect", "/ip4/127.0.0.1", "/ip4/127.0.0.1/udp/1/quic-v1", "127.0.0.1:0", "127.0.0.1:x",
		"127.0.0.1:1", net.nodes[0].Addresses()[0], target.Addresses()[0] + " " + net.nodes[0].Addresses()[0],
	} {
		if _, err := net.nodes[0].Connect(t.Context(), address); err == nil {
			t.Errorf("%q connected", address)
		}
	}
}

// Two nodes that reach for each other at once end with one link.
func TestBothReachOutAtOnce(t *testing.T) {
	for range 5 {
		net := newNet(t, 2, nil)
		done := make(chan error, 2)
		for i := range 2 {
			go func() {
				_, err := net.nodes[i].Connect(t.Context(), net.nodes[1-i].Addresses()[0])
				done <- err
			}()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		for i, o := range net.nodes {
			if n := len(o.Neighbours()); n != 1 {
				t.Errorf("node %d has %d links", i, n)
			}
		}
		if r := net.search(0, "bird", query.Spec{Wait: 20 * time.Second}); len(r.hits) != 1 {
			t.Errorf("%d hits over the link", len(r.hits))
		}
	}
}

// A neighbour that leaves says bye, and the search that asked it does not wait.
func TestLeaving(t *testing.T) {
	net := newNet(t, 3, nil)
	net.link(0, 1)
	net.link(0, 2)
	net.stops[2]()
	net.eventually("the link is gone", func() bool { return len(net.nodes[0].Neighbours()) == 1 })
	if r := net.search(0, "bird", query.Spec{Wait: 20 * time.Second}); len(r.hits) != 1 || r.receipt.Reported.Lost != 0 {
		t.Errorf("%d hits, receipt %+v", len(r.hits), r.receipt)
	}
}

// Nodes told of one address find the others through pongs and byes, up to their
// degree.
func TestMeshGrowsFromOneAddress(t *testing.T) {
	net := newNet(t, 1, func(_ int, o *Options) { o.StaticMesh, o.Degree, o.DegreeMax = false, 4, 6 })
	first := net.nodes[0].Addresses()[0]
	for range 9 {
		net.add(Options{Listen: []string{loopback}, Degree: 4, DegreeMax: 6, Connect: []string{first}})
	}
	net.eventually("every node has four neighbours", func() bool {
		for _, o := range net.nodes {
			if len(o.Neighbours()) < 4 {
				return false
			}
		}
		return true
	})
	for i, o := range net.nodes {
		if n := len(o.core.all()); n > 6+policy.NewcomerRoom {
			t.Errorf("node %d has %d links", i, n)
		}
	}
}

func TestHostCacheOutlivesTheNode(t *testing.T) {
	cache := t.TempDir() + "/hosts.json"
	net := newNet(t, 2, func(_ int, o *Options) { o.StaticMesh = false; o.HostCache = "" })
	a := net.add(Options{Listen: []string{loopback}, Connect: []string{net.nodes[0].Addresses()[0]}, HostCache: cache})
	net.eventually("the first run has a neighbour", func() bool { return len(a.Neighbours()) > 0 })
	net.stops[2]()
	b := net.add(Options{Listen: []string{loopback}, HostCache: cache})
	net.eventually("the second run finds it again", func() bool { return len(b.Neighbours()) > 0 })
}
