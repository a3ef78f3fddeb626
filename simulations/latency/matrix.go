package latency

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"math/rand/v2"
	"os"
	"strconv"
	"time"
)

// Caps of a matrix: 64 MiB of delays, and no line longer than its sites
// can need.
const (
	sitesMax     = 4096
	lineBytesMax = 256 << 10
	roundTripMax = time.Hour
)

// least is the shortest delay, also that of two nodes at the same site: less
// than the clocks that measured such matrices can be trusted with.
const least = 500 * time.Microsecond

// Matrix is the delays between sites.
type Matrix struct {
	sites int
	delay []uint32 // one way, in microseconds; row by row
}

// Sites is how many there are.
func (m *Matrix) Sites() int { return m.sites }

// Between is the delay from one site to another, one way.
func (m *Matrix) Between(a, b int) time.Duration {
	return time.Duration(m.delay[a*m.sites+b]) * time.Microsecond
}

// ReadMatrix reads a file of round trips; gzip is recognised by its first bytes.
// The error names the file and, where there is one, the line and the column; it
// is fs.ErrNotExist if there is no such file.
func ReadMatrix(path string) (*Matrix, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read a latency matrix: %w; check the spelling of the path", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("read a latency matrix: %s is a folder; name one of the files in it", path)
	}
	return readMatrix(f, path)
}

// format says in errors what a file looks like.
const format = "a latency matrix has one line for each site: the round trips to all sites in milliseconds, with tabs between"

func readMatrix(r io.Reader, name string) (*Matrix, error) {
	lines := bufio.NewReaderSize(r, lineBytesMax)
	if first, _ := lines.Peek(2); bytes.Equal(first, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(lines)
		if err != nil {
			return nil, fmt.Errorf("%s: unpack: %w", name, explain(err))
		}
		lines = bufio.NewReaderSize(unzipped, lineBytesMax)
	}
	in := reader{}
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s line %d: %w", name, in.rows+1, explain(err))
		}
		if err != nil && len(line) == 0 {
			break
		}
		if err := in.add(line); err != nil {
			return nil, fmt.Errorf("%s line %d: %w; %s", name, in.rows+1, err, format)
		}
	}
	if in.rows == 0 {
		return nil, fmt.Errorf("%s is empty; %s", name, format)
	}
	if in.rows < in.columns {
		return nil, fmt.Errorf("%s ends after line %d, but each line has %d columns; %s", name, in.rows, in.columns, format)
	}
	return in.matrix(), nil
}

// A reader gathers the rows of a matrix.
type reader struct {
	rows, columns int
	roundTrips    []float32 // in milliseconds
}

// add takes one line in.
func (in *reader) add(line []byte) error {
	line = bytes.TrimRight(line, "\r\n")
	columns := bytes.Count(line, []byte{'\t'}) + 1
	switch {
	case in.rows == 0 && columns > sitesMax:
		return fmt.Errorf("%d columns; a matrix may have %d sites", columns, sitesMax)
	case in.rows == 0:
		in.columns = columns
	case in.rows == in.columns:
		return fmt.Errorf("more lines than the %d columns", in.columns)
	case columns != in.columns:
		return fmt.Errorf("%d columns, but %d in the lines above", columns, in.columns)
	}
	column := 0
	for field := range bytes.SplitSeq(line, []byte{'\t'}) {
		column++
		ms, err := strconv.ParseFloat(string(bytes.TrimSpace(field)), 64)
		if err != nil || !(ms >= 0 && ms <= float64(roundTripMax/time.Millisecond)) {
			return fmt.Errorf("column %d: %.40q is no round trip from 0 to %d ms", column, field, roundTripMax/time.Millisecond)
		}
		in.roundTrips = append(in.roundTrips, float32(ms))
	}
	in.rows++
	return nil
}

// matrix halves the round trips; of both directions it takes the mean.
func (in *reader) matrix() *Matrix {
	n := in.columns
	m := &Matrix{sites: n, delay: make([]uint32, n*n)}
	for a := range n {
		for b := range n {
			ms := (float64(in.roundTrips[a*n+b]) + float64(in.roundTrips[b*n+a])) / 2
			if a == b {
				ms = 0
			}
			m.delay[a*n+b] = max(uint32(math.Round(ms*1000/2)), uint32(least/time.Microsecond))
		}
	}
	return m
}

// Place puts every node there is or will be at a site that chance picks, with
// the same chance for each. Delays are half of the round trips between the
// sites, at least 0.5 ms, which is also the delay within a site. rng is asked
// once.
func (m *Matrix) Place(rng *rand.Rand) Delay {
	return &placed{matrix: m, seed: rng.Uint64()}
}

type placed struct {
	matrix *Matrix
	seed   uint64
}

func (p *placed) Delay(from, to int) time.Duration {
	return p.matrix.Between(p.site(from), p.site(to))
}

func (p *placed) site(node int) int {
	site, _ := bits.Mul64(mix(p.seed, node), uint64(p.matrix.sites))
	return int(site)
}

// explain says what errors of reading mean.
func explain(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return fmt.Errorf("longer than %d bytes; %s", lineBytesMax, format)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("the gzip data ends too early, so the file is incomplete; fetch it again: %w", err)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		return fmt.Errorf("the gzip data is damaged; fetch the file again: %w", err)
	}
	return err
}
