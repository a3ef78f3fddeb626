package config

import (
	"strings"
	"testing"
	"time"
)

func TestParseTimetable(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{" off ", ""},
		{"mon-fri 09:00,1M; 18:00,0", "mon-fri 09:00,1M; mon-fri 18:00,0"},
		{"9:05,1M", "daily 09:05,1M"},
		{"MON-Fri 09:00 , 1 M / 2.5MB ;", "mon-fri 09:00,1M/2500k"},
		{"sat,sun 10:00,5M;mon 00:00,0/0", "mon 00:00,0/0; sat,sun 10:00,5M"},
		{"fri-mon 23:59,1", "mon,fri-sun 23:59,1"},
		{"mon,wed,fri-sun 1:00,64Ki", "mon,wed,fri-sun 01:00,64Ki"},
		{"mon-sun 1:00,1k; daily 2:00,2k", "daily 01:00,1k; daily 02:00,2k"},
		{"tue 1:00,1k; daily 2:00,2k; 3:00,3k", "daily 02:00,2k; daily 03:00,3k; tue 01:00,1k"},
	} {
		got, err := ParseTimetable(c.text)
		if err != nil || got.String() != c.want {
			t.Errorf("%q is read as %q (%v), not %q", c.text, got, err, c.want)
			continue
		}
		if again, err := ParseTimetable(got.String()); err != nil || again.String() != c.want {
			t.Errorf("%q is read again as %q (%v)", c.want, again, err)
		}
	}
}

func TestParseTimetableErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"mon-fry 09:00,1M", `column 5: "fry" is no day`},
		{"weekdays 09:00,1M", `column 1: "weekdays" is no day`},
		{"mon, 09:00,1M", `column 6: "" is no day`},
		{"mon-fri 25:00,1M", `column 9: "25:00" is no time`},
		{"mon 9,1M", `column 5: "9" is no time`},
		{"mon 09:60,1M", `column 5: "09:60" is no time`},
		{"mon 09:5,1M", `column 5: "09:5" is no time`},
		{"mon 1:00", `column 9: a comma`},
		{"mon", `column 4: "" is no time`},
		{"mon 09:00,", `column 11: a limit is missing`},
		{"mon 09:00,1M/", `column 14: a limit is missing`},
		{"mon 09:00,-1", `column 11: "-1" is no limit`},
		{"mon 09:00,fast", `column 11: "fast" is no limit`},
		{"mon 09:00,99999999T", `column 11: "99999999T": too large`},
		{"mon 09:00,1M/2M/3M", `column 16: a semicolon`},
		{"mon 09:00,1M 18:00,0", `column 11: "1M 18:00,0" is no limit`},
		{"9:00,1M; mon-wed 9:00,2M", `column 10: mon-wed 09:00 is there twice`},
		{";", `column 1: "" is no time`},
		{"é 09:00,1M", `column 1: "é" is no time`},
		{strings.Repeat(" ", timetableBytesMax+1), "too long"},
	} {
		got, err := ParseTimetable(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q is read as %q with the error %v, not %s", c.text, got, err, c.want)
		}
	}
	var many strings.Builder
	for i := range timetableEntriesMax + 1 {
		many.WriteString(time.Date(0, 0, 0, 0, i, 0, 0, time.UTC).Format("15:04,0;"))
	}
	if _, err := ParseTimetable(many.String()); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("many entries: %v", err)
	}
}

func mustTimetable(t *testing.T, text string) Timetable {
	t.Helper()
	table, err := ParseTimetable(text)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func berlin(t *testing.T) *time.Location {
	t.Helper()
	place, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here: ", err)
	}
	return place
}

