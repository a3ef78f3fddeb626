package overlay

import (
	"sort"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"starling/node/overlay/pb"
	"starling/node/overlay/policy"
)

// Neighbour is one link, for people.
type Neighbour struct {
	ID         string
	Address    string // the multiaddr it is connected by
	Agent      string
	Leaf       bool
	Inbound    bool // it came to us
	RoundTrip  time.Duration
	Since      time.Time
	Neighbours int // it says it has
}

// add enters a link that shook hands; false if the peer has one already.
func (c *core) add(l *link) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byPeer[l.peer] != nil {
		return false
	}
	c.last++
	l.number = c.last
	c.links[l.number], c.byPeer[l.peer] = l, l
	if c.carried[l.peer] {
		l.carrier <- struct{}{}
	}
	return true
}

// remove takes a link out of everything that waits for it.
func (c *core) remove(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l.out.close()
	delete(c.links, l.number)
	delete(c.byPeer, l.peer)
	c.perform(c.router.LinkDown(l.number, nil))
}

// carries notes whether pubsub has a stream out to the peer. A link that loses
// it cannot tell which of its queries arrived, so it is made anew.
func (c *core) carries(p peer.ID, can bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.byPeer[p]
	if !can {
		delete(c.carried, p)
		if l != nil && l.sentReady {
			l.part(&pb.Bye{Code: byeBroken, Reason: "queries cannot be carried"})
		}
		return
	}
	c.carried[p] = true
	if l != nil {
		select {
		case l.carrier <- struct{}{}:
		default:
		}
	}
}

// sendsReady notes that this side takes queries now, before it says so.
func (c *core) sendsReady(l *link) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.sentReady {
		return false
	}
	l.sentReady = true
	c.joinRouter(l)
	return true
}

func (c *core) gotReady(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.peerReady(l)
}

// peerReady notes that the other side takes queries. Call under mu.
func (c *core) peerReady(l *link) {
	if !l.gotReady {
		l.gotReady = true
		c.joinRouter(l)
	}
}

// joinRouter makes the link carry queries once both sides are ready.
func (c *core) joinRouter(l *link) {
	if l.sentReady && l.gotReady && !l.up && c.links[l.number] == l {
		l.up = true
		c.router.LinkUp(l.number)
		c.log.Info("neighbour", "node", l.peer, "agent", l.agent, "inbound", l.inbound)
	}
}

// isUp reports whether the link carries queries.
func (c *core) isUp(l *link) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return l.up
}

func (c *core) measured(l *link, roundTrip time.Duration, neighbours uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l.roundTrip, l.neighbours = roundTrip, neighbours
}

// degree counts the links that carry queries.
func (c *core) degree() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, l := range c.links {
		if l.up {
			n++
		}
	}
	return n
}

// linkOf returns the link with a peer, up or not, or nil.
func (c *core) linkOf(p peer.ID) *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byPeer[p]
}

// all returns every link, up or not, the oldest first.
func (c *core) all() []*link {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]*link, 0, len(c.links))
	for _, l := range c.links {
		out = append(out, l)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].number < out[j].number })
	return out
}

// linkStates returns every link, the oldest first, and what the mesh policy
// knows of each.
func (c *core) linkStates() ([]*link, []policy.Link) {
	links := c.all()
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]policy.Link, len(links))
	for i, l := range links {
		out[i] = policy.Link{Neighbours: int(l.neighbours)}
	}
	return links, out
}

// neighbours describes the links that carry queries, the oldest first.
func (c *core) neighbours() []Neighbour {
	links := c.all()
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Neighbour, 0, len(links))
	for _, l := range links {
		if l.up {
			out = append(out, Neighbour{
				ID: l.peer.String(), Address: l.stream.Conn().RemoteMultiaddr().String(), Agent: l.agent,
				Leaf: l.role == roleLeaf, Inbound: l.inbound, RoundTrip: l.roundTrip, Since: l.since, Neighbours: int(l.neighbours),
			})
		}
	}
	return out
}
