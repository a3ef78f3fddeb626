package torrent

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMakeAsTheSpecificationHasIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Make(path, "http://h/announce")
	if err != nil {
		t.Fatal(err)
	}
	// The SHA-1 of abc is the example of FIPS 180.
	want := "d8:announce17:http://h/announce4:infod6:lengthi3e4:name6:a file12:piece lengthi32768e6:pieces20:" +
		"\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d" + "7:privatei1eee"
	if string(got) != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestPiecesAreCountedUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, make([]byte, 2*PieceBytes(0)+1), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Make(path, "http://h/announce")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(got), "6:pieces60:") {
		t.Errorf("not three pieces: %q", got[:80])
	}
}

func announce(t *testing.T, tr *Tracker, from, query string) (int, string) {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/announce?"+query, nil)
	r.RemoteAddr = from
	tr.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestTrackerTellsOfOthers(t *testing.T) {
	var tr Tracker
	const head = "d8:intervali5e12:min intervali5e5:peers"
	if _, got := announce(t, &tr, "10.1.2.3:50001", "port=6881&left=7"); got != head+"0:e" {
		t.Errorf("the first one is told %q", got)
	}
	if _, got := announce(t, &tr, "10.1.2.4:50002", "port=6881&left=0&uploaded=9"); got != head+"6:\x0a\x01\x02\x03\x1a\xe1e" {
		t.Errorf("the second one is told %q", got)
	}
	announce(t, &tr, "10.1.2.3:50003", "port=6881&left=0&uploaded=5&event=stopped")
	want := map[netip.AddrPort]Peer{netip.MustParseAddrPort("10.1.2.3:6881"): {5, 0}, netip.MustParseAddrPort("10.1.2.4:6881"): {9, 0}}
	if seen := tr.Seen(); !maps.Equal(seen, want) {
		t.Errorf("seen %v", seen)
	}
	if code, _ := announce(t, &tr, "10.1.2.3:50004", "port=70000"); code != http.StatusBadRequest {
		t.Errorf("a port that is none: %d", code)
	}
}
