package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"starling/transfer"
)

// numbered is a text whose every part is different.
func numbered(bytes int) string {
	var b strings.Builder
	for i := 0; b.Len() < bytes; i++ {
		sum := sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
		b.Write(sum[:])
	}
	return b.String()[:bytes]
}

// A reply is an answer with all of its body.
type reply struct {
	*http.Response
	body string
}

// ask sends a request to the node's loopback port, without the token.
func ask(t *testing.T, method, address string, header ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("after %d bytes: %v", len(b), err)
	}
	return reply{response, string(b)}
}

// TestContentRanges: a player's requests, for a file that is shared and for one that is fetched as it is read.
func TestContentRanges(t *testing.T) {
	text := numbered(900_000)
	_, asker, holding, asking := pair(t, map[string]string{"film.mkv": text})
	row := rowsFor(t, asking, "film")["film.mkv"]
	for who, client := range map[string]*Client{"holder": holding, "asker": asking} {
		target := row.ID
		if who == "asker" {
			target = "1"
		}
		p, err := client.Play(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		etag := `"` + row.ID + `"`
		for _, c := range []struct {
			method string
			header []string
			status int
			from   int
			to     int
		}{
			{"GET", nil, 200, 0, len(text)},
			{"HEAD", nil, 200, 0, 0},
			{"GET", []string{"Range", "bytes=0-0"}, 206, 0, 1},
			{"GET", []string{"Range", "bytes=700000-"}, 206, 700_000, len(text)},
			{"GET", []string{"Range", "bytes=-100"}, 206, len(text) - 100, len(text)},
			{"GET", []string{"Range", "bytes=262140-262150"}, 206, 262_140, 262_151},
			{"GET", []string{"Range", "bytes=900000-"}, 416, 0, 0},
			{"GET", []string{"Range", "bytes=0-1,5-6"}, 200, 0, len(text)},
			{"GET", []string{"Range", "bytes=5-6", "If-Range", etag}, 206, 5, 7},
			{"GET", []string{"Range", "bytes=5-6", "If-Range", `"other"`}, 200, 0, len(text)},
			{"GET", []string{"If-None-Match", etag}, 304, 0, 0},
		} {
			r := ask(t, c.method, p.URL, c.header...)
			if r.StatusCode != c.status {
				t.Fatalf("%s: %s %q: %s %s", who, c.method, c.header, r.Status, r.body)
			}
			if c.status < 300 && c.method == "GET" && r.body != text[c.from:c.to] {
				t.Errorf("%s: %q: %d bytes, want %d", who, c.header, len(r.body), c.to-c.from)
			}
			if c.status < 300 && (r.Header.Get("Etag") != etag || r.Header.Get("Accept-Ranges") != "bytes" || r.Header.Get("Content-Type") != "video/x-matroska") {
				t.Errorf("%s: header %v", who, r.Header)
			}
			if c.method == "HEAD" && r.ContentLength != int64(len(text)) {
				t.Errorf("%s: length %d", who, r.ContentLength)
			}
		}
	}
	if d := asker.downloads(); len(d) != 1 || !d[0].Cached || len(asker.library.Roots()) != 0 {
		t.Errorf("the asker's list: %+v", d)
	}
	if entries, _ := os.ReadDir(asker.config.Node.Downloads); len(entries) > 0 {
		t.Error("reading left something in the download folder")
	}
}

// TestContentByClient: the client reads rows, ids and links, whole and in part, and is told why when there is nothing to read.
func TestContentByClient(t *testing.T) {
	text := numbered(600_000)
	_, asker, holding, asking := pair(t, map[string]string{"a b?.txt": text})
	row := rowsFor(t, asking, "ext:txt")["a b?.txt"]
	link, err := holding.Link(t.Context(), row.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"1", "S1.1", row.ID[:12], link.Magnet} {
		c, err := asking.Content(t.Context(), target, "300000-")
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		if got, err := io.ReadAll(c); string(got) != text[300_000:] || err != nil || c.ID != row.ID || c.Name == "" {
			t.Errorf("%s: %d bytes, %v, %q", target, len(got), err, c.Name)
		}
		c.Close()
	}
	for _, c := range []struct {
		target, part string
		code         Code
	}{
		{"7", "", CodeNotFound}, {"1-2", "", CodeUsage}, {"nonsense", "", CodeUsage}, {"", "", CodeNotFound},
		{"1", "600000-", CodeUsage}, {"1", "x", CodeUsage},
	} {
		content, err := asking.Content(t.Context(), c.target, c.part)
		var problem *Problem
		if !errors.As(err, &problem) || problem.Code != c.code {
			t.Errorf("%q %q: %v", c.target, c.part, err)
		}
		if err == nil {
			content.Close()
		}
	}
	if len(asker.downloads()) == 0 {
		t.Error("the cache has gone at once")
	}
}

// TestContentClientLeaves: a client that closes its connection stops what was fetched for it.
func TestContentClientLeaves(t *testing.T) {
	holder, asker, holding, asking := pair(t, map[string]string{"film.mkv": numbered(6_000_000)})
	slow := int64(500_000)
	if _, err := holding.Limit(t.Context(), Limits{Up: &slow}); err != nil {
		t.Fatal(err)
	}
	rowsFor(t, asking, "film")
	ctx, cancel := context.WithCancel(t.Context())
	c, err := asking.Content(ctx, "1", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	slow = 4096 // the next group would take a minute
	if _, err := holding.Limit(t.Context(), Limits{Up: &slow}); err != nil {
		t.Fatal(err)
	}
	cancel()
	c.Close()
	eventually(t, "the cached download rests", func() bool {
		d := asker.downloads()
		return len(d) == 1 && d[0].State == string(transfer.Paused)
	})
	eventually(t, "the holder serves nobody", func() bool { return len(holder.uploads()) == 0 })
	if d := asker.downloads()[0]; d.HaveBytes > 5_000_000 {
		t.Errorf("it has %d bytes", d.HaveBytes)
	}
}

// TestContentIsHarmless: whatever its name, a file is no page of the API's origin.
func TestContentIsHarmless(t *testing.T) {
	_, _, holding, _ := pair(t, map[string]string{"x.html": "<script>fetch('/v1/status')</script>", "y.svg": "<svg/>", "z": "<html>", "song.mp3": "<html> ", "p.pdf": "%PDF"})
	for _, entry := range []struct{ name, kind, disposition string }{
		{"x.html", "application/octet-stream", "attachment"}, {"y.svg", "application/octet-stream", "attachment"},
		{"z", "application/octet-stream", "attachment"}, {"p.pdf", "application/octet-stream", "attachment"}, {"song.mp3", "audio/mpeg", "inline"},
	} {
		link, err := holding.Link(t.Context(), "music/"+entry.name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := holding.Play(t.Context(), link.ID)
		if err != nil {
			t.Fatal(err)
		}
		r := ask(t, "GET", p.URL)
		h := r.Header
		if h.Get("Content-Type") != entry.kind || !strings.HasPrefix(h.Get("Content-Disposition"), entry.disposition) {
			t.Errorf("%s: %v", entry.name, h)
		}
		policy := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "sandbox; default-src 'none'") || strings.Contains(policy, "allow-") || len(h.Values("Content-Security-Policy")) != 1 ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s: %v", entry.name, h)
		}
		for name := range h {
			if strings.HasPrefix(name, "Access-Control") {
				t.Errorf("%s: %s", entry.name, name)
			}
		}
	}
}

// TestTicketMatrix: a ticket reads its own file by GET and HEAD, from this very origin, and opens nothing else.
func TestTicketMatrix(t *testing.T) {
	_, asker, _, asking := pair(t, map[string]string{"film.mkv": "moving", "other.mkv": "secret"})
	rows := rowsFor(t, asking, "mkv")
	p, err := asking.Play(t.Context(), rows["film.mkv"].ID)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.Split(u.Path, "/")[2]
	if u.Hostname() != "127.0.0.1" || len(secret) != 64 {
		t.Fatalf("the address is %s", p.URL)
	}
	base := "http://" + u.Host
	almost := secret[:63] + map[bool]string{true: "1", false: "0"}[secret[63] == '0']
	for _, c := range []struct {
		method, address string
		header          []string
		status          int
	}{
		{"GET", p.URL, nil, 200},
		{"GET", base + "/play/" + secret + "/any%20name", nil, 200},
		{"HEAD", p.URL, nil, 200},
		{"GET", p.URL, []string{"Origin", base, "Sec-Fetch-Site", "same-origin"}, 200},
		{"GET", p.URL, []string{"Sec-Fetch-Site", "none"}, 200},
		{"GET", p.URL, []string{"Origin", "http://evil.example"}, 403},
		{"GET", p.URL, []string{"Origin", "null"}, 403},
		{"GET", p.URL, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"GET", p.URL, []string{"Host", "evil.example:" + u.Port()}, 403},
		{"POST", p.URL, []string{"Content-Type", "application/json"}, 401},
		{"DELETE", p.URL, []string{"Content-Type", "application/json"}, 401},
		{"OPTIONS", p.URL, []string{"Content-Type", "application/json"}, 401},
		{"GET", base + "/play/" + almost + "/f", nil, 401},
		{"GET", base + "/play/" + strings.ToUpper(secret) + "/f", nil, 401},
		{"GET", base + "/play//f", nil, 401},
		{"GET", base + "/play/" + secret, nil, 404},
		{"GET", base + "/play/" + secret + "/a/b", nil, 404},
		{"GET", base + "/play/" + secret + "/..%2f..%2f..%2fv1%2fstatus", nil, 200}, // only a name
		{"GET", base + "/v1/status?ticket=" + secret, nil, 401},
		{"GET", base + "/v1/status", []string{"Authorization", "Bearer " + secret}, 401},
		{"GET", base + "/v1/content/" + rows["film.mkv"].ID, nil, 401},
		{"GET", base + "/v1/content/" + rows["other.mkv"].ID, []string{"Authorization", "Bearer " + secret}, 401},
	} {
		r := ask(t, c.method, c.address, c.header...)
		if r.StatusCode != c.status || c.status == 200 && c.method == "GET" && r.body != "moving" {
			t.Errorf("%s %s %q: %s %s", c.method, strings.TrimPrefix(c.address, base), c.header, r.Status, r.body)
		}
	}
	// A path that climbs out is sent elsewhere, where the ticket is none.
	r := ask(t, "GET", base+"/play/"+secret+"/../../v1/status")
	if r.StatusCode < 300 || strings.Contains(r.body, asker.identity.ID()) {
		t.Errorf("climbing: %s %s", r.Status, r.body)
	}
}

// TestTicketsEnd: unused for long enough they are no good any more, and there are never too many.
func TestTicketsEnd(t *testing.T) {
	var all tickets
	now := time.Now()
	first := all.issue(transfer.Request{Name: "first"}, now)
	second := all.issue(transfer.Request{Name: "second"}, now)
	if q, good := all.use(first, now.Add(ticketLife)); !good || q.Name != "first" {
		t.Errorf("in time: %v %v", q, good)
	}
	if _, good := all.use(second, now.Add(ticketLife+time.Second)); good {
		t.Error("good after its life")
	}
	for range ticketsMax {
		all.issue(transfer.Request{}, now.Add(2*ticketLife))
	}
	if _, good := all.use(first, now.Add(ticketLife)); good || len(all.byHash) > ticketsMax {
		t.Errorf("%d tickets, the oldest is good: %v", len(all.byHash), good)
	}
	if all.admits(httptest.NewRequest("GET", "/v1/status", bytes.NewReader(nil))) || (*tickets)(nil).admits(httptest.NewRequest("GET", "/play/x/y", nil)) {
		t.Error("admits without a ticket")
	}
}
