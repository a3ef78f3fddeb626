package latency

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func mustRead(t testing.TB, text string) *Matrix {
	t.Helper()
	m, err := readMatrix(strings.NewReader(text), "matrix")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A delay is half a round trip; of two directions it is their mean; nothing is
// faster than the least, and the diagonal says nothing.
func TestMatrix(t *testing.T) {
	const text = "7\t10\t300.5\r\n30\t0\t0.2\r\n 300.5 \t0.2\t0"
	for name, text := range map[string]string{"plain": text, "with an end": text + "\r\n", "gzip": zipped(t, text)} {
		m := mustRead(t, text)
		want := []time.Duration{
			least, 10 * time.Millisecond, 150_250 * time.Microsecond,
			10 * time.Millisecond, least, least,
			150_250 * time.Microsecond, least, least,
		}
		if m.Sites() != 3 {
			t.Fatalf("%s: %d sites", name, m.Sites())
		}
		for i, d := range want {
			if got := m.Between(i/3, i%3); got != d {
				t.Errorf("%s: %d to %d takes %v, want %v", name, i/3, i%3, got, d)
			}
		}
	}
	if m := mustRead(t, "0\n"); m.Sites() != 1 || m.Place(dice(1)).Delay(1, 2) != least {
		t.Errorf("one site: %+v", m)
	}
}

func TestReadMatrixRefuses(t *testing.T) {
	for _, c := range []struct{ text, reason string }{
		{"", "is empty"},
		{"\n", "line 1: column 1"},
		{"0\t1\n1\t0\n\n", "line 3: more lines than the 2 columns"},
		{"0\t1\n1\t0\n2\t3\n", "line 3: more lines than the 2 columns"},
		{"0\t1\n", "ends after line 1"},
		{"0\t1\n1\n", "line 2: 1 columns, but 2"},
		{"0\t1\n1\t0\t2\n", "line 2: 3 columns, but 2"},
		{"0\t1\n1\tx\n", `line 2: column 2: "x"`},
		{"0\t1\n-1\t0\n", `line 2: column 1: "-1"`},
		{"0\tNaN\n1\t0\n", `line 1: column 2: "NaN"`},
		{"0\tInf\n1\t0\n", `line 1: column 2: "Inf"`},
		{"0\t1e999\n1\t0\n", `line 1: column 2: "1e999"`},
		{"0\t3600001\n1\t0\n", `line 1: column 2: "3600001"`},
		{"0\t\n1\t0\n", `line 1: column 2: ""`},
		{"0 1\n1 0\n", `line 1: column 1: "0 1"`},
		{"\x00\x00\x00", "line 1: column 1"},
		{"a\tb\n1\t0\n", `line 1: column 1: "a"`},
		{strings.Repeat("0\t", sitesMax) + "0\n", "line 1: 4097 columns"},
		{strings.Repeat("0", lineBytesMax), "line 1: longer than"},
		{strings.Repeat("9", 1000), "line 1: column 1"},
	} {
		for name, text := range map[string]string{"plain": c.text, "gzip": zipped(t, c.text)} {
			m, err := readMatrix(strings.NewReader(text), "my matrix")
			if err == nil || m != nil {
				t.Errorf("%s %.30q was taken", name, c.text)
				continue
			}
			said := err.Error()
			if !strings.HasPrefix(said, "my matrix ") || !strings.Contains(said, c.reason) || !strings.Contains(said, format) || len(said) > 400 {
				t.Errorf("%s %.30q: %v", name, c.text, err)
			}
		}
	}
}

func TestReadMatrixRefusesDamagedGzip(t *testing.T) {
	whole := zipped(t, "0\t1\n1\t0\n")
	for cut := 2; cut < len(whole); cut++ {
		if _, err := readMatrix(strings.NewReader(whole[:cut]), "m.gz"); err == nil || !strings.Contains(err.Error(), "ends too early") {
			t.Errorf("cut to %d bytes of %d: %v", cut, len(whole), err)
		}
	}
	bad := []byte(whole)
	bad[len(bad)-5] ^= 1
	if _, err := readMatrix(bytes.NewReader(bad), "m.gz"); !errors.Is(err, gzip.ErrChecksum) {
		t.Errorf("a wrong checksum: %v", err)
	}
}

func TestReadMatrixFile(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "matrix")
	if _, err := ReadMatrix(name); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), name) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := ReadMatrix(folder); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: %v", err)
	}
	if err := os.WriteFile(name, []byte("0\t4\n4\t0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := ReadMatrix(name); err != nil || m.Between(0, 1) != 2*time.Millisecond {
		t.Errorf("%v, %v", m, err)
	}
}

// The measured matrix has 490 sites and a median round trip of 135 ms.
func TestPlanetLab(t *testing.T) {
	m := planetLab(t)
	var values []float64
	for a := range m.Sites() {
		for b := range a {
			values = append(values, float64(2*m.Between(a, b))/float64(time.Millisecond))
		}
	}
	if median := quantiles(values, 0.5)[0]; m.Sites() != 490 || math.Abs(median-135) > 0.1 {
		t.Errorf("%d sites, median %.2f ms", m.Sites(), median)
	}
}

// Every site takes as many nodes, and two nodes of one site are close.
func TestPlaceUsesEverySiteAlike(t *testing.T) {
	const nodes = 300_000
	p := small(t).Place(dice(1)).(*placed)
	counts := make([]float64, 3)
	for v := range nodes {
		counts[p.site(v)]++
	}
	for site, n := range counts {
		if sigma := math.Sqrt(nodes * 2.0 / 9); math.Abs(n-nodes/3) > 5*sigma {
			t.Errorf("site %d has %.0f of %d nodes", site, n, nodes)
		}
	}
	for v := range 100 {
		for u := range 100 {
			if want := p.matrix.Between(p.site(u), p.site(v)); p.Delay(u, v) != want || (p.site(u) == p.site(v) && want != least) {
				t.Fatalf("%d to %d takes %v, their sites %v", u, v, p.Delay(u, v), want)
			}
		}
	}
}

// Whatever a file holds, reading it ends in a matrix that keeps the promises of
// Delay, or in an error that names the file.
func FuzzReadMatrix(f *testing.F) {
	for _, text := range []string{"", "0\n", "0\t1\n1\t0\n", "0\t1\r\n3\t0", "0\tNaN\n1\t0\n", "0\t-1\n1\t0\n", "0\t1\n1\n", "\x1f\x8b", "1e3\n", "0x1p4\n"} {
		f.Add([]byte(text))
		f.Add([]byte(zipped(f, text)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := readMatrix(bytes.NewReader(text), "matrix")
		if err != nil {
			if m != nil || !strings.HasPrefix(err.Error(), "matrix") {
				t.Fatal(err)
			}
			return
		}
		for a := range m.Sites() {
			for b := range m.Sites() {
				if d := m.Between(a, b); d < least || d > roundTripMax/2 || d != m.Between(b, a) || (a == b && d != least) {
					t.Fatalf("%d to %d takes %v", a, b, d)
				}
			}
		}
	})
}
