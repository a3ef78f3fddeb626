package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
)

// transmission is its daemon, told what to do by transmission-remote.
type transmission struct{}

func (transmission) name() string { return "transmission" }

func (transmission) missing() string {
	if why := notInstalled("transmission-daemon", "transmission-remote"); why != "" {
		return why
	}
	if why := needsNamespaces(); why != "" {
		return "it takes one peer of an address and none on loopback, so each needs an address: " + why
	}
	return ""
}

func (transmission) ownAddresses() bool { return true }

// transmissionUnit is its unit of speed limits: kB/s of 1000 bytes.
const transmissionUnit = 1000

func (transmission) open(ctx context.Context, s *stage, at seat) (func() (*process, error), error) {
	rpc, err := unusedPort()
	if err != nil {
		return nil, err
	}
	settings, err := json.Marshal(map[string]any{
		"bind-address-ipv4": at.at.Addr().String(), "peer-port": at.at.Port(), "port-forwarding-enabled": false,
		"rpc-bind-address": "127.0.0.1", "rpc-port": json.RawMessage(rpc), "rpc-authentication-required": false,
		"dht-enabled": false, "pex-enabled": false, "lpd-enabled": false,
		"download-dir": at.dir, "incomplete-dir-enabled": false, "preallocation": 0,
		"speed-limit-up-enabled": at.up > 0, "speed-limit-up": at.up / transmissionUnit, "ratio-limit-enabled": false,
		"script-torrent-done-enabled": true, "script-torrent-done-filename": at.hook,
	})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(at.home, "settings.json"), settings, 0o600); err != nil {
		return nil, err
	}
	p, err := s.launch(ctx, within(at.namespace, "transmission-daemon", "--foreground", "--config-dir", at.home, "--log-error")...)
	if err != nil {
		return nil, err
	}
	remote := func(args ...string) error {
		line := within(at.namespace, append([]string{"transmission-remote", "127.0.0.1:" + rpc}, args...)...)
		return command(ctx, line[0], line[1:]...)
	}
	add := func() (*process, error) { return p, remote("--add", at.torrent) }
	return add, until(ctx, startTime, lookEvery, "transmission-daemon", func() (bool, error) {
		err := remote("--list")
		return err == nil, err
	})
}
