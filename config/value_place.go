package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/adrg/xdg"
)

// folder is a path, made absolute.
type folder struct{ word }

func (f folder) set(raw any, dir string) error {
	var path string
	if err := setText(&path, raw); err != nil {
		return err
	}
	switch {
	case path == "":
		return errors.New("an empty path; name a folder")
	case path == "~" || strings.HasPrefix(path, "~/"):
		path = filepath.Join(xdg.Home, path[1:])
	case !filepath.IsAbs(path):
		path = filepath.Join(dir, path)
	}
	path, err := filepath.Abs(path)
	*f.field = path
	return err
}

// loopback is a TCP address that only this machine reaches, or nothing.
type loopback struct{ word }

func (l loopback) set(raw any, _ string) error {
	var addr string
	if err := setText(&addr, raw); err != nil {
		return err
	}
	if addr != "" && !isLoopback(addr) {
		return fmt.Errorf("%q is no loopback address with a port, such as 127.0.0.1:8346; others must not reach the control API", addr)
	}
	*l.field = addr
	return nil
}

func isLoopback(addr string) bool {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}
