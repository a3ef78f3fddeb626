package overlay

import (
	"fmt"
	"strconv"
	"strings"

	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// Reach says how this node looks for others and can be found: what to tell an
// owner whose node has no neighbours.
type Reach struct {
	Interfaces []string // "eth0 192.168.1.20", those that are up
	Port       int      // TCP, 0 when it does not listen
	LAN        bool     // discovery is on
	Multicast  string   // "works", "off", or why it does not
	Tried      []string // what was tried, a sentence each
	Invite     string   // the line to type on the other machine
}

// Reach describes how this node can be reached now.
func (o *Overlay) Reach() Reach {
	o.mu.Lock()
	r := Reach{Interfaces: interfaceLines(), Port: o.port(), LAN: o.opts.LAN, Multicast: o.multicast}
	o.mu.Unlock()
	r.Invite = o.Invite()
	if o.opts.LAN {
		r.Tried = append(r.Tried, "multicast DNS (UDP 5353) on the local network: "+r.Multicast)
	} else {
		r.Tried = append(r.Tried, "no discovery on the local network: it is switched off (--lan=false)")
	}
	if n := len(o.opts.Connect); n > 0 {
		r.Tried = append(r.Tried, fmt.Sprintf("the %d configured address(es): %s", n, strings.Join(o.opts.Connect, ", ")))
	}
	if n := o.contacts.count(); n > 0 && !o.opts.StaticMesh {
		r.Tried = append(r.Tried, fmt.Sprintf("%d node(s) known from before or from neighbours", n))
	}
	return r
}

// Invite returns the line that makes this node a neighbour when typed on another
// machine: its addresses with its id, those others can use first.
func (o *Overlay) Invite() string {
	var words []string
	for _, a := range publishable(o.host.Addrs()) {
		if !manet.IsIP6LinkLocal(a) {
			words = append(words, a.String()+"/p2p/"+o.host.ID().String())
		}
	}
	if len(words) == 0 {
		return ""
	}
	return "starling connect " + strings.Join(words[:min(len(words), 3)], " ")
}

// Addresses returns the full multiaddrs of this node, with /p2p/.
func (o *Overlay) Addresses() []string {
	var out []string
	for _, a := range o.host.Addrs() {
		out = append(out, a.String()+"/p2p/"+o.host.ID().String())
	}
	return out
}

// port returns the TCP port listened on.
func (o *Overlay) port() int {
	for _, a := range o.host.Network().ListenAddresses() {
		if text, err := a.ValueForProtocol(ma.P_TCP); err == nil {
			port, _ := strconv.Atoi(text) // a multiaddr holds a number
			return port
		}
	}
	return 0
}
