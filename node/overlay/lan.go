package overlay

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
	"golang.org/x/time/rate"
)

// mdnsService names our kind of node on the LAN.
const mdnsService = "_starling._tcp"

const (
	lanCheckEvery = 5 * time.Second // interfaces come and go: Wi-Fi, cables, VPNs
	foundPerSec   = 50              // announcements taken; anyone on the LAN can make them
	foundBurst    = 200
)

// lan finds nodes on the local network by multicast DNS.
type lan struct {
	o      *Overlay
	budget *rate.Limiter
}

// HandlePeerFound takes one announcement. It is not signed: its addresses are
// dialled because they were seen on our own link.
func (d *lan) HandlePeerFound(info peer.AddrInfo) {
	o := d.o
	if info.ID == o.host.ID() || !d.budget.Allow() {
		return
	}
	c := contact{id: info.ID, addrs: publishable(info.Addrs)}
	if len(c.addrs) == 0 {
		return
	}
	now := time.Now()
	o.contacts.add(c, now)
	if o.host.ID() > info.ID {
		o.contacts.hold(info.ID, now.Add(identityGrace))
		time.AfterFunc(identityGrace, o.wakeUpkeep)
	}
	o.wakeUpkeep()
}

// discover announces this node and listens, on every interface there is, until
// ctx ends. It starts anew when the interfaces change. That it cannot work is
// said in Reach, and is no reason to stop.
func (o *Overlay) discover(ctx context.Context) error {
	d := &lan{o: o, budget: rate.NewLimiter(foundPerSec, foundBurst)}
	ticker := time.NewTicker(lanCheckEvery)
	defer ticker.Stop()
	var service mdns.Service
	defer func() {
		if service != nil {
			service.Close()
		}
	}()
	for before := ""; ; {
		if now := strings.Join(interfaceLines(), "\n"); now != before || service == nil {
			if service != nil {
				service.Close()
			}
			service, before = o.announce(d), now
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// announce starts mDNS once, and returns nil if it cannot.
func (o *Overlay) announce(d *lan) mdns.Service {
	service := mdns.NewMdnsService(o.host, mdnsService, d)
	if err := service.Start(); err != nil {
		o.setMulticast(fmt.Sprintf("does not work: %v", err))
		o.opts.Logger.Debug("no discovery on the LAN", "err", err)
		return nil
	}
	o.setMulticast(multicastWorks)
	return service
}

const multicastWorks = "works"

func (o *Overlay) setMulticast(state string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.multicast = state
}

// interfaceLines describes the interfaces that are up, as "eth0 192.168.1.20".
func interfaceLines() []string {
	ifaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var out []string
	for _, i := range ifaces {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		line := i.Name
		if addrs, err := i.Addrs(); err == nil {
			for _, a := range addrs {
				if ipNet, ok := a.(*net.IPNet); ok {
					line += " " + ipNet.IP.String()
				}
			}
		}
		if i.Flags&net.FlagMulticast == 0 {
			line += " (no multicast)"
		}
		out = append(out, line)
	}
	return out
}
