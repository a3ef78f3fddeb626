package share

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"starling/share/content"
)

func openTestCatalog(t testing.TB, dir string) *catalog {
	t.Helper()
	c, aside, err := openCatalog(dir, slog.New(slog.DiscardHandler))
	must(t, err)
	if aside != "" {
		t.Fatalf("set aside: %s", aside)
	}
	return c
}

func manifestOf(t testing.TB, data string) (*content.Manifest, content.ID) {
	t.Helper()
	id, m, err := content.Hash(strings.NewReader(data), int64(len(data)))
	must(t, err)
	return m, id
}

func TestCatalogRemembers(t *testing.T) {
	dir := t.TempDir()
	c := openTestCatalog(t, dir)
	big, bigID := manifestOf(t, strings.Repeat("x", 1<<20))
	small, smallID := manifestOf(t, "small")
	bigStat, smallStat := fileStat{1, 2, 1 << 20, -5}, fileStat{1, 3, 5, 7}
	c.put(bigStat, catalogued{id: bigID}, big)
	c.put(smallStat, catalogued{id: smallID}, small)
	for round := range 3 {
		for stat, want := range map[fileStat]content.ID{bigStat: bigID, smallStat: smallID} {
			if known, ok := c.lookup(stat); !ok || known.id != want {
				t.Errorf("round %d: lookup gives %v, %v", round, known.id, ok)
			}
			m, err := c.manifest(want, stat.size)
			if err != nil || m.Prove(want) != nil {
				t.Errorf("round %d: manifest: %v", round, err)
			}
		}
		if _, ok := c.lookup(fileStat{1, 2, 1 << 20, -4}); ok {
			t.Errorf("round %d: another mtime is known", round)
		}
		if _, err := c.manifest(bigID, 1<<20+1); err == nil {
			t.Errorf("round %d: a manifest for the wrong size", round)
		}
		if round == 0 {
			must(t, c.flush())
		} else {
			must(t, c.close())
			c = openTestCatalog(t, dir)
		}
	}
	c.forget(bigStat)
	if _, ok := c.lookup(bigStat); ok {
		t.Error("what is forgotten is known")
	}
	must(t, c.close())
	c = openTestCatalog(t, dir)
	if _, ok := c.lookup(bigStat); ok {
		t.Error("what is forgotten comes back")
	}
	must(t, c.close())
}

// A value that was altered where no structure shows it is as good as none.
func TestCatalogBelievesNoAlteredValue(t *testing.T) {
	c := openTestCatalog(t, t.TempDir())
	defer c.close()
	m, id := manifestOf(t, strings.Repeat("x", 1<<20))
	stat := fileStat{1, 2, 1 << 20, 3}
	c.put(stat, catalogued{id: id}, m)
	c.setChoice("roots", []byte("chosen"))
	must(t, c.flush())
	must(t, c.db.Update(func(tx *bolt.Tx) error {
		for bucket, key := range map[string][]byte{"files": stat.key(), "manifests": id[:], "choices": []byte("roots")} {
			v := slices.Clone(tx.Bucket([]byte(bucket)).Get(key))
			v[3] ^= 1
			must(t, tx.Bucket([]byte(bucket)).Put(key, v))
		}
		return nil
	}))
	if id, ok := c.lookup(stat); ok {
		t.Errorf("lookup gives %v", id)
	}
	if _, err := c.manifest(id, 1<<20); err == nil {
		t.Error("an altered manifest is given")
	}
	if b := c.choice("roots"); b != nil {
		t.Errorf("choice gives %q", b)
	}
}

func TestCatalogPrunesOnlyWhenMostIsUnused(t *testing.T) {
	dir := t.TempDir()
	c := openTestCatalog(t, dir)
	c.spare = 100
	m, _ := manifestOf(t, "")
	stat := func(i int) fileStat { return fileStat{1, uint64(i), 0, 1} }
	for i := range c.spare + 20 {
		c.put(stat(i), catalogued{id: content.ID{byte(i), byte(i >> 8), byte(i >> 16)}}, m)
	}
	used := func(n int) func() (map[fileStat]struct{}, map[content.ID]struct{}) {
		stats := make(map[fileStat]struct{})
		for i := range n {
			stats[stat(i)] = struct{}{}
		}
		return func() (map[fileStat]struct{}, map[content.ID]struct{}) { return stats, nil }
	}
	c.prune(used(15)) // 105 unused are fewer than 15 used and the spare ones
	if _, ok := c.lookup(stat(c.spare)); !ok {
		t.Error("pruned too early")
	}
	c.prune(used(10))
	if _, ok := c.lookup(stat(c.spare)); ok {
		t.Error("not pruned")
	}
	for i := range 10 {
		if _, ok := c.lookup(stat(i)); !ok {
			t.Errorf("file %d is used and was dropped", i)
		}
	}
	must(t, c.close())
	must(t, checkBoltFile(filepath.Join(dir, "catalog.db"))) // still a sound file
}

