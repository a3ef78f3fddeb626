package overlay

import (
	"net"
	"net/netip"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// Subnets wider than these are no local networks, whatever an interface claims.
const (
	subnetBitsMin4 = 16
	subnetBitsMin6 = 48
)

// IsLocal tells whether a node is connected and every connection to it stays on
// this machine or its local networks: the other end has a loopback, private or
// link-local address, or one in the subnet of an interface of ours.
func (o *Overlay) IsLocal(node string) bool {
	p, err := peer.Decode(node)
	if err != nil {
		return false
	}
	conns := o.host.Network().ConnsToPeer(p)
	for _, c := range conns {
		if !onLocalNetwork(c.RemoteMultiaddr(), ownSubnets) {
			return false
		}
	}
	return len(conns) > 0
}

func onLocalNetwork(a ma.Multiaddr, own func() []netip.Prefix) bool {
	if _, err := a.ValueForProtocol(ma.P_CIRCUIT); err == nil {
		return false // the address is the relay's
	}
	raw, err := manet.ToIP(a)
	if err != nil {
		return false
	}
	ip, ok := netip.AddrFromSlice(raw)
	if ip = ip.Unmap(); !ok {
		return false
	}
	if ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() {
		return true
	}
	for _, subnet := range own() {
		if subnet.Contains(ip) {
			return true
		}
	}
	return false
}

// ownSubnets are those of the interfaces; none when the system does not say.
func ownSubnets() (subnets []netip.Prefix) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range addrs {
		subnet, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		if bits := subnet.Bits(); subnet.Addr().Is4() && bits >= subnetBitsMin4 || subnet.Addr().Is6() && bits >= subnetBitsMin6 {
			subnets = append(subnets, subnet)
		}
	}
	return subnets
}
