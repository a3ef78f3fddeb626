package config

import (
	"path/filepath"

	"github.com/adrg/xdg"

	"starling/query"
	"starling/share"
	"starling/transfer"
)

// Config is everything an owner can set: the sum of the packages' Options and
// the fields of the node and the overlay. Make one with Default or Load.
type Config struct {
	Node     Node
	Overlay  Overlay
	Share    share.Options
	Transfer transfer.Options
	Query    query.Options

	sources map[string]Origin // of the keys that are not at their default
}

// Node holds what concerns the node as a whole. Its keys have no section.
type Node struct {
	// StateDir is the folder of the identity key, the catalog, the downloads'
	// records, the host cache and the control socket: one running node each.
	// Default: the XDG state folder.
	StateDir string
	// Downloads is the folder for files fetched without --to. Default:
	// Starling in the user's download folder.
	Downloads string
	// SeedSearchable makes fetched files turn up in others' searches. Without it
	// they are still served to whoever knows their content id. Default false:
	// what somebody fetched is their own affair until they say otherwise.
	SeedSearchable bool
	// LimitSchedule changes the limits of package transfer by day and hour. None
	// by default; 'starling limit' overrules it.
	LimitSchedule Timetable
	// API is the loopback TCP address of the control API and the web UI, beside
	// the unix socket. Port 0 takes a free one; "" leaves only the socket.
	// Default 127.0.0.1:0.
	API string
	// LogLevel is debug, info, warn or error. Default info; debug also logs
	// search terms and addresses.
	LogLevel string
	// LogFormat is text or json. Default text.
	LogFormat string
}

// Overlay holds what concerns the mesh of nodes.
type Overlay struct {
	// Listen lists the multiaddrs to listen on. Empty: TCP on every interface,
	// at Port.
	Listen []string
	// Connect lists the nodes to join through at the start: multiaddrs, HOST or
	// HOST:PORT. Default none.
	Connect []string
	// LAN lets nodes of the local network find each other by multicast DNS.
	// Default true; false is for tests and for networks that forbid it.
	LAN bool
	// StaticMesh keeps exactly the neighbours named by Connect and those that
	// connect to us: nothing is discovered, added or dropped. Default false.
	StaticMesh bool
	// Port is the TCP port when Listen is empty. Where it is taken, the next
	// free one is used. Default 6346, Gnutella's own.
	Port int
	// DegreeMin is the number of neighbours below which the node looks for more
	// at once. Default 4; fewer make the mesh fall apart under churn.
	DegreeMin int
	// Degree is how many neighbours the node aims at. Default 8; each one more
	// brings another copy of most queries.
	Degree int
	// DegreeMax is when further nodes are sent on to others. Default 12.
	DegreeMax int
}

// Default is the configuration of a node about which nothing was said.
func Default() *Config {
	return &Config{
		Node: Node{
			StateDir:  filepath.Join(xdg.StateHome, appName),
			Downloads: filepath.Join(xdg.UserDirs.Download, "Starling"),
			API:       "127.0.0.1:0",
			LogLevel:  "info",
			LogFormat: "text",
		},
		Overlay: Overlay{
			LAN:       true,
			Port:      6346,
			DegreeMin: 4,
			Degree:    8,
			DegreeMax: 12,
		},
		Share:    share.DefaultOptions(),
		Transfer: transfer.DefaultOptions(),
		Query:    query.DefaultOptions(),
	}
}
