package transfer

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"starling/share"
	"starling/share/content"
)

// record is what is remembered of a download from one start to the next.
type record struct {
	ID         content.ID     `json:"id"`
	Number     int            `json:"number"`
	Name       string         `json:"name"`
	Dir        string         `json:"dir"`
	SizeBytes  int64          `json:"size_bytes,omitempty"`
	Files      int            `json:"files,omitempty"` // of a collection
	OnExists   share.OnExists `json:"on_exists"`
	Sequential bool           `json:"sequential,omitempty"`
	Searchable bool           `json:"searchable,omitempty"`
	State      State          `json:"state"` // queued, paused, done or failed
	Reason     string         `json:"reason,omitempty"`
	Fail       FailKind       `json:"fail,omitempty"`
	Path       string         `json:"path,omitempty"`
	Sources    []Source       `json:"sources,omitempty"`
	Known      []knownSource  `json:"known,omitempty"` // those that gave something
	CutOff     []Source       `json:"cut_off,omitempty"`
	Repair     *repairRecord  `json:"repair,omitempty"`
	Reserved   bool           `json:"reserved,omitempty"` // see Exchange.reserved
	Added      time.Time      `json:"added"`
	Finished   time.Time      `json:"finished,omitzero"`

	cached bool // in the cache; never stored
}

// partialOptions says where what there is of it lies.
func (rec *record) partialOptions(stateDir string) share.PartialOptions {
	journals := partialsDir(stateDir)
	if rec.cached {
		journals = cacheJournals(stateDir)
	}
	return share.PartialOptions{Dir: rec.Dir, Name: rec.Name, ID: rec.ID, StateDir: journals, KeepDir: rec.Repair != nil}
}

// store keeps the records in downloads.db.
type store struct {
	db     *bolt.DB
	writer writer
}

var downloadsBucket = []byte("downloads")

// lockWait bounds the wait for another process's lock on the file.
const lockWait = 2 * time.Second

// openStore opens downloads.db and reads it whole. A file that cannot be read is
// set aside and a new one begun; notice then says so, and the records come from
// the journals of the partials.
func openStore(stateDir string) (s *store, records []record, notice string, err error) {
	path := filepath.Join(stateDir, "downloads.db")
	s, records, err = readStore(path)
	if err == nil {
		return s, s.settleWithDisk(stateDir, records), "", nil
	}
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, nil, "", err
	}
	why := err
	aside := fmt.Sprintf("%s.broken-%d", path, time.Now().Unix())
	if err := os.Rename(path, aside); err != nil {
		return nil, nil, "", fmt.Errorf("the list of downloads is broken (%w) and cannot be set aside: %w", why, err)
	}
	if s, _, err = readStore(path); err != nil {
		return nil, nil, "", err
	}
	records = recovered(stateDir)
	for i := range records {
		if err := s.put(&records[i]); err != nil {
			return nil, nil, "", errors.Join(err, s.close())
		}
	}
	notice = fmt.Sprintf("the list of downloads was broken (%v) and was set aside as %s; %d unfinished downloads were found again by their journals", why, aside, len(records))
	return s, records, notice, nil
}

// recovered makes records of the journals that lie in the partials folder.
func recovered(stateDir string) (records []record) {
	for i, info := range share.Partials(partialsDir(stateDir)) {
		records = append(records, record{
			ID: info.ID, Number: i + 1, Name: info.Name, Dir: info.Dir, SizeBytes: info.SizeBytes,
			State: Queued, Added: time.Now(),
		})
	}
	return records
}

func partialsDir(stateDir string) string { return filepath.Join(stateDir, "partials") }

// readStore looks at the pages before bbolt does, which trusts them, and turns
// what it still panics about into an error.
func readStore(path string) (s *store, records []record, err error) {
	if err := share.CheckBoltFile(path); err != nil {
		return nil, nil, err
	}
	db, err := openDB(path)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read %s: %v", path, r)
		}
		if err != nil {
			s, records = nil, nil
			db.Close()
		}
	}()
	s = &store{db: db}
	err = db.Update(func(tx *bolt.Tx) error {
		bucket, err := tx.CreateBucketIfNotExists(downloadsBucket)
		if err != nil {
			return err
		}
		return bucket.ForEach(func(_, value []byte) error {
			var r record
			if err := json.Unmarshal(value, &r); err != nil {
				return err
			}
			records = append(records, r)
			return nil
		})
	})
	return s, records, err
}

func openDB(path string) (db *bolt.DB, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("open %s: %v", path, r)
		}
	}()
	return bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, NoFreelistSync: true})
}

func (s *store) close() error { return s.db.Close() }
