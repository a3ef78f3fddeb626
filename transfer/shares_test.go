package transfer

import (
	"testing"
	"time"
)

// TestShares: whoever has asked for less is next, unless it has stopped waiting: it
// was served, has nothing to ask, is gone, or has not come again for too long.
func TestShares(t *testing.T) {
	now := time.Unix(1000, 0)
	poor, rich := shareKey{d: &download{}}, shareKey{d: &download{}}
	apart := shareKey{d: &download{}, wan: true}
	for name, c := range map[string]struct {
		do    func(s *shares)
		later time.Duration
		waits bool
	}{
		"it waits":                    {do: func(*shares) {}, waits: true},
		"it has nothing to ask":       {do: func(s *shares) { s.rests(poor) }},
		"it has had more":             {do: func(s *shares) { s.took(poor, 200); s.held(poor, now) }},
		"it is gone":                  {do: func(s *shares) { s.leave(poor.d) }},
		"it has not come for a while": {do: func(*shares) {}, later: wantsFor},
	} {
		var s shares
		s.took(rich, 100)
		s.took(rich, 100)
		s.took(apart, 200)
		s.held(poor, now)
		c.do(&s)
		if wait := s.turn(rich, now.Add(c.later)); (wait > 0) != c.waits {
			t.Errorf("%s: the other waits for %v", name, wait)
		}
		if wait := s.turn(apart, now); wait > 0 {
			t.Errorf("%s: who is under another limit waits for %v", name, wait)
		}
	}
}
