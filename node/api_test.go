package node

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"starling/config"
)

// testConfig is a node that hears loopback only, with everything it keeps below dir.
func testConfig(dir string) *config.Config {
	c := config.Default()
	c.Node.StateDir = filepath.Join(dir, "state")
	c.Node.Downloads = filepath.Join(dir, "downloads")
	c.Overlay.Listen = []string{"/ip4/127.0.0.1/tcp/0"}
	c.Overlay.LAN = false
	c.Overlay.StaticMesh = true
	c.Share.QuietTime = -1
	return c
}

// startTest runs a node until the test ends and returns it with a client.
func startTest(t *testing.T, o Options) (*Node, *Client) {
	t.Helper()
	n, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the node ended with %v", err)
		}
	})
	select {
	case <-n.Ready():
	case err := <-ended:
		ended <- err
		t.Fatalf("the node did not start: %v", err)
	}
	client, err := Dial(o.Config.Node.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return n, client
}

// TestAPIWithoutToken asks for every route on the loopback port without the token, and with wrong ones: nothing is read, nothing changes.
func TestAPIWithoutToken(t *testing.T) {
	c := testConfig(t.TempDir())
	n, client := startTest(t, Options{Config: c})
	status, err := client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range n.table() {
		method, path, _ := strings.Cut(r.pattern, " ")
		path = strings.Replace(path, "{id}", strings.Repeat("ab", 32), 1)
		for _, token := range []string{"", "Bearer", "Bearer " + strings.Repeat("0", 64), "Basic Og=="} {
			for _, m := range []string{method, "GET", "POST", "PUT", "DELETE", "OPTIONS"} {
				request, _ := http.NewRequest(m, status.HTTP+path, strings.NewReader(`{"expression":"x","path":"/","targets":["1"],"searchable":true}`))
				request.Header.Set("Content-Type", "application/json")
				setHeader(request, "Authorization", token)
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(response.Body)
				response.Body.Close()
				if response.StatusCode != http.StatusUnauthorized || strings.Contains(string(body), status.ID) {
					t.Errorf("%s %s with %q: %d %s", m, path, token, response.StatusCode, body)
				}
			}
		}
	}
	after, err := client.Status(t.Context())
	if err != nil || after.Searchable != nil {
		t.Errorf("something changed: %+v, %v", after, err)
	}
}

// TestAPIWithToken: the same port answers whoever holds the token, over plain HTTP as documented.
func TestAPIWithToken(t *testing.T) {
	c := testConfig(t.TempDir())
	_, client := startTest(t, Options{Config: c})
	status, err := client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	token, err := os.ReadFile(filepath.Join(c.Node.StateDir, runDir, tokenName))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path, body string) (int, string) {
		request, _ := http.NewRequest(method, status.HTTP+path, strings.NewReader(body))
		request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(text)
	}
	for _, c := range []struct {
		method, path, body string
		code               int
		holds              string
	}{
		{"GET", "/v1/status", "", 200, status.ID},
		{"GET", "/v1/shares", "", 200, "[]"},
		{"GET", "/v1/nothing", "", 404, `"code":"not_found"`},
		{"PUT", "/v1/status", "{}", 404, "there is no PUT"},
		{"POST", "/v1/search", "", 400, `"code":"usage"`},
		{"POST", "/v1/search", `{"expression":"x"} {}`, 400, "more than one"},
		{"POST", "/v1/search", `{"expresion":"x"}`, 400, "expresion"},
		{"POST", "/v1/search", `{"expression":"\"open"}`, 400, `"code":"usage"`},
		{"POST", "/v1/search", `{"expression":"x","strategy":"dynamic"}`, 400, "not there yet"},
		{"POST", "/v1/downloads", `{"targets":["1"],"dir":"relative"}`, 400, "absolute"},
		{"POST", "/v1/downloads", `{"targets":["1"]}`, 404, "no search"},
		{"POST", "/v1/shares", `{"path":"relative"}`, 400, "absolute"},
		{"POST", "/v1/downloads/change", `{"order":"explode","selectors":["1"]}`, 400, "pause, resume or cancel"},
		{"POST", "/v1/limits", `{"up_bytes_per_s":-1}`, 400, "-1"},
		{"POST", "/v1/limits", `{"up_bytes_per_s":4096}`, 200, `"up_bytes_per_s":4096,"down_bytes_per_s":0`},
		{"POST", "/v1/limits", strings.Repeat(" ", bodyMaxBytes+1), 400, "too large"},
		{"GET", "/v1/downloads/xyz/events", "", 400, "content id"},
		{"GET", "/v1/downloads/" + strings.Repeat("ab", 32) + "/events", "", 404, "no download"},
	} {
		if code, text := ask(c.method, c.path, c.body); code != c.code || !strings.Contains(text, c.holds) {
			t.Errorf("%s %s %.60s: %d %s", c.method, c.path, c.body, code, text)
		}
	}
}

