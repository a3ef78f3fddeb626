package content

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxMagnetBytes = 8 << 10 // a link is pasted by hand: no chat or shell carries more
	maxNameBytes   = 1 << 10 // four times what file systems take
	maxNodes       = 16      // addresses to try first; searching finds the rest
	maxNodeBytes   = 512     // the longest real multiaddr is half of it
)

const (
	magnetPrefix = "magnet:?"
	idPrefix     = "urn:blake3:"
)

// ErrBadMagnet says that a text is not a magnet link Starling can use.
var ErrBadMagnet = errors.New("not a usable magnet link")

// Magnet is a link to a file: magnet:?xt=urn:blake3:<64 hex>&xl=<bytes>
// &dn=<name>&x.node=<multiaddr>, everything but xt being optional.
type Magnet struct {
	ID        ID
	Name      string   // a stranger's word: show and store it only through package share
	SizeBytes int64    // 0 when not told
	Nodes     []string // multiaddrs ending in /p2p/<node>, of nodes that may hold the file
}

// ParseMagnet reads a link. Parameters it does not know, and content ids of
// other kinds, are passed over. The error is ErrBadMagnet with the reason.
func ParseMagnet(s string) (Magnet, error) {
	if len(s) > maxMagnetBytes {
		return Magnet{}, bad("longer than %d bytes", maxMagnetBytes)
	}
	if len(s) < len(magnetPrefix) || !strings.EqualFold(s[:len(magnetPrefix)], magnetPrefix) {
		return Magnet{}, bad("it does not begin with %q", magnetPrefix)
	}
	values, err := url.ParseQuery(s[len(magnetPrefix):])
	if err != nil {
		return Magnet{}, bad("%v", err)
	}
	var m Magnet
	for _, read := range []func(url.Values) error{m.readID, m.readSize, m.readName, m.readNodes} {
		if err := read(values); err != nil {
			return Magnet{}, err
		}
	}
	return m, nil
}

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrBadMagnet, fmt.Sprintf(format, args...))
}

func (m *Magnet) readID(values url.Values) error {
	found := false
	for _, xt := range values["xt"] {
		if len(xt) < len(idPrefix) || !strings.EqualFold(xt[:len(idPrefix)], idPrefix) {
			continue
		}
		id, err := ParseID(xt[len(idPrefix):])
		if err != nil {
			return bad("%v", err)
		}
		if found && id != m.ID {
			return bad("it names two different content ids")
		}
		m.ID, found = id, true
	}
	if !found {
		return bad("it has no xt=%s<64 hexadecimal digits>", idPrefix)
	}
	return nil
}

func (m *Magnet) readSize(values url.Values) error {
	if !values.Has("xl") {
		return nil
	}
	size, err := strconv.ParseInt(values.Get("xl"), 10, 64)
	if err != nil || size < 0 || size > MaxSizeBytes {
		return bad("xl must be a size of 0 to %d bytes", MaxSizeBytes)
	}
	m.SizeBytes = size
	return nil
}

func (m *Magnet) readName(values url.Values) error {
	m.Name = values.Get("dn")
	if len(m.Name) > maxNameBytes || !utf8.ValidString(m.Name) {
		return bad("dn must be a name of at most %d bytes in UTF-8", maxNameBytes)
	}
	return nil
}

func (m *Magnet) readNodes(values url.Values) error {
	nodes := values["x.node"]
	if len(nodes) > maxNodes {
		return bad("more than %d nodes", maxNodes)
	}
	for _, node := range nodes {
		if !plausibleNode(node) {
			return bad("x.node must be an address like /ip4/192.0.2.1/tcp/6346/p2p/<node>")
		}
	}
	m.Nodes = nodes
	return nil
}

// plausibleNode checks the shape only: addresses are the overlay's matter.
func plausibleNode(s string) bool {
	if len(s) > maxNodeBytes || !strings.HasPrefix(s, "/") || !strings.Contains(s, "/p2p/") {
		return false
	}
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// String writes the link. ParseMagnet reads it back to the same value if the
// value is within ParseMagnet's limits.
func (m Magnet) String() string {
	var b strings.Builder
	b.WriteString(magnetPrefix + "xt=" + idPrefix + m.ID.String())
	if m.SizeBytes > 0 {
		b.WriteString("&xl=" + strconv.FormatInt(m.SizeBytes, 10))
	}
	if m.Name != "" {
		b.WriteString("&dn=" + escape(m.Name))
	}
	for _, node := range m.Nodes {
		b.WriteString("&x.node=" + escape(node))
	}
	return b.String()
}

// escape makes a query value that other magnet readers take as well: %20 for a
// space rather than +, and slashes and colons left readable.
var unescaped = strings.NewReplacer("+", "%20", "%2F", "/", "%3A", ":")

func escape(s string) string { return unescaped.Replace(url.QueryEscape(s)) }