// fullState makes a state folder with everything in it: files of all sizes,
// roots, adopted files, several generations of pages.
func fullState(t testing.TB) (state, dir, adopted string, id content.ID) {
	t.Helper()
	files := make(map[string]string)
	for i := range 400 {
		files[fmt.Sprintf("d%d/file %d.txt", i%9, i)] = fmt.Sprint("content ", i)
	}
	for i := range 3 {
		files[fmt.Sprint("big", i)] = strings.Repeat(fmt.Sprint(i), (i+1)<<20)
	}
	s := newShop(t, files)
	adopted, m, id := fetched(t, realDir(t), "fetched.txt", "fetched")
	_, err := s.Adopt(adopted, m, id, false)
	must(t, err)
	for i := range 5 {
		s.write(map[string]string{fmt.Sprintf("d%d/late.txt", i): fmt.Sprint("late ", i)})
		s.rescan()
	}
	s.stop()
	return s.state, s.dir, adopted, id
}

// damage gives ways to spoil a file, the same ones for the same seed.
func damage(seed uint64, b []byte) (what string, spoilt []byte) {
	rng := rand.New(rand.NewPCG(seed, 7))
	b = slices.Clone(b)
	at := rng.IntN(len(b))
	switch seed % 6 {
	case 0:
		b[at] ^= 1 << rng.IntN(8)
		return fmt.Sprintf("a bit at %d is flipped", at), b
	case 1:
		return fmt.Sprintf("cut to %d bytes", at), b[:at]
	case 2:
		page := at &^ 4095
		clear(b[page:min(page+4096, len(b))])
		return fmt.Sprintf("the page at %d is zero", page), b
	case 3:
		for i := range 64 {
			b[(at+i)%len(b)] = byte(rng.Uint32())
		}
		return fmt.Sprintf("64 bytes at %d are noise", at), b
	case 4: // damage where it hurts: page headers and elements
		at = at&^4095 + rng.IntN(64)
		b[at%len(b)] ^= byte(1 + rng.IntN(255))
		return fmt.Sprintf("a header byte at %d is altered", at), b
	default: // a page in another's place
		from, to := rng.IntN(max(1, len(b)/4096))*4096, at&^4095
		copy(b[to:], b[from:min(from+4096, len(b))])
		return fmt.Sprintf("the page at %d lies at %d too", from, to), b
	}
}

// However the catalog is damaged, the library starts by itself, shares what it
// shared, and serves right bytes under each id.
func TestDamagedCatalogCostsHashingOnly(t *testing.T) {
	state, dir, _, fetchedID := fullState(t)
	path := filepath.Join(state, "catalog.db")
	sound, err := os.ReadFile(path)
	must(t, err)
	rounds := 60
	setAside := 0
	for seed := range rounds {
		what, spoilt := damage(uint64(seed), sound)
		must(t, os.WriteFile(path, spoilt, 0o600))
		s := openShop(t, state, dir)
		s.rescan()
		if files := s.Stats().Files; files != 409 || len(s.Roots()) != 1 {
			t.Fatalf("seed %d, %s: %d files in %d roots", seed, what, files, len(s.Roots()))
		}
		for _, data := range []string{"content 7", "content 399", "late 2", strings.Repeat("2", 3<<20)} {
			if s.read(idOf(data)) != data {
				t.Fatalf("seed %d, %s: wrong bytes", seed, what)
			}
		}
		s.read(fetchedID)
		if len(s.Notices()) > 0 {
			setAside++
		}
		s.write(map[string]string{"changed.txt": fmt.Sprint("round ", seed)}) // it can be written to
		s.rescan()
		s.stop()
		must(t, checkBoltFile(path))
		must(t, os.Remove(filepath.Join(dir, "changed.txt")))
		removeBroken(t, state)
	}
	t.Logf("%d of %d damaged catalogs were set aside", setAside, rounds)
	if setAside < rounds/4 {
		t.Error("hardly any damage was noticed")
	}
}

func removeBroken(t testing.TB, state string) (removed int) {
	t.Helper()
	broken, err := filepath.Glob(filepath.Join(state, "*.broken-*"))
	must(t, err)
	for _, path := range broken {
		must(t, os.Remove(path))
	}
	return len(broken)
}

func TestForeignCatalogIsSetAside(t *testing.T) {
	state, dir, _, _ := fullState(t)
	path := filepath.Join(state, "catalog.db")
	foreign := map[string]func(){
		"text":   func() { must(t, os.WriteFile(path, []byte(strings.Repeat("not a database ", 5000)), 0o600)) },
		"folder": func() { must(t, os.Mkdir(path, 0o700)) },
		"bbolt of another program": func() {
			db, err := bolt.Open(path, 0o600, nil)
			must(t, err)
			must(t, db.Update(func(tx *bolt.Tx) error {
				_, err := tx.CreateBucket([]byte("theirs"))
				return err
			}))
			must(t, db.Close())
		},
		"catalog of the future": func() {
			c := openTestCatalog(t, state)
			must(t, c.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(metaBucket).Put(formatKey, []byte("starling catalog 99")) }))
			must(t, c.close())
		},
	}
	for name, make := range foreign {
		must(t, os.Remove(path))
		make()
		s := openShop(t, state, dir)
		s.rescan()
		if n := s.Notices(); len(n) != 1 || !strings.Contains(n[0], "set aside as "+path+".broken-") {
			t.Errorf("%s: notices %q", name, n)
		}
		if s.Stats().Files != 409 {
			t.Errorf("%s: %d files", name, s.Stats().Files)
		}
		s.stop()
		if removeBroken(t, state) != 1 {
			t.Errorf("%s: it was not kept", name)
		}
	}
}

