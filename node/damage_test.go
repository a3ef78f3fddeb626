package node

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"starling/share/content"
)

const groupBytes = 256 << 10

func noise(n int) string {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{5}).Read(data)
	return string(data)
}

// rot flips a bit of a file and leaves its time as it was.
func rot(t *testing.T, path string, at int) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[at] ^= 1
	if err := errors.Join(os.WriteFile(path, data, 0o600), os.Chtimes(path, info.ModTime(), info.ModTime())); err != nil {
		t.Fatal(err)
	}
}

// verifyAll gives what a verification finds, and how it ends.
func verifyAll(t *testing.T, c *Client, targets ...string) (files []VerifiedFile, last VerifyCounts) {
	t.Helper()
	for e, err := range c.Verify(t.Context(), targets) {
		if err != nil {
			t.Fatal(err)
		}
		if e.File != nil {
			files = append(files, *e.File)
		} else {
			last = *e.Counts
		}
	}
	return files, last
}

// TestTwoDamagedCopies: files of one content are repaired one after the other, the first from the network, the next from the first.
func TestTwoDamagedCopies(t *testing.T) {
	t.Parallel()
	data := noise(5 * groupBytes)
	holder, _, _, asking := pair(t, map[string]string{"song": data})
	dir := filepath.Join(t.TempDir(), "mine")
	paths := []string{filepath.Join(dir, "one"), filepath.Join(dir, "two")}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := asking.AddShare(t.Context(), dir, ShareOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := asking.Rescan(t.Context()); err != nil {
		t.Fatal(err)
	}
	rot(t, paths[0], 3*groupBytes)
	rot(t, paths[1], 0)
	files, last := verifyAll(t, asking)
	if len(files) != 2 || last.Damaged != 2 || last.Type != "summary" || files[0].Bad[0] != (BadRange{3, 1, 3 * groupBytes, groupBytes}) {
		t.Fatalf("%+v, %+v", files, last)
	}
	status, err := asking.Status(t.Context())
	if err != nil || status.DamagedFiles != 2 || !slices.ContainsFunc(status.Notices, func(n string) bool { return strings.Contains(n, "repair --all") }) {
		t.Errorf("%+v, %v", status, err)
	}
	request, fetched := RepairRequest{All: true}, int64(0)
	for round := range 2 {
		answer, err := asking.Repair(t.Context(), request)
		if err != nil || len(answer.Downloads) != 1 || len(answer.Waiting) != 1-round {
			t.Fatalf("round %d: %+v, %v", round, answer, err)
		}
		for d, err := range asking.Watch(t.Context(), answer.Downloads[0].ID) {
			if err != nil || d.Final() && (d.State != "done" || d.Repairs == "" || d.Repairs != d.Path) {
				t.Fatalf("%+v, %v", d, err)
			}
			if d.Final() {
				fetched += d.FetchedBytes
			}
		}
		request = RepairRequest{Files: answer.Waiting}
	}
	for _, path := range paths {
		if got, err := os.ReadFile(path); err != nil || string(got) != data {
			t.Errorf("%s is not what it was (%v)", path, err)
		}
	}
	if _, last := verifyAll(t, asking); last.OK != 2 || fetched != groupBytes {
		t.Errorf("%+v, %d bytes fetched", last, fetched)
	}
	if damaged, err := asking.Damaged(t.Context()); err != nil || len(damaged) != 0 || len(holder.library.Damaged()) != 0 {
		t.Errorf("%+v, %v", damaged, err)
	}
}

// TestRepairOfAFetchedFile: the list of downloads knows what a fetched file should be; what was written to it since is not undone unasked.
func TestRepairOfAFetchedFile(t *testing.T) {
	t.Parallel()
	data := noise(3 * groupBytes)
	_, asker, _, asking := pair(t, map[string]string{"song": data})
	rowsFor(t, asking, "song")
	got := fetch(t, asking, GetRequest{Targets: []string{"1"}})[0]
	rot(t, got.Path, 7)
	mended := func(request RepairRequest, bytesMax int64) {
		t.Helper()
		answer, err := asking.Repair(t.Context(), request)
		if err != nil || len(answer.Downloads) != 1 {
			t.Fatalf("%+v, %v", answer, err)
		}
		var last Download
		for last, err = range asking.Watch(t.Context(), got.ID) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if b, err := os.ReadFile(got.Path); err != nil || !bytes.Equal(b, []byte(data)) || last.FetchedBytes > bytesMax || last.State != "done" {
			t.Errorf("%+v, %v", last, err)
		}
	}
	mended(RepairRequest{Files: []string{got.Path}}, groupBytes)
	if answer, err := asking.Repair(t.Context(), RepairRequest{Files: []string{got.Path}}); err != nil || len(answer.Whole) != 1 || len(answer.Downloads) != 0 {
		t.Errorf("a second time: %+v, %v", answer, err)
	}
	if err := os.WriteFile(got.Path, []byte(data[:groupBytes+1]), 0o600); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(got.Path, later, later); err != nil {
		t.Fatal(err)
	}
	for range 2 { // as the library has it, and when it has let go of it
		var p *Problem
		if _, err := asking.Repair(t.Context(), RepairRequest{Files: []string{got.Path}}); !errors.As(err, &p) || !strings.Contains(p.Message, "--id "+got.ID) {
			t.Errorf("written to: %v", err)
		}
		if _, err := asking.Rescan(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	mended(RepairRequest{Files: []string{got.Path}, ID: got.ID}, 2*groupBytes)
	if id := got.ID; len(rowsFor(t, asking, "id:"+id)) == 0 || asker.library.DamagedFiles() != 0 {
		t.Error("it is not served again")
	}
}

// TestRepairLeavesTheOwnersOwnFileAlone: what was moved to where another file had been fetched is not overwritten, however old it is.
func TestRepairLeavesTheOwnersOwnFileAlone(t *testing.T) {
	t.Parallel()
	_, _, _, asking := pair(t, map[string]string{"song": noise(3 * groupBytes)})
	rowsFor(t, asking, "song")
	got := fetch(t, asking, GetRequest{Targets: []string{"1"}})[0]
	own, lastYear := filepath.Join(t.TempDir(), "own"), time.Now().Add(-300*24*time.Hour)
	const recording = "the owner's own recording, the only copy"
	if err := errors.Join(os.WriteFile(own, []byte(recording), 0o600), os.Chtimes(own, lastYear, lastYear)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(own, got.Path); err != nil { // which keeps its time
		t.Fatal(err)
	}
	for range 2 { // as the library has it, and when it has let go of it
		answer, err := asking.Repair(t.Context(), RepairRequest{Files: []string{got.Path}})
		var p *Problem
		if !errors.As(err, &p) || !strings.Contains(p.Message, "--id "+got.ID) || len(answer.Downloads) != 0 {
			t.Errorf("%+v, %v", answer, err)
		}
		if _, err := asking.Rescan(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(got.Path); err != nil || string(b) != recording {
		t.Errorf("the owner's file is gone (%v)", err)
	}
}

// TestRepairOfWhatIsNoLongerShared: neither by itself nor by name does a repair make a file public that its owner took back.
func TestRepairOfWhatIsNoLongerShared(t *testing.T) {
	t.Parallel()
	data := noise(3 * groupBytes)
	_, _, _, asking := pair(t, map[string]string{"song": data})
	dir := filepath.Join(t.TempDir(), "mine")
	path, past := filepath.Join(dir, "private"), time.Now().Add(-time.Hour)
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(path, []byte(data), 0o600), os.Chtimes(path, past, past)); err != nil {
		t.Fatal(err)
	}
	_, err := asking.AddShare(t.Context(), dir, ShareOptions{})
	if _, scanErr := asking.Rescan(t.Context()); errors.Join(err, scanErr) != nil {
		t.Fatal(err, scanErr)
	}
	rot(t, path, 5)
	verifyAll(t, asking)
	if err := asking.RemoveShare(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if answer, err := asking.Repair(t.Context(), RepairRequest{All: true}); err != nil || len(answer.Downloads) != 0 {
		t.Errorf("%+v, %v", answer, err)
	}
	answer, err := asking.Repair(t.Context(), RepairRequest{Files: []string{path}})
	if err != nil || len(answer.Downloads) != 1 {
		t.Fatalf("%+v, %v", answer, err)
	}
	for _, err := range asking.Watch(t.Context(), answer.Downloads[0].ID) {
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if status, statusErr := asking.Status(t.Context()); string(b) != data || status.SharedFiles != 0 {
		t.Errorf("%d files are shared, repaired %v (%v, %v)", status.SharedFiles, string(b) == data, err, statusErr)
	}
}

// TestRepairGoesOnBehindWhatCannotBe: a file that cannot be repaired keeps no other from it, and is told.
func TestRepairGoesOnBehindWhatCannotBe(t *testing.T) {
	t.Parallel()
	data, other := noise(3*groupBytes), noise(2*groupBytes)
	_, _, _, asking := pair(t, map[string]string{"song": data, "other": other})
	dir := t.TempDir()
	first, gone, busy, last := filepath.Join(dir, "first"), filepath.Join(dir, "gone"), filepath.Join(dir, "busy"), filepath.Join(dir, "last")
	for path, content := range map[string]string{first: data, busy: "busy", last: other} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := asking.AddShare(t.Context(), dir, ShareOptions{})
	if _, scanErr := asking.Rescan(t.Context()); errors.Join(err, scanErr) != nil {
		t.Fatal(err, scanErr)
	}
	for _, path := range []string{first, busy, last} {
		rot(t, path, 1)
	}
	verifyAll(t, asking)
	id := content.Sum([]byte("busy")).String() // which nobody has: on its way to another place for as long as we like
	_, err = asking.Get(t.Context(), GetRequest{Targets: []string{id}, Dir: t.TempDir()})
	if _, pauseErr := asking.Change(t.Context(), Pause, []string{id}); errors.Join(err, pauseErr) != nil {
		t.Fatal(err, pauseErr)
	}
	answer, err := asking.Repair(t.Context(), RepairRequest{Files: []string{first, gone, busy, last}})
	if err != nil || len(answer.Downloads) != 2 || len(answer.Waiting) != 0 || len(answer.Failed) != 2 {
		t.Fatalf("%+v, %v", answer, err)
	}
	if f := answer.Failed; f[0].Path != gone || f[0].Code != CodeNotFound || f[1].Path != busy || f[1].Message == "" {
		t.Errorf("%+v", f)
	}
	for _, d := range answer.Downloads {
		for now, err := range asking.Watch(t.Context(), d.ID) {
			if err != nil || now.Final() && now.State != "done" {
				t.Fatalf("%+v, %v", now, err)
			}
		}
	}
	if answer, err := asking.Repair(t.Context(), RepairRequest{All: true}); err != nil || len(answer.Failed) != 1 || answer.Failed[0].Path != busy {
		t.Errorf("%+v, %v", answer, err)
	}
}

// TestVerifyEndsWithItsClient: who goes away stops it, and another may begin.
func TestVerifyEndsWithItsClient(t *testing.T) {
	t.Parallel()
	n, c := startTest(t, Options{Config: testConfig(t.TempDir()), Shares: []string{t.TempDir()}})
	<-n.library.Ready()
	ctx, cancel := context.WithCancel(t.Context())
	for range c.Verify(ctx, nil) {
		cancel()
	}
	cancel()
	eventually(t, "another may begin", func() bool {
		for _, err := range c.Verify(t.Context(), nil) {
			if err != nil {
				return false
			}
		}
		return true
	})
	var p *Problem
	for _, err := range c.Verify(t.Context(), []string{"nothing"}) {
		if !errors.As(err, &p) || p.Code != CodeNotFound {
			t.Errorf("%v", err)
		}
	}
	for _, request := range []RepairRequest{{}, {Files: []string{"relative"}}, {Files: []string{"/a", "/b"}, ID: "x"}, {All: true, ID: "x"}} {
		if _, err := c.Repair(t.Context(), request); !errors.As(err, &p) || p.Code != CodeUsage {
			t.Errorf("%+v: %v", request, err)
		}
	}
}