// TestTimetableAt: the last entry before a moment holds, over midnight, days
// without entries and clock changes; and the next one is the next.
func TestTimetableAt(t *testing.T) {
	place := berlin(t)
	const week = "mon-fri 09:00,1M/2M; 18:00,0; sat 12:00,5M"
	const night = "01:30,1k; 02:15,2k; 02:45,3k; 03:30,4k"
	for _, c := range []struct {
		table, now, start, next string
		up                      int64
	}{
		{week, "2026-11-23 08:59:59", "2026-11-21 12:00", "2026-11-23 09:00", 5e6}, // a Monday
		{week, "2026-11-23 09:00:00", "2026-11-23 09:00", "2026-11-23 18:00", 1e6},
		{week, "2026-11-23 17:59:59", "2026-11-23 09:00", "2026-11-23 18:00", 1e6},
		{week, "2026-11-24 03:00:00", "2026-11-23 18:00", "2026-11-24 09:00", 0},
		{week, "2026-11-28 11:00:00", "2026-11-27 18:00", "2026-11-28 12:00", 0},
		{week, "2026-11-29 23:00:00", "2026-11-28 12:00", "2026-11-30 09:00", 5e6},
		{"thu 10:00,7k", "2026-11-26 09:59:00", "2026-11-19 10:00", "2026-11-26 10:00", 7e3},
		{"thu 10:00,7k", "2026-11-26 10:00:00", "2026-11-26 10:00", "2026-12-03 10:00", 7e3},
		// Clocks go from 02:00 to 03:00 on 2026-03-29: both entries begin at 03:00, the later one holds.
		{night, "2026-03-29 01:59:59", "2026-03-29 01:30", "2026-03-29 03:00", 1e3},
		{night, "2026-03-29 03:00:00", "2026-03-29 03:00", "2026-03-29 03:30", 3e3},
		{"02:45,3k; sun 02:15,2k", "2026-03-29 03:00:00", "2026-03-29 03:00", "2026-03-30 02:45", 3e3},
	} {
		now, err := time.ParseInLocation(time.DateTime, c.now, place)
		if err != nil {
			t.Fatal(err)
		}
		table := mustTimetable(t, c.table)
		got, _ := table.At(now)
		next, _ := table.Next(now)
		const minutes = "2006-01-02 15:04"
		if got.Start.Format(minutes) != c.start || got.Up != c.up || next.Start.Format(minutes) != c.next {
			t.Errorf("%s at %s: %+v, then %+v", c.table, c.now, got, next)
		}
	}
	if _, some := (Timetable{}).At(time.Now()); some {
		t.Error("an empty timetable limits")
	}
	limit, _ := mustTimetable(t, week).At(time.Date(2026, 11, 23, 10, 0, 0, 0, place))
	if !limit.SaysDown || limit.Down != 2e6 {
		t.Errorf("downloads: %+v", limit)
	}
}

// TestTimetableWhenClocksGoBack: from 03:00 to 02:00 on 2026-10-25. An entry begins
// when its time is shown first, and does not begin again.
func TestTimetableWhenClocksGoBack(t *testing.T) {
	place := berlin(t)
	table := mustTimetable(t, "02:15,2k; 02:45,3k; 03:30,4k")
	midnight := time.Date(2026, 10, 25, 0, 0, 0, 0, place)
	begun := map[time.Duration]int64{2*time.Hour + 15*time.Minute: 2e3, 2*time.Hour + 45*time.Minute: 3e3, 4*time.Hour + 30*time.Minute: 4e3}
	for passed := 2 * time.Hour; passed < 6*time.Hour; passed += time.Minute {
		before, _ := table.At(midnight.Add(passed - time.Minute))
		now, _ := table.At(midnight.Add(passed))
		next, _ := table.Next(midnight.Add(passed - time.Minute))
		began := !now.Start.Equal(before.Start)
		if up, expected := begun[passed]; began != expected || began && (now.Up != up || !next.Start.Equal(now.Start)) {
			t.Errorf("%v after midnight: %+v, before %+v", passed, now, before)
		}
	}
}

// FuzzParseTimetable: whatever is read is written so that it is read alike, and has
// an entry in force and a next one at any time.
func FuzzParseTimetable(f *testing.F) {
	for _, text := range []string{"mon-fri 09:00,1M; 18:00,0", "off", "sat,sun 1:00,5M/0;", "fri-mon 23:59,64Ki/1.5G", "daily 2:30,1", ";;", "mon-"} {
		f.Add(text, int64(1774746000))
	}
	place, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		place = time.UTC
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		table, err := ParseTimetable(text)
		if err != nil {
			return
		}
		again, err := ParseTimetable(table.String())
		if err != nil || again.String() != table.String() {
			t.Fatalf("%q is written %q and read %q (%v)", text, table, again, err)
		}
		now := time.Unix(unix%(1<<34), 0).In(place)
		at, some := table.At(now)
		next, _ := table.Next(now)
		if some && (at.Start.IsZero() || at.Start.After(now) || !next.Start.After(now) || next.Start.Sub(now) > 8*24*time.Hour || now.Sub(at.Start) > 8*24*time.Hour) {
			t.Fatalf("%q at %v: %+v, then %+v", table, now, at, next)
		}
	})
}
