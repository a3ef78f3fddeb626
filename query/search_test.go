package query

import (
	"fmt"
	"testing"
	"time"
)

func hitsOf(holder string, names ...string) *Batch {
	b := &Batch{Holder: holder}
	for _, n := range names {
		b.Entries = append(b.Entries, entry(n))
	}
	return b
}

func TestSearchStops(t *testing.T) {
	tests := []struct {
		name  string
		spec  Spec
		feed  func(*Search)
		after time.Duration
		want  Stop
	}{
		{"goes on", Spec{}, func(s *Search) { s.Hits(hitsOf("a", "bird 1")) }, time.Second, ""},
		{"when the time is up", Spec{}, func(*Search) {}, 3 * time.Second, Waited},
		{"when its own time is up", Spec{Wait: time.Minute}, func(*Search) {}, time.Minute, Waited},
		{"when all have answered", Spec{}, func(s *Search) { s.Finish(Sums{Reached: 4}) }, 0, Finished},
		{"when it has enough", Spec{Want: 2}, func(s *Search) { s.Hits(hitsOf("a", "bird 1", "bird 2")) }, 0, Enough},
		{"not for one file twice", Spec{Want: 2}, func(s *Search) {
			s.Hits(hitsOf("a", "bird 1"))
			s.Hits(hitsOf("b", "bird 1"))
		}, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.spec.Expr = mustParse(t, "bird")
			s := NewSearch(tt.spec, start)
			tt.feed(s)
			if got, _ := s.Stopped(start.Add(tt.after)); got != tt.want {
				t.Errorf("stopped: %q, want %q", got, tt.want)
			}
		})
	}
}

// Spam cannot end a search: one holder's files count only so far.
func TestOneHolderIsNotEnough(t *testing.T) {
	s := NewSearch(Spec{Expr: mustParse(t, "bird"), Want: 15}, start)
	for i := range 100 {
		s.Hits(hitsOf("spammer", fmt.Sprint("bird ", i)))
	}
	if why, over := s.Stopped(start); over {
		t.Fatalf("one holder ended the search: %s", why)
	}
	for i := range 5 {
		s.Hits(hitsOf(fmt.Sprint("holder", i), fmt.Sprint("other bird ", i)))
	}
	if _, over := s.Stopped(start); !over {
		t.Error("15 files of 6 holders are not enough")
	}
}

func TestHitsThatCannotFitAreLeftOut(t *testing.T) {
	s := NewSearch(Spec{Expr: mustParse(t, "bird -cage size:<10")}, start)
	good := s.Hits(hitsOf("a", "bird.txt", "bird in a cage.txt", "in the folder of birds.txt"))
	if len(good) != 2 || good[0].Name != "bird.txt" || good[1].Name != "in the folder of birds.txt" {
		t.Errorf("kept %+v", good)
	}
	big := hitsOf("a", "large bird")
	big.Entries[0].SizeBytes = 11
	if good := s.Hits(big); len(good) != 0 {
		t.Errorf("kept %+v, which is too large", good)
	}
}

// The words may stand in the tags, which the asker does not ask again, nor miss.
func TestHitsByTagsAreKept(t *testing.T) {
	s := NewSearch(Spec{Expr: mustParse(t, "bjork joga ext:mp3")}, start)
	b := hitsOf("a", "01.mp3", "02.mp3", "03.txt")
	b.Entries[0].Tags = "Björk · Jóga"
	if good := s.Hits(b); len(good) != 2 || good[0].Tags != "Björk · Jóga" {
		t.Errorf("kept %+v", good)
	}
}

func TestReceipt(t *testing.T) {
	s := NewSearch(Spec{Expr: mustParse(t, "bird")}, start)
	s.Hits(hitsOf("a", "bird 1", "bird 2"))
	s.Hits(hitsOf("b", "bird 2"))
	s.Finish(Sums{Reached: 9, Duplicates: 3})
	got := s.Receipt(GUID{1}, Sums{Reached: 1}, Finished, start.Add(12*time.Millisecond))
	want := Receipt{GUID: GUID{1}, Answered: 2, Files: 2, Entries: 3, Reported: Sums{Reached: 9, Duplicates: 3}, Complete: true, Elapsed: 12 * time.Millisecond, Stopped: Finished}
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestStrategies(t *testing.T) {
	for _, name := range []string{"", "flood"} {
		if s, err := ParseStrategy(name); err != nil || s != Flood {
			t.Errorf("%q: %v, %v", name, s, err)
		}
	}
	for _, name := range []string{"dynamic", "magic"} {
		if _, err := ParseStrategy(name); err == nil {
			t.Errorf("%q passed", name)
		}
	}
}
