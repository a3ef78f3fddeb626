package main

import (
	"context"
	"strconv"
)

// aria2 as a BitTorrent program: one process for each torrent.
type aria2 struct{}

func (aria2) name() string { return "aria2" }

func (aria2) missing() string { return notInstalled("aria2c") }

func (aria2) ownAddresses() bool { return false }

func (aria2) open(ctx context.Context, s *stage, at seat) (func() (*process, error), error) {
	return func() (*process, error) {
		args := append(aria2Options(at), "--seed-ratio=0.0", "--on-bt-download-complete="+at.hook, at.torrent)
		return s.launch(ctx, within(at.namespace, append([]string{"aria2c"}, args...)...)...)
	}, nil
}

// aria2Options keep it to the tracker and make it quiet.
func aria2Options(at seat) []string {
	return []string{
		"--no-conf=true", "--dir=" + at.dir, "--listen-port=" + strconv.Itoa(int(at.at.Port())), "--max-overall-upload-limit=" + strconv.FormatInt(at.up, 10),
		"--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false", "--enable-peer-exchange=false", "--disable-ipv6=true",
		"--file-allocation=none", "--check-integrity=true", "--allow-overwrite=true", "--no-proxy=127.0.0.1",
		"--quiet=true", "--summary-interval=0", "--async-dns=false",
	}
}
