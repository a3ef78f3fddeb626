package transfer

import (
	"runtime"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"

	"starling/share/content"
)

// TestWritesShareTheDisk: what waits while another writes is written in one go.
func TestWritesShareTheDisk(t *testing.T) {
	s, _, _, err := openStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	state := func() (commits, records int) {
		if err := s.db.View(func(tx *bolt.Tx) error {
			commits = tx.ID()
			return tx.Bucket(downloadsBucket).ForEach(func(_, _ []byte) error { records++; return nil })
		}); err != nil {
			t.Fatal(err)
		}
		return commits, records
	}
	before, _ := state()
	const writes = 20
	var all sync.WaitGroup
	s.writer.turn.Lock() // the disk is slow
	for i := range writes {
		all.Go(func() {
			if err := s.put(&record{ID: content.Sum([]byte{byte(i)})}); err != nil {
				t.Error(err)
			}
		})
	}
	for owed := 0; owed < writes; runtime.Gosched() {
		s.writer.mu.Lock()
		owed = len(s.writer.owed)
		s.writer.mu.Unlock()
	}
	s.writer.turn.Unlock()
	all.Wait()
	if after, records := state(); after != before+1 || records != writes {
		t.Errorf("%d records in %d commits", records, after-before)
	}
}