// TestAPIPrivate: what the API leaves in the state folder is its owner's alone, and gone when the node is.
func TestAPIPrivate(t *testing.T) {
	dir := t.TempDir()
	c := testConfig(dir)
	t.Run("running", func(t *testing.T) {
		startTest(t, Options{Config: c})
		err := filepath.WalkDir(c.Node.StateDir, func(path string, entry os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if runtime.GOOS != "windows" && err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has mode %04o", path, info.Mode().Perm())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	left, err := os.ReadDir(filepath.Join(c.Node.StateDir, runDir))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := Dial(c.Node.StateDir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("dialling a node that has gone: %v", err)
	}
}

// TestAPILoopbackOnly: an address that others could reach is refused before anything starts.
func TestAPILoopbackOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
		c := testConfig(t.TempDir())
		c.Node.API = address
		n, err := New(Options{Config: c})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if err := n.Run(ctx); err == nil || !strings.Contains(err.Error(), "loopback") {
			t.Errorf("%s: %v", address, err)
		}
		cancel()
		if Busy(c.Node.StateDir) {
			t.Errorf("%s: the failed start kept the lock", address)
		}
	}
}

// TestAPILongPath: where the state folder's path is too long for a socket, clients come in by loopback and token without noticing.
func TestAPILongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	c := testConfig(dir)
	c.Node.API = ""
	_, client := startTest(t, Options{Config: c})
	status, err := client.Status(t.Context())
	if err != nil || !strings.HasPrefix(status.API, "http://127.0.0.1:") {
		t.Errorf("api %q, %v", status.API, err)
	}
}

// TestAPISlowClients: connections that say nothing are closed, and others are answered meanwhile.
func TestAPISlowClients(t *testing.T) {
	c := testConfig(t.TempDir())
	_, client := startTest(t, Options{Config: c})
	status, err := client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(status.HTTP, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET /v1/status HTTP/1.1\r\nHost: ")); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Status(t.Context()); err != nil {
		t.Error(err)
	}
	conn.SetReadDeadline(time.Now().Add(4 * headerWait))
	if _, err := bufio.NewReader(conn).ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a silent connection was not closed: %v", err)
	}
}

func TestSecondNode(t *testing.T) {
	c := testConfig(t.TempDir())
	startTest(t, Options{Config: c})
	second, err := New(Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	var busy *BusyError
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := second.Run(ctx); !errors.As(err, &busy) || busy.PID != os.Getpid() {
		t.Errorf("a second node on the folder: %v", err)
	}
}

// TestSearchable: nobody was asked, then the owner's word holds and outlives the node; a word for one run goes before it.
func TestSearchable(t *testing.T) {
	c := testConfig(t.TempDir())
	want := func(t *testing.T, o Options, say *bool, want string) {
		t.Helper()
		t.Run(want, func(t *testing.T) {
			_, client := startTest(t, o)
			if say != nil {
				if err := client.SetSearchable(t.Context(), *say); err != nil {
					t.Fatal(err)
				}
			}
			status, err := client.Status(t.Context())
			got, _ := json.Marshal(status.Searchable)
			if err != nil || string(got) != want {
				t.Errorf("searchable %s, %v; want %s", got, err, want)
			}
		})
	}
	yes, no := true, false
	want(t, Options{Config: c}, nil, "null")
	want(t, Options{Config: c}, &yes, "true")
	want(t, Options{Config: c}, nil, "true")
	want(t, Options{Config: c, Searchable: &no}, nil, "false")
}

func TestNodeAmong(t *testing.T) {
	known := []string{"12D3KooWAAAbbbccc", "12D3KooWBBBbbbddd", "12D3KooWBBBbbbddd"}
	for word, want := range map[string]string{
		"12D3KooWAAAbbbccc": known[0], "bbbccc": known[0], "bbbddd": known[1], "12D3KooWB": known[1],
		"12D3Koo": "", "ccc": "", "nobody1": "", "": "",
	} {
		if got, err := nodeAmong(known, word); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", word, got, err)
		}
	}
}

func TestDiagnose(t *testing.T) {
	c := testConfig(t.TempDir())
	results := func() (out []string) {
		for _, check := range Diagnose(t.Context(), c) {
			out = append(out, check.Name+" "+check.Result)
		}
		return out
	}
	if got := results(); !slices.Contains(got, "node warn") || !slices.Contains(got, "state folder ok") {
		t.Errorf("without a node: %q", got)
	}
	if _, err := os.Stat(c.Node.StateDir); err == nil {
		t.Error("looking made a state folder")
	}
	t.Run("running", func(t *testing.T) {
		startTest(t, Options{Config: c})
		if got := results(); !slices.Contains(got, "node ok") || !slices.Contains(got, "identity ok") || !slices.Contains(got, "neighbours warn") {
			t.Errorf("with a node: %q", got)
		}
	})
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(filepath.Join(c.Node.StateDir, identityName), 0o644); err != nil {
		t.Fatal(err)
	}
	os.Chmod(c.Node.StateDir, 0o755)
	future := time.Now().Add(48 * time.Hour)
	os.Chtimes(filepath.Join(c.Node.StateDir, identityName), future, future)
	got := results()
	for _, want := range []string{"identity fail", "state folder warn", "clock fail"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
}

// TestAPIDocumented: the manual's table lists every route, and only those.
func TestAPIDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "control-api.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	n, err := New(Options{Config: testConfig(t.TempDir())})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range n.table() {
		line := "| `" + strings.NewReplacer("{id}", "ID", "{target}", "TARGET", "{ticket}", "TICKET", "{name}", "NAME").Replace(r.pattern) + "` |"
		if !strings.Contains(text, line) {
			t.Errorf("docs/control-api.md has no line %s", line)
		}
	}
	if lines := regexp.MustCompile("(?m)^\\| `[A-Z]+ /").FindAllString(text, -1); len(lines) != len(n.table()) {
		t.Errorf("docs/control-api.md has %d routes, there are %d", len(lines), len(n.table()))
	}
}
