package share

import (
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	var m meter
	now, r := time.Unix(0, 0), newRoot("x", "/x", time.Time{})
	if p := m.progress(now); p != (Progress{}) {
		t.Errorf("nothing to do: %+v", p)
	}
	for range 100 {
		m.add(r, 10e6, now)
	}
	if p := m.progress(now); p.FilesLeft != 100 || p.BytesLeft != 1000e6 || p.Left >= 0 || p.BytesPerSec != 0 {
		t.Errorf("at the beginning: %+v", p)
	}
	for range 40 { // 5 MB each quarter of a second: 20 MB/s
		now = now.Add(time.Second / 4)
		m.read(5e6, now)
		if m.progress(now).BytesDone%10e6 == 0 {
			m.end(r, 0, now)
		}
	}
	p := m.progress(now)
	if p.FilesDone != 20 || p.FilesLeft != 80 || p.BytesDone != 200e6 || p.BytesLeft != 800e6 || p.BytesPerSec != 20e6 || m.of(r) != 80 {
		t.Errorf("after 10 s: %+v", p)
	}
	if p.Left < 39*time.Second || p.Left > 41*time.Second {
		t.Errorf("%v left, want 40 s", p.Left)
	}
	for range 40 { // the rest of the same look goes five times as fast
		now = now.Add(time.Second / 4)
		m.read(15e6, now)
	}
	if rate := m.progress(now).BytesPerSec; rate < 58e6 || rate > 62e6 {
		t.Errorf("ten seconds later: %d bytes a second", rate)
	}
	now = now.Add(time.Minute)
	if rate := m.progress(now).BytesPerSec; rate > 10e6 {
		t.Errorf("a minute without a byte: %d bytes a second", rate)
	}
	for range 80 {
		m.end(r, 10e6, now) // as if they had vanished
	}
	if p := m.progress(now); p.FilesLeft != 0 || p.BytesLeft != 0 || p.BytesDone < 1000e6 || p.Left != 0 || p.BytesPerSec != 0 || m.of(r) != 0 {
		t.Errorf("at the end: %+v", p)
	}
	if m.add(r, 1, now); m.progress(now).FilesDone != 0 {
		t.Error("counts on from before")
	}
}

// Many small files first say little of the time that a large one will take.
func TestProgressOfSmallFilesFirst(t *testing.T) {
	var m meter
	now, r := time.Unix(0, 0), newRoot("x", "/x", time.Time{})
	m.add(r, 10e9, now)
	for range 1000 {
		m.add(r, 1000, now)
	}
	for range 1000 { // a millisecond each, as the disk gives them
		now = now.Add(time.Millisecond)
		m.read(1000, now)
		m.end(r, 0, now)
	}
	if left := m.progress(now).Left; left > 3*time.Minute {
		t.Errorf("%v left for 10 GB after a thousand files a second", left)
	}
}
