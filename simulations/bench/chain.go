package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"starling/node"
)

const (
	needle    = "needle"
	chainPort = 7001
	// loadBytes is more than a link moves while it is measured.
	loadBytes = 2 * gib
	echoEvery = 100 * time.Millisecond
)

// chain is nodes in a row, each in a namespace, each linked with the next. A node
// shares a large file for the one before it; the last has the needle too.
type chain struct {
	stage      *stage
	namespaces []string
	nodes      []*peer
	echoes     net.Listener // at the far end
}

// near and far are the addresses of the two ends of the link after node i.
func near(i int) string { return fmt.Sprintf("10.77.%d.1", i) }
func far(i int) string  { return fmt.Sprintf("10.77.%d.2", i) }

func (s *stage) chain(ctx context.Context) (*chain, error) {
	c := &chain{stage: s, nodes: make([]*peer, searchNodes)}
	for i := range searchNodes {
		namespace, err := s.namespace(ctx, fmt.Sprint("n", i))
		if err != nil {
			return nil, err
		}
		c.namespaces = append(c.namespaces, namespace)
		if i == 0 {
			continue
		}
		burst := int64(searchBits / 8 * searchBurst.Seconds())
		if err := (cable{c.namespaces[i-1], namespace, near(i - 1), far(i - 1), searchBits, burst, searchQueue}).lay(ctx); err != nil {
			return nil, err
		}
	}
	for i := range c.namespaces {
		if err := c.route(ctx, i); err != nil {
			return nil, err
		}
	}
	if err := c.startEcho(); err != nil {
		return nil, err
	}
	return c, c.startNodes(ctx)
}

// route lets the echo through: everything on the right goes right, the rest left.
func (c *chain) route(ctx context.Context, i int) error {
	route := func(to, via string) error {
		return command(ctx, "ip", "-n", c.namespaces[i], "route", "add", to, "via", via)
	}
	if i == 0 {
		return route("default", far(0))
	}
	for k := i + 1; k < searchNodes-1; k++ {
		if err := route(fmt.Sprintf("10.77.%d.0/30", k), far(i)); err != nil {
			return err
		}
	}
	err := inside(c.namespaces[i], func() error { return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0) })
	return errors.Join(err, route("default", near(i-1)))
}

// startNodes starts from the far end, so that each finds the next one there.
func (c *chain) startNodes(ctx context.Context) error {
	for i := searchNodes - 1; i >= 0; i-- {
		o := peerOptions{namespace: c.namespaces[i], listen: fmt.Sprintf("/ip4/0.0.0.0/tcp/%d", chainPort)}
		if i > 0 {
			o.shares = filepath.Join(c.stage.dir, fmt.Sprint("share", i))
			if err := writeHead(c.load(i), loadBytes); err != nil {
				return err
			}
		}
		if i == searchNodes-1 {
			if err := writeHead(filepath.Join(o.shares, needle+".bin"), 1); err != nil {
				return err
			}
		}
		if i < searchNodes-1 {
			o.arguments = []string{"--connect", fmt.Sprintf("/ip4/%s/tcp/%d/p2p/%s", far(i), chainPort, c.nodes[i+1].id)}
		}
		p, err := c.stage.peer(ctx, fmt.Sprint("n", i), o)
		if err != nil {
			return err
		}
		c.nodes[i] = p
	}
	for i, p := range c.nodes {
		links := 2
		if i == 0 || i == searchNodes-1 {
			links = 1
		}
		if err := p.until(ctx, "links", func(s node.Status) bool { return s.Neighbours == links }); err != nil {
			return err
		}
	}
	return nil
}

// load is the large file of a node.
func (c *chain) load(i int) string {
	return filepath.Join(c.stage.dir, fmt.Sprint("share", i), fmt.Sprintf("load%d.bin", i))
}

// writeHead makes a file that takes no room where files may have holes: its name,
// so that no two are the same, and zeros.
func writeHead(path string, size int64) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return errors.Join(os.WriteFile(path, []byte(path), 0o644), os.Truncate(path, max(size, int64(len(path)))))
}

// underLoad asks while each node fetches from the next, and tells how full each
// link was.
func (c *chain) underLoad(ctx context.Context) (shares []float64, a answers, err error) {
	for i := range searchNodes - 1 {
		link, err := c.nodes[i+1].client.Link(ctx, c.load(i+1))
		if err != nil {
			return nil, a, err
		}
		if _, err := c.nodes[i].client.Get(ctx, node.GetRequest{Targets: []string{link.Magnet}}); err != nil {
			return nil, a, err
		}
	}
	select {
	case <-time.After(loadTime):
	case <-ctx.Done():
		return nil, a, ctx.Err()
	}
	before, err := c.fetched(ctx)
	if err != nil {
		return nil, a, err
	}
	began := time.Now()
	if a, err = c.ask(ctx); err != nil {
		return nil, a, err
	}
	took := time.Since(began).Seconds()
	after, err := c.fetched(ctx)
	if err != nil {
		return nil, a, err
	}
	for i := range after {
		shares = append(shares, float64(after[i]-before[i])/took/payloadRate(searchBits))
	}
	return shares, a, nil
}

// fetched says how much every node has of its download, which must be under way.
func (c *chain) fetched(ctx context.Context) (bytes []int64, err error) {
	for _, p := range c.nodes[:searchNodes-1] {
		downloads, err := p.client.Downloads(ctx)
		if err != nil {
			return nil, err
		}
		if len(downloads) != 1 || downloads[0].State != "running" {
			return nil, fmt.Errorf("a transfer that loads a link is not running: %+v", downloads)
		}
		bytes = append(bytes, downloads[0].HaveBytes)
	}
	return bytes, nil
}

// startEcho sends back, at the far end, whatever comes.
func (c *chain) startEcho() error {
	return inside(c.namespaces[searchNodes-1], func() (err error) {
		if c.echoes, err = net.Listen("tcp", net.JoinHostPort(far(searchNodes-2), "0")); err != nil {
			return err
		}
		c.stage.later(func() { c.echoes.Close() })
		go func() {
			for {
				conn, err := c.echoes.Accept()
				if err != nil {
					return
				}
				go func() {
					defer conn.Close()
					_ = copyPlainly(conn, conn) // until the other side has enough
				}()
			}
		}()
		return nil
	})
}

// echo measures bytes there and back until ctx ends.
func (c *chain) echo(ctx context.Context) (took times, err error) {
	var conn net.Conn
	if err := inside(c.namespaces[0], func() (err error) { conn, err = net.Dial("tcp", c.echoes.Addr().String()); return err }); err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	ticker := time.NewTicker(echoEvery)
	defer ticker.Stop()
	for b := []byte{1}; ; {
		began := time.Now()
		_, err := conn.Write(b)
		if err == nil {
			_, err = conn.Read(b)
		}
		if ctx.Err() != nil {
			return took, nil
		}
		if err != nil {
			return took, fmt.Errorf("echo: %w", err)
		}
		took.since(began)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return took, nil
		}
	}
}
