package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"starling/simulations"
)

// bytesMax is far above any result: a chart of a million points has 30 MB.
const bytesMax = 128 << 20

// Save writes r as dir/<scenario>.json and returns that path. It makes dir when
// there is none, and replaces an older result whole or not at all.
func Save(dir string, r *simulations.Result) (path string, err error) {
	if err := check(r); err != nil {
		return "", err
	}
	var document bytes.Buffer
	if err := JSON(&document, r); err != nil {
		return "", err
	}
	return write(dir, r.Scenario+".json", document.Bytes())
}

// write puts a file into dir: under another name first, then renamed.
func write(dir, name string, content []byte) (path string, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", fmt.Errorf("make the folder for results: %w", err)
	}
	f, err := os.CreateTemp(dir, "."+name+".*.tmp")
	if err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(content)
	err = cmp.Or(err, f.Chmod(0o644))
	if err = cmp.Or(err, f.Close()); err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	path = filepath.Join(dir, name)
	if err := os.Rename(f.Name(), path); err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	return path, nil
}

// Load reads every result in dir, which is every file named *.json, and returns
// them by scenario; two of one scenario by file name. A folder without any gives
// nil, and a folder that is not there an error that is fs.ErrNotExist. A file
// that holds something else is an error which names it. Fields that this version
// does not know are passed over.
func Load(dir string) ([]*simulations.Result, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("look for results: %w", err)
	}
	var results []*simulations.Result
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if filepath.Ext(path) != ".json" || entry.IsDir() {
			continue
		}
		r, err := loadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read the result in %s: %w; mend the file or move it away", path, err)
		}
		results = append(results, r)
	}
	slices.SortStableFunc(results, func(a, b *simulations.Result) int { return strings.Compare(a.Scenario, b.Scenario) })
	return results, nil
}

func loadFile(path string) (*simulations.Result, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	limited := &io.LimitedReader{R: f, N: bytesMax + 1}
	r, err := decode(limited)
	if limited.N == 0 {
		return nil, fmt.Errorf("it has more than %s bytes", whole(bytesMax))
	}
	return r, err
}

// decode reads one result and nothing behind it.
func decode(in io.Reader) (*simulations.Result, error) {
	decoder := json.NewDecoder(in)
	decoder.UseNumber() // tells 100 from 100.0
	var r *simulations.Result
	if err := decoder.Decode(&r); errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty")
	} else if err != nil {
		return nil, fmt.Errorf("it is no result of a simulation: %w", err)
	}
	if r == nil || r.Scenario == "" || r.Tables == nil {
		return nil, errors.New(`it is no result of a simulation, which has a "scenario" and "tables"`)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more behind the result")
	}
	for _, t := range r.Tables {
		for i, row := range t.Rows {
			if err := typed(row); err != nil {
				return nil, fmt.Errorf("table %q, row %d: %w", t.Name, i+1, err)
			}
		}
	}
	return r, check(r)
}

// typed turns the numbers of a row into int and float64 again. 100 is an int,
// 100.0 and 1e2 are float64.
func typed(row simulations.Row) error {
	for key, value := range row {
		switch v := value.(type) {
		case nil, string:
		case json.Number:
			if n, err := v.Int64(); err == nil && n >= math.MinInt && n <= math.MaxInt {
				row[key] = int(n)
				continue
			}
			f, err := v.Float64()
			if err != nil {
				return fmt.Errorf("%q: %s is out of range", key, v)
			}
			row[key] = f
		default:
			return fmt.Errorf("%q is neither a number, nor a text, nor null", key)
		}
	}
	return nil
}
