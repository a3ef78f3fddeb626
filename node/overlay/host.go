package overlay

import (
	"fmt"
	"io"
	"math"
	"net"
	"strconv"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	lyamux "github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-yamux/v5"
)

// Bounds of the host. Links and running transfers are protected from trimming.
const (
	connectionsLow  = 128
	connectionsHigh = 192
	connectionGrace = 30 * time.Second
	perAddress      = 64 // connections from one address: a household or an office behind one
	windowMax       = 4 << 20
	frameMax        = 64 << 10
)

// newHost makes the libp2p host: TCP with TLS 1.3 first and Noise second, yamux
// with a window that keeps a search fast beside a transfer, and none of the
// services that we do not use.
func newHost(opts Options, id Identity) (host.Host, error) {
	listen, err := listenAddrs(opts)
	if err != nil {
		return nil, err
	}
	resources, err := newResources()
	if err != nil {
		return nil, fmt.Errorf("set resource limits: %w", err)
	}
	connections, err := connmgr.NewConnManager(connectionsLow, connectionsHigh, connmgr.WithGracePeriod(connectionGrace))
	if err != nil {
		return nil, fmt.Errorf("set connection limits: %w", err)
	}
	h, err := libp2p.New(
		libp2p.Identity(id.key),
		libp2p.ListenAddrStrings(listen...),
		// Without reuseport: two nodes that dial each other at once would meet in a TCP simultaneous open, where
		// both speak TLS as the client and neither gets through.
		libp2p.Transport(tcp.NewTCPTransport, tcp.DisableReuseport()),
		libp2p.Security(libp2ptls.ID, newGatheredTLS),
		libp2p.Security(noise.ID, noise.New),
		libp2p.Muxer(lyamux.ID, newMuxer()),
		libp2p.ResourceManager(resources),
		libp2p.ConnectionManager(connections),
		libp2p.UserAgent(opts.Agent),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
		libp2p.DisableIdentifyAddressDiscovery(),
		libp2p.Ping(false),
	)
	if err != nil {
		return nil, fmt.Errorf("listen on %v: %w", listen, err)
	}
	return h, nil
}

func newMuxer() network.Multiplexer {
	c := yamux.DefaultConfig()
	c.MaxStreamWindowSize = windowMax
	c.MaxMessageSize = frameMax
	c.ReadBufSize = 0
	c.LogOutput = io.Discard
	c.MaxIncomingStreams = math.MaxUint32 // the resource manager has the limit
	return (*lyamux.Transport)(c)
}

// newResources bounds what all strangers together can make the host keep.
func newResources() (network.ResourceManager, error) {
	limits := rcmgr.DefaultLimits
	libp2p.SetDefaultServiceLimits(&limits)
	limits.SystemBaseLimit.ConnsInbound = 400
	limits.SystemBaseLimit.Conns = 600
	limits.SystemBaseLimit.FD = 1024
	limits.TransientBaseLimit.ConnsInbound = 128
	for _, p := range []protocol.ID{protocolQuery, protocolHits, protocolMesh} {
		limits.AddProtocolPeerLimit(p, rcmgr.BaseLimit{StreamsInbound: 4, StreamsOutbound: 4, Streams: 8, Memory: 8 << 20}, rcmgr.BaseLimitIncrease{})
	}
	v4 := []rcmgr.ConnLimitPerSubnet{{PrefixLength: 32, ConnCount: perAddress}}
	v6 := []rcmgr.ConnLimitPerSubnet{{PrefixLength: 64, ConnCount: perAddress}}
	return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(limits.AutoScale()), rcmgr.WithLimitPerSubnet(v4, v6))
}

// listenAddrs returns the multiaddrs to listen on.
func listenAddrs(opts Options) ([]string, error) {
	if len(opts.Listen) > 0 {
		return opts.Listen, nil
	}
	port, err := freePort(opts.Port)
	if err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("/ip4/0.0.0.0/tcp/%d", port), fmt.Sprintf("/ip6/::/tcp/%d", port)}, nil
}

// portsTried is how far from the wished port a free one is looked for: several
// nodes on one machine, and firewall rules for a small range.
const portsTried = 20

// freePort returns the wished TCP port or the next free one.
func freePort(wished int) (int, error) {
	var first error
	for port := wished; port < wished+portsTried && port < 65536; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(port)))
		if err == nil {
			return port, l.Close()
		}
		if first == nil {
			first = err
		}
	}
	return 0, fmt.Errorf("no free TCP port from %d to %d: %w", wished, wished+portsTried-1, first)
}