// An empty file is what a crash right after its creation leaves.
func TestEmptyCatalogIsNew(t *testing.T) {
	state, dir, _, _ := fullState(t)
	must(t, os.Truncate(filepath.Join(state, "catalog.db"), 0))
	s := openShop(t, state, dir)
	s.rescan()
	if s.Stats().Files != 409 || len(s.Notices()) != 0 {
		t.Errorf("%+v, %q", s.Stats(), s.Notices())
	}
}

func TestCatalogHeldByAnotherIsLocked(t *testing.T) {
	dir := t.TempDir()
	c := openTestCatalog(t, dir)
	defer c.close()
	if _, _, err := openCatalog(dir, slog.New(slog.DiscardHandler)); !errors.Is(err, ErrLocked) {
		t.Errorf("second open: %v", err)
	}
}

// A catalog that breaks while it is open: what was hashed goes on being served
// from memory, and the next start makes a new one.
func TestCatalogThatBreaksInUse(t *testing.T) {
	state, dir, _, _ := fullState(t)
	s := openShop(t, state, dir)
	s.rescan()
	s.catalog.mu.Lock()
	s.catalog.view(func(*bolt.Tx) error { panic("page 7: unexpected kind") })
	s.catalog.mu.Unlock()
	s.write(map[string]string{"new.txt": "new", "big": strings.Repeat("n", 1<<20)})
	s.rescan()
	for _, data := range []string{"new", strings.Repeat("n", 1<<20), "content 5"} {
		if s.read(idOf(data)) != data {
			t.Error("wrong bytes")
		}
	}
	if _, err := s.Open(idOf(strings.Repeat("1", 2<<20))); !errors.Is(err, ErrChanged) {
		t.Errorf("a file whose manifest is lost: %v", err)
	}
	s.rescan() // which reads it again
	if s.read(idOf(strings.Repeat("1", 2<<20))) == "" {
		t.Error("the file whose manifest was lost stays lost")
	}
}

// FuzzCatalogFile holds the check of pages against bbolt itself: a file that
// passes is read and written without harm.
func FuzzCatalogFile(f *testing.F) {
	dir := f.TempDir()
	c := openTestCatalog(f, dir)
	m, _ := manifestOf(f, "")
	for i := range 300 {
		c.put(fileStat{1, uint64(i), 0, 1}, catalogued{id: content.ID{byte(i), byte(i >> 8)}}, m)
	}
	must(f, c.close())
	sound, err := os.ReadFile(filepath.Join(dir, "catalog.db"))
	must(f, err)
	for seed := range uint64(12) {
		_, spoilt := damage(seed, sound)
		f.Add(uint16(seed), uint16(seed*977), spoilt[:64])
	}
	f.Fuzz(func(t *testing.T, page, at uint16, noise []byte) {
		b := slices.Clone(sound)
		copy(b[(int(page)*4096+int(at)%4096)%len(b):], noise)
		path := filepath.Join(t.TempDir(), "catalog.db")
		must(t, os.WriteFile(path, b, 0o600))
		c, _, err := openCatalog(filepath.Dir(path), slog.New(slog.DiscardHandler))
		must(t, err)
		for i := range 400 {
			if known, ok := c.lookup(fileStat{1, uint64(i), 0, 1}); ok && known.id != (content.ID{byte(i), byte(i >> 8)}) {
				t.Errorf("file %d has the id %v", i, known.id)
			}
			c.put(fileStat{2, uint64(i), 0, 1}, catalogued{}, m)
		}
		must(t, c.close())
		must(t, checkBoltFile(path))
	})
}

// 100,000 files that have not changed: seconds to serving, no byte read.
func BenchmarkRestart100k(b *testing.B) {
	files := make(map[string]string, 100_000)
	for i := range 100_000 {
		files[fmt.Sprintf("d%d/e%d/some file %d.txt", i%100, i%1000, i)] = fmt.Sprint(i)
	}
	s := newShop(b, files)
	for b.Loop() {
		s.stop()
		start := time.Now()
		s = openShop(b, s.state, s.dir)
		<-s.Ready()
		b.ReportMetric(time.Since(start).Seconds(), "s/restart")
		b.ReportMetric(float64(s.Stats().HashedBytes), "B-hashed")
		if s.Stats().Files != len(files) {
			b.Fatalf("%+v", s.Stats())
		}
	}
}
