package overlay

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// cachedHost is a node of the last run.
type cachedHost struct {
	Record []byte    `json:"record"` // signed by the node
	Seen   time.Time `json:"seen"`
}

// Limits of the host cache file.
const (
	hostCacheBytes = 4 << 20
	hostCacheAge   = 30 * 24 * time.Hour // people go on holiday
)

// loadHosts reads the host cache into the contacts. A broken file is set aside,
// and the error says so; the node starts without it.
func loadHosts(path string, into *contacts, now time.Time) error {
	hosts, err := readHosts(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		aside := fmt.Sprintf("%s.broken-%d", path, now.Unix())
		return fmt.Errorf("the host cache is unreadable and was set aside as %s: %w", aside, errors.Join(err, os.Rename(path, aside)))
	}
	for _, h := range hosts {
		c, err := openContact(h.Record)
		if err != nil || now.Sub(h.Seen) > hostCacheAge {
			continue
		}
		into.add(c, now)
		into.worked(c.id, h.Seen)
	}
	return nil
}

func readHosts(path string) ([]cachedHost, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var hosts []cachedHost
	if err := json.NewDecoder(io.LimitReader(f, hostCacheBytes)).Decode(&hosts); err != nil {
		return nil, err
	}
	return hosts, nil
}

// saveHosts writes the nodes worth knowing in the next run, in one step.
func saveHosts(path string, hosts []cachedHost) error {
	raw, err := json.Marshal(hosts)
	if err != nil {
		return fmt.Errorf("encode host cache: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".hosts-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write host cache: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(raw)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write host cache: %w", err)
	}
	return nil
}
