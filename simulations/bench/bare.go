package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	libp2ppeer "github.com/libp2p/go-libp2p/core/peer"
	lyamux "github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-yamux/v5"
	ma "github.com/multiformats/go-multiaddr"
)

const bareProtocol = "/bench/bare/1.0.0"

// bare is the wall: one stream over libp2p's own transport, with the window and
// the frames that Starling uses, and a copy loop on either side.
type bare struct {
	at                    place
	work, source, address string
	server                *process
}

func (b *bare) name() string    { return "bare libp2p stream" }
func (b *bare) missing() string { return "" }

func (b *bare) start(ctx context.Context, s *stage, source string, at place) (err error) {
	b.work, b.source, b.at = s.dir, source, at
	if b.server, err = s.launch(ctx, within(at.server, self(), "child-bare-serve", source, at.listen())...); err != nil {
		return err
	}
	b.address, err = b.server.line(ctx)
	return err
}

func (b *bare) transfer(ctx context.Context, _ int) (result, error) {
	target := filepath.Join(b.work, "bare.bin")
	defer os.Remove(target)
	line := within(b.at.client, self(), "child-bare-get", b.address, target)
	r, err := timed(b.server, exec.CommandContext(ctx, line[0], line[1:]...))
	if err != nil {
		return r, err
	}
	return r, sameFile(b.source, target)
}

func bareHost(listen ...string) (host.Host, error) {
	c := yamux.DefaultConfig()
	c.MaxStreamWindowSize = 4 << 20
	c.MaxMessageSize = 64 << 10
	c.ReadBufSize = 0
	c.LogOutput = io.Discard
	c.MaxIncomingStreams = math.MaxUint32
	return libp2p.New(
		libp2p.ListenAddrStrings(listen...), libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Security(libp2ptls.ID, libp2ptls.New), libp2p.Muxer(lyamux.ID, (*lyamux.Transport)(c)),
		libp2p.DisableRelay(), libp2p.DisableMetrics(), libp2p.DisableIdentifyAddressDiscovery(),
	)
}

// serveBare sends the file to whoever opens a stream.
func serveBare(source, listen string) error {
	h, err := bareHost(listen)
	if err != nil {
		return err
	}
	h.SetStreamHandler(bareProtocol, func(s network.Stream) {
		defer s.Close()
		if err := sendFile(s, source); err != nil {
			s.Reset()
		}
	})
	fmt.Printf("%s/p2p/%s\n", h.Addrs()[0], h.ID())
	select {}
}

func sendFile(s network.Stream, source string) error {
	if _, err := s.Read(make([]byte, 1)); err != nil { // the receiver is ready
		return err
	}
	f, err := os.Open(source)
	if err != nil {
		return err
	}
	defer f.Close()
	return copyPlainly(s, f)
}

func getBare(address, target string) error {
	a, err := ma.NewMultiaddr(address)
	if err != nil {
		return err
	}
	info, err := libp2ppeer.AddrInfoFromP2pAddr(a)
	if err != nil {
		return err
	}
	h, err := bareHost()
	if err != nil {
		return err
	}
	defer h.Close()
	ctx := context.Background()
	if err := h.Connect(ctx, *info); err != nil {
		return err
	}
	s, err := h.NewStream(ctx, info.ID, bareProtocol)
	if err != nil {
		return err
	}
	if _, err := s.Write([]byte{1}); err != nil {
		return err
	}
	f, err := os.Create(target)
	if err != nil {
		return err
	}
	defer f.Close()
	return copyPlainly(f, s)
}
