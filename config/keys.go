package config

import (
	"math"
	"strings"
	"time"
)

// A key ties a name in the file to a field of a Config.
type key struct {
	key   string
	flag  string // of the command line, where it has one
	help  string // a line or more for the default file
	value value
}

const (
	appName   = "starling"
	envPrefix = "STARLING_"
)

// env is the name of the key's environment variable.
func (k key) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(k.key, ".", "_"))
}

// section is the part of the key before the dot, "" for the node's own.
func (k key) section() string {
	if section, _, found := strings.Cut(k.key, "."); found {
		return section
	}
	return ""
}

// table lists every key with the field of c it belongs to.
func (c *Config) table() []key {
	var table []key
	for _, keys := range [][]key{c.Node.keys(), c.Overlay.keys(), shareKeys(&c.Share), transferKeys(&c.Transfer), queryKeys(&c.Query)} {
		table = append(table, keys...)
	}
	return table
}

func (n *Node) keys() []key {
	return []key{
		{"state", "state", "Folder of the identity key, the catalog and the control socket.\nEach running node has its own.",
			folder{word{&n.StateDir}}},
		{"downloads", "downloads", "Folder for fetched files.",
			folder{word{&n.Downloads}}},
		{"seed_searchable", "", "Let others find by searching what you have fetched. Without it, fetched files\nare served only to those who know their content id.",
			yesNo{&n.SeedSearchable}},
		{"limit_schedule", "", "Limits by day and hour, such as \"mon-fri 09:00,1M; 18:00,0\": entries [DAYS] HH:MM,UP[/DOWN]\nin local time; each holds until the next. Overrules transfer.up and transfer.down;\n'starling limit' overrules it.",
			timetable{&n.LimitSchedule}},
		{"api", "", "Loopback address of the control API and the web UI; port 0 takes a free one,\n\"\" leaves only the socket in the state folder.",
			loopback{word{&n.API}}},
		{"log_level", "", "debug, info, warn or error. Search terms and addresses appear at debug only.",
			oneOf{word{&n.LogLevel}, []string{"debug", "info", "warn", "error"}}},
		{"log_format", "log-format", "text or json.",
			oneOf{word{&n.LogFormat}, []string{"text", "json"}}},
	}
}

func (o *Overlay) keys() []key {
	return []key{
		{"overlay.listen", "listen", "Multiaddrs to listen on, such as \"/ip4/192.0.2.1/tcp/6346\"; tcp/0 takes a free port.\nEmpty: TCP on every interface, at overlay.port.",
			list{&o.Listen}},
		{"overlay.connect", "connect", "Nodes to join through at the start: multiaddrs, HOST or HOST:PORT.",
			list{&o.Connect}},
		{"overlay.lan", "lan", "Find nodes on the local network by multicast DNS (UDP port 5353).",
			yesNo{&o.LAN}},
		{"overlay.static_mesh", "static-mesh", "Keep only the neighbours named by overlay.connect and those that connect.\nFor tests and experiments.",
			yesNo{&o.StaticMesh}},
		{"overlay.port", "", "TCP port where overlay.listen is empty. Where it is taken, the next free one\nis used.",
			number[int]{&o.Port, 1, math.MaxUint16}},
		{"overlay.degree_min", "", "Below this number of neighbours the node looks for more at once.",
			number[int]{&o.DegreeMin, 1, degreeLimit}},
		{"overlay.degree", "", "Number of neighbours to aim at. Each one more brings another copy of most queries.",
			number[int]{&o.Degree, 1, degreeLimit}},
		{"overlay.degree_max", "", "With this many neighbours, further nodes are sent on to others.",
			number[int]{&o.DegreeMax, 1, degreeLimit}},
	}
}

// degreeLimit is what one host can serve: each neighbour costs a connection,
// some 40 KiB of buffers, and a copy of most queries.
const degreeLimit = 1000

// Bounds for tables and budgets: enough for any experiment, too little to take
// a machine's memory by a slip of the finger.
const (
	countLimit  = 1 << 24
	bytesLimit  = 1 << 30
	memoryLimit = 1 << 40
	shortest    = time.Millisecond
)
