package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"starling/simulations/bench/torrent"
)

// seat is what a BitTorrent program is given: one peer's place in a swarm.
type seat struct {
	home      string // for files of its own
	dir       string // where the file is, or comes to
	torrent   string // the .torrent
	namespace string // where the address is; empty: the machine's own
	at        netip.AddrPort
	up        int64  // bytes/s; 0: no limit
	hook      string // a script to run when the file is complete
	done      string // what the hook leaves
}

// torrentProgram is one BitTorrent program.
type torrentProgram interface {
	program
	// ownAddresses: each peer needs one, on loopback they all share one.
	ownAddresses() bool
	// open makes everything ready; add then gives it the torrent.
	open(ctx context.Context, s *stage, at seat) (add func() (*process, error), err error)
}

// torrentSwarm makes a swarm of one program, with a tracker of our own: nobody is
// found in any other way.
type torrentSwarm struct{ torrentProgram }

// torrentWorld is a torrent and its tracker.
type torrentWorld struct {
	tracker   torrent.Tracker
	file      string
	namespace string
	seats     byte
}

// newTorrentWorld starts a tracker that lives as long as the stage. With own, it
// is in a namespace that has addresses for everybody.
func newTorrentWorld(ctx context.Context, s *stage, source string, own bool) (_ *torrentWorld, err error) {
	t := &torrentWorld{file: filepath.Join(s.dir, "file.torrent")}
	if own {
		if t.namespace, err = s.namespace(ctx, "torrent"); err != nil {
			return nil, err
		}
	}
	var l net.Listener
	if err := inside(t.namespace, func() (err error) { l, err = net.Listen("tcp", "127.0.0.1:0"); return err }); err != nil {
		return nil, err
	}
	server := &http.Server{Handler: &t.tracker, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(l) //nolint:errcheck // it ends when the stage closes it
	s.later(func() { server.Close() })
	raw, err := torrent.Make(source, fmt.Sprintf("http://%s/announce", l.Addr()))
	if err != nil {
		return nil, err
	}
	return t, os.WriteFile(t.file, raw, 0o644)
}

// seat makes a place for one peer, whose file comes to dir.
func (t *torrentWorld) seat(ctx context.Context, s *stage, name, dir string, up int64) (at seat, err error) {
	t.seats++
	address := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if t.namespace != "" {
		address = netip.AddrFrom4([4]byte{10, 77, 0, t.seats})
		if err := command(ctx, "ip", "-n", t.namespace, "addr", "add", address.String(), "dev", "lo"); err != nil {
			return at, err
		}
	}
	port, err := unusedPort()
	if err != nil {
		return at, err
	}
	where, err := netip.ParseAddrPort(address.String() + ":" + port)
	if err != nil {
		return at, err
	}
	at = seat{
		home: filepath.Join(s.dir, name), dir: dir, torrent: t.file, namespace: t.namespace, at: where, up: up,
		done: filepath.Join(s.dir, name+".done"), hook: filepath.Join(s.tools, filepath.Base(s.dir)+"-"+name+".sh"),
	}
	s.later(func() { os.Remove(at.hook) })
	return at, errors.Join(os.MkdirAll(at.home, 0o755), os.MkdirAll(dir, 0o755),
		os.WriteFile(at.hook, fmt.Appendf(nil, "#!/bin/sh\n: > '%s'\n", at.done), 0o755))
}

// seed starts a peer that has the file, and waits until the tracker knows it.
func (t *torrentWorld) seed(ctx context.Context, s *stage, program torrentProgram, source string, up int64) (p *process, at seat, err error) {
	if at, err = t.seat(ctx, s, "seed", filepath.Dir(source), up); err != nil {
		return nil, at, err
	}
	add, err := program.open(ctx, s, at)
	if err != nil {
		return nil, at, err
	}
	if p, err = add(); err != nil {
		return nil, at, err
	}
	return p, at, until(ctx, startTime, lookEvery, "the seed at the tracker", func() (bool, error) {
		seen, there := t.tracker.Seen()[at.at]
		return there && seen.Left == 0, nil
	})
}

// finished waits for what the hook leaves and tells when it came.
func (at seat) finished(ctx context.Context, p *process) (when time.Time, err error) {
	err = until(ctx, time.Hour, lookEvery, "a finished torrent", func() (bool, error) {
		if err := p.alive(); err != nil {
			return false, err
		}
		info, err := os.Stat(at.done)
		if err != nil {
			return false, nil //nolint:nilerr // it is not there yet
		}
		when = info.ModTime()
		return true, nil
	})
	return when, err
}

func (t torrentSwarm) swarm(ctx context.Context, s *stage, w world) (f flow, err error) {
	tw, err := newTorrentWorld(ctx, s, w.source, t.ownAddresses())
	if err != nil {
		return f, err
	}
	seed, seedAt, err := tw.seed(ctx, s, t.torrentProgram, w.source, w.up)
	if err != nil {
		return f, err
	}
	seats, adds := make([]seat, w.receivers), make([]func() (*process, error), w.receivers)
	for i := range seats {
		name := fmt.Sprint("r", i)
		if seats[i], err = tw.seat(ctx, s, name, filepath.Join(s.dir, name+"-files"), w.up); err != nil {
			return f, err
		}
		if adds[i], err = t.open(ctx, s, seats[i]); err != nil {
			return f, err
		}
	}
	f.wasted = -1
	processes, took := make([]*process, w.receivers), make([]time.Duration, w.receivers)
	before := seed.cpu()
	var tasks errgroup.Group
	began := time.Now()
	for i, at := range seats {
		tasks.Go(func() (err error) {
			if processes[i], err = adds[i](); err != nil {
				return err
			}
			when, err := at.finished(ctx, processes[i])
			took[i] = when.Sub(began)
			return err
		})
	}
	if err := tasks.Wait(); err != nil {
		return f, err
	}
	f.cpu = seed.cpu() - before
	f.first = took[0]
	for i, at := range seats {
		f.first, f.last = min(f.first, took[i]), max(f.last, took[i])
		f.cpu += processes[i].cpu()
		if err := sameFile(w.source, filepath.Join(at.dir, filepath.Base(w.source))); err != nil {
			return f, err
		}
	}
	seed.stop() // its last announce says what it has sent
	f.seeded = tw.tracker.Seen()[seedAt.at].Uploaded
	return f, nil
}
