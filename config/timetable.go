package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Timetable is limits by day and hour, in local time: each entry holds from its
// time until the next one begins, over midnight and over days without entries.
// The zero value is none. It is read by ParseTimetable and written by String.
type Timetable struct{ entries []timetableEntry }

type timetableEntry struct {
	days   weekdays
	minute int   // of the day
	up     int64 // bytes/s, 0 for unlimited
	down   int64 // -1: not said
}

// weekdays has bit 0 for Sunday, as time.Weekday counts.
type weekdays uint8

const everyDay weekdays = 1<<7 - 1

func (w weekdays) has(d time.Weekday) bool { return w>>d&1 == 1 }

// Limit is an entry of a Timetable on one day: what holds from Start on.
type Limit struct {
	Start    time.Time
	Up, Down int64 // bytes/s, 0 for unlimited
	SaysDown bool  // or downloads have what holds without a timetable
}

// IsZero tells a timetable without entries.
func (t Timetable) IsZero() bool { return len(t.entries) == 0 }

// Equal tells whether two timetables say the same.
func (t Timetable) Equal(other Timetable) bool { return slices.Equal(t.entries, other.entries) }

// SaysDown tells whether any entry limits downloads.
func (t Timetable) SaysDown() bool {
	return slices.ContainsFunc(t.entries, func(e timetableEntry) bool { return e.down >= 0 })
}

// At gives what holds at a moment, in its time zone; false without entries.
func (t Timetable) At(now time.Time) (Limit, bool) {
	var latest Limit
	for limit := range t.around(now) {
		if !limit.Start.After(now) && !limit.Start.Before(latest.Start) {
			latest = limit
		}
	}
	return latest, !t.IsZero()
}

// Next gives what begins next after a moment; false without entries.
func (t Timetable) Next(now time.Time) (Limit, bool) {
	var next Limit
	for limit := range t.around(now) {
		if limit.Start.After(now) && (next.Start.IsZero() || !limit.Start.After(next.Start)) {
			next = limit
		}
	}
	return next, !t.IsZero()
}

// around yields the entries of all days that can matter at a moment, by day and
// time: each entry is for some day of the week. Of those that a change of clocks
// begins at one moment the last one holds.
func (t Timetable) around(now time.Time) func(yield func(Limit) bool) {
	entries := slices.SortedStableFunc(slices.Values(t.entries), func(a, b timetableEntry) int { return cmp.Compare(a.minute, b.minute) })
	return func(yield func(Limit) bool) {
		for day := -8; day <= 8; day++ {
			date := time.Date(now.Year(), now.Month(), now.Day()+day, 0, 0, 0, 0, time.UTC)
			for _, e := range entries {
				if !e.days.has(date.Weekday()) {
					continue
				}
				start := wallClock(date, e.minute, now.Location())
				if !yield(Limit{Start: start, Up: e.up, Down: max(e.down, 0), SaysDown: e.down >= 0}) {
					return
				}
			}
		}
	}
}

// wallClock is the first moment of a date at which the clocks of a place show this
// minute of the day, or, where they were set forward past it, a later one.
func wallClock(date time.Time, minute int, place *time.Location) time.Time {
	t := time.Date(date.Year(), date.Month(), date.Day(), 0, minute, 0, 0, place)
	start, end := t.ZoneBounds()
	shown := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	switch wanted := date.Add(time.Duration(minute) * time.Minute); {
	case shown.After(wanted):
		return start // the minute was left out
	case shown.Before(wanted):
		return end
	}
	if start.IsZero() {
		return t
	}
	_, offset := t.Zone()
	_, before := start.Add(-1).Zone()
	if earlier := t.Add(time.Duration(offset-before) * time.Second); earlier.Before(start) && before > offset {
		return earlier // the minute came twice
	}
	return t
}

// String is the timetable as ParseTimetable reads it, each entry with its days.
func (t Timetable) String() string {
	entries := make([]string, len(t.entries))
	for i, e := range t.entries {
		entries[i] = fmt.Sprintf("%s %02d:%02d,%s", e.days, e.minute/60, e.minute%60, FormatSize(e.up))
		if e.down >= 0 {
			entries[i] += "/" + FormatSize(e.down)
		}
	}
	return strings.Join(entries, "; ")
}

// String is daily, or days and ranges from Monday on.
func (w weekdays) String() string {
	if w == everyDay {
		return daily
	}
	var parts []string
	for i := 0; i < 7; i++ {
		first := i
		for i < 7 && w.has(weekday(i)) {
			i++
		}
		switch n := i - first; {
		case n == 1:
			parts = append(parts, dayNames[first])
		case n == 2:
			parts = append(parts, dayNames[first], dayNames[first+1])
		case n > 2:
			parts = append(parts, dayNames[first]+"-"+dayNames[i-1])
		}
	}
	return strings.Join(parts, ",")
}

const daily = "daily"

// dayNames begin with Monday.
var dayNames = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// weekday turns an index of dayNames into a day.
func weekday(i int) time.Weekday { return time.Weekday((i + 1) % 7) }

// sorted brings entries into the order in which a week has them.
func sorted(entries []timetableEntry) []timetableEntry {
	slices.SortStableFunc(entries, func(a, b timetableEntry) int {
		return cmp.Or(cmp.Compare(a.days.first(), b.days.first()), cmp.Compare(a.minute, b.minute))
	})
	return entries
}

func (w weekdays) first() int {
	for i := range 7 {
		if w.has(weekday(i)) {
			return i
		}
	}
	return 7
}
