package node

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// A guard stands before every route of the control API. On the unix socket the file's mode has already asked who is there, so the guard
// only turns away what a browser sends. On loopback TCP any program and any web page on this machine can knock, so four things must hold:
//
//	Host            names this very listener      (a page whose name was rebound to 127.0.0.1 sends its own name)
//	Origin          absent or this listener       (another site's page sends its own)
//	Sec-Fetch-Site  absent, none or same-origin   (browsers set it, pages cannot)
//	Authorization   Bearer TOKEN                  (only this user can read the token's file)
//
// A ticket in the path does for the token where a player reads a file, see tickets.
//
// No answer ever carries a CORS header, so a page of another origin could not read one either.
type guard struct {
	hosts   map[string]bool // allowed Host values
	token   string          // empty on the unix socket
	tickets *tickets        // nil: none
	next    http.Handler
}

// hostsOf lists the names by which a loopback listener at host:port may be called.
func hostsOf(port string) map[string]bool {
	return map[string]bool{"127.0.0.1:" + port: true, "localhost:" + port: true, "[::1]:" + port: true}
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if status, reason := g.refuse(r); status != 0 {
		writeProblem(w, status, &Problem{Code: CodeRefused, Message: reason})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, bodyMaxBytes)
	g.next.ServeHTTP(w, r)
}

// refuse returns the HTTP status and the reason to turn r away, or 0.
func (g *guard) refuse(r *http.Request) (int, string) {
	switch {
	case !g.hosts[strings.ToLower(r.Host)]:
		return http.StatusForbidden, "this Host is not served here"
	case !g.sameOrigin(r):
		return http.StatusForbidden, "requests from other origins are not served"
	case !sameSite(r):
		return http.StatusForbidden, "requests from other sites are not served"
	case !g.authorised(r) && !g.tickets.admits(r):
		return http.StatusUnauthorized, "a token is needed: Authorization: Bearer TOKEN, where TOKEN stands in the file api.token of the state folder"
	case r.Method != http.MethodGet && r.Method != http.MethodHead && !isJSON(r):
		return http.StatusUnsupportedMediaType, "changes need Content-Type: application/json"
	}
	return 0, ""
}

func (g *guard) sameOrigin(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	host, plain := strings.CutPrefix(strings.ToLower(origins[0]), "http://")
	return len(origins) == 1 && plain && host == strings.ToLower(r.Host) && g.hosts[host]
}

func sameSite(r *http.Request) bool {
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return false
		}
	}
	return true
}

// authorised compares in constant time, so that the time an answer takes says nothing about the token.
func (g *guard) authorised(r *http.Request) bool {
	if g.token == "" {
		return true
	}
	given, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	same := subtle.ConstantTimeCompare([]byte(given), []byte(g.token)) == 1
	return bearer && same && len(r.Header.Values("Authorization")) == 1
}

func isJSON(r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/json")
}
