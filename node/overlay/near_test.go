package overlay

import (
	"net/netip"
	"testing"

	ma "github.com/multiformats/go-multiaddr"
)

func TestOnLocalNetwork(t *testing.T) {
	own := func() []netip.Prefix {
		return []netip.Prefix{netip.MustParsePrefix("198.51.100.7/24"), netip.MustParsePrefix("2001:db8:1:2::7/64")}
	}
	for address, want := range map[string]bool{
		"/ip4/127.0.0.1/tcp/6346":             true,
		"/ip4/10.1.2.3/tcp/6346":              true,
		"/ip4/172.31.0.1/tcp/6346":            true,
		"/ip4/172.32.0.1/tcp/6346":            false,
		"/ip4/192.168.1.20/tcp/6346":          true,
		"/ip4/169.254.7.7/tcp/6346":           true,
		"/ip4/100.64.0.1/tcp/6346":            false,
		"/ip4/198.51.100.200/tcp/6346":        true,
		"/ip4/198.51.101.1/tcp/6346":          false,
		"/ip6/::1/tcp/6346":                   true,
		"/ip6/::ffff:192.168.1.20/tcp/6346":   true,
		"/ip6/fd00::1/tcp/6346":               true,
		"/ip6/fe80::1/tcp/6346":               true,
		"/ip6zone/eth0/ip6/fe80::1/tcp/6346":  true,
		"/ip6/2001:db8:1:2::9/tcp/6346":       true,
		"/ip6/2001:db8:1:3::9/tcp/6346":       false,
		"/dns4/example.org/tcp/6346":          false,
		"/ip4/192.168.1.20/tcp/1/p2p-circuit": false,
		"/unix/tmp/socket":                    false,
		"/ip4/8.8.8.8/tcp/6346":               false,
	} {
		a, err := ma.NewMultiaddr(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := onLocalNetwork(a, own); got != want {
			t.Errorf("%s is local: %v", address, got)
		}
	}
	for _, subnet := range ownSubnets() {
		if subnet.Bits() < subnetBitsMin4 {
			t.Errorf("%v is taken for a local network", subnet)
		}
	}
}
