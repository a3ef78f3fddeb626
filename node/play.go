package node

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"starling/transfer"
)

// Players cannot send the API's token, so the owner's client asks for a ticket: an address with 256 random bits in it that is good for reading
// one file and nothing else, on loopback only, until nobody has used it for ticketLife or the node stops.
const (
	playPath   = "/play/"
	ticketsMax = 256
	ticketLife = 12 * time.Hour
)

// tickets are the addresses given out. They are kept by the hash of their secret, so that the time of a look-up says nothing about it.
type tickets struct {
	mu     sync.Mutex // guards byHash
	byHash map[[32]byte]*ticket
}

type ticket struct {
	request transfer.Request
	used    time.Time
}

// issue makes a ticket. The one that was unused for longest goes when there are too many.
func (t *tickets) issue(request transfer.Request, now time.Time) (secret string) {
	var raw [32]byte
	rand.Read(raw[:]) // never fails
	secret = hex.EncodeToString(raw[:])
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byHash == nil {
		t.byHash = make(map[[32]byte]*ticket)
	}
	if len(t.byHash) >= ticketsMax {
		t.dropOldest()
	}
	t.byHash[sha256.Sum256([]byte(secret))] = &ticket{request, now}
	return secret
}

func (t *tickets) dropOldest() {
	var oldest [32]byte
	var at time.Time
	for hash, k := range t.byHash {
		if at.IsZero() || k.used.Before(at) {
			oldest, at = hash, k.used
		}
	}
	delete(t.byHash, oldest)
}

// use gives what a ticket is good for.
func (t *tickets) use(secret string, now time.Time) (transfer.Request, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	hash := sha256.Sum256([]byte(secret))
	k := t.byHash[hash]
	if k == nil {
		return transfer.Request{}, false
	}
	if now.Sub(k.used) > ticketLife {
		delete(t.byHash, hash)
		return transfer.Request{}, false
	}
	k.used = now
	return k.request, true
}

// admits tells whether a request carries a ticket instead of the token: it reads, below playPath, and the ticket is good.
func (t *tickets) admits(r *http.Request) bool {
	rest, below := strings.CutPrefix(r.URL.Path, playPath)
	if t == nil || !below || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	secret, _, _ := strings.Cut(rest, "/")
	_, good := t.use(secret, time.Now())
	return good
}

// play gives out an address for a player.
func (n *Node) play(ctx context.Context, r PlayRequest) (Play, error) {
	request, err := n.contentRequest(ctx, r.Target)
	if err != nil {
		return Play{}, err
	}
	base := n.server.endpoint().http()
	if base == "" {
		return Play{}, &Problem{Code: CodeFailed, Message: "the node has no HTTP port (the setting api is off), so no player can reach it; use 'starling cat'"}
	}
	request.Linger = playLinger
	kind, _ := contentType(request.Name)
	secret := n.tickets.issue(request, time.Now())
	return Play{
		Type: "play", ID: request.ID.String(), Name: request.Name, SizeBytes: request.SizeBytes, ContentType: kind,
		URL: base + playPath + secret + "/" + url.PathEscape(path.Base(request.Name)),
	}, nil
}

// servePlay answers a player.
func (n *Node) servePlay(w http.ResponseWriter, r *http.Request) {
	request, good := n.tickets.use(r.PathValue("ticket"), time.Now())
	if !good {
		writeFailure(w, notFound("this address is no longer good; 'starling play' prints a new one"))
		return
	}
	n.serveContent(w, r, request)
}
