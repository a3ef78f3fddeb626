package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Bounds of a timetable: an entry an hour and day of the week, and no more text
// than that.
const (
	timetableEntriesMax = 7 * 24
	timetableBytesMax   = 8 << 10
)

// ParseTimetable reads entries separated by semicolons, each
//
//	[DAYS] HH:MM,UP[/DOWN]
//
// where DAYS are days and ranges as mon-fri or sat,sun, or daily; UP and DOWN are
// bytes per second as ParseSize reads them, 0 for unlimited. An entry without DAYS
// is for those of the entry before it, the first one for every day; one without
// DOWN leaves downloads to what holds without a timetable. "" and "off" are no timetable. Errors say
// where in the text the mistake is.
func ParseTimetable(text string) (Timetable, error) {
	if len(text) > timetableBytesMax {
		return Timetable{}, fmt.Errorf("a timetable of %d bytes is too long: %d are the most", len(text), timetableBytesMax)
	}
	if word := strings.ToLower(strings.TrimSpace(text)); word == "" || word == "off" {
		return Timetable{}, nil
	}
	r := &timetableReader{text: text}
	days := everyDay
	for !r.done() {
		at := r.at
		e, err := r.entry(days)
		if err != nil {
			return Timetable{}, err
		}
		if i := slices.IndexFunc(r.entries, func(o timetableEntry) bool { return o.minute == e.minute && o.days&e.days != 0 }); i >= 0 {
			return Timetable{}, r.wrong(at, "%s %02d:%02d is there twice", r.entries[i].days&e.days, e.minute/60, e.minute%60)
		}
		if r.entries = append(r.entries, e); len(r.entries) > timetableEntriesMax {
			return Timetable{}, r.wrong(at, "more than %d entries", timetableEntriesMax)
		}
		days = e.days
	}
	return Timetable{sorted(r.entries)}, nil
}

// timetableReader reads a timetable from left to right.
type timetableReader struct {
	text    string
	at      int // bytes read
	entries []timetableEntry
}

// wrong is an error about what stands at a byte of the text.
func (r *timetableReader) wrong(at int, format string, args ...any) error {
	column := len([]rune(r.text[:min(at, len(r.text))])) + 1
	return fmt.Errorf("timetable, column %d: %w; write it as %q", column, fmt.Errorf(format, args...), "mon-fri 09:00,1M; 18:00,0")
}

func (r *timetableReader) spaces() {
	for r.at < len(r.text) && (r.text[r.at] == ' ' || r.text[r.at] == '\t') {
		r.at++
	}
}

func (r *timetableReader) done() bool {
	r.spaces()
	return r.at == len(r.text)
}

// word takes what stands before the next of these characters.
func (r *timetableReader) word(before string) (word string, at int) {
	r.spaces()
	at = r.at
	end := strings.IndexAny(r.text[at:], before)
	if end < 0 {
		end = len(r.text) - at
	}
	r.at += end
	return strings.TrimSpace(r.text[at:r.at]), at
}

// skip takes one character, if it is the next one.
func (r *timetableReader) skip(c byte) bool {
	r.spaces()
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *timetableReader) entry(days weekdays) (e timetableEntry, err error) {
	e.days, e.down = days, -1
	r.spaces()
	if c := r.text[r.at]; c|0x20 >= 'a' && c|0x20 <= 'z' {
		if e.days, err = r.days(); err != nil {
			return e, err
		}
	}
	if e.minute, err = r.minute(); err != nil {
		return e, err
	}
	if !r.skip(',') {
		return e, r.wrong(r.at, "a comma and the upload limit belong after the time")
	}
	if e.up, err = r.rate(); err != nil {
		return e, err
	}
	if r.skip('/') {
		if e.down, err = r.rate(); err != nil {
			return e, err
		}
	}
	if !r.skip(';') && !r.done() {
		return e, r.wrong(r.at, "a semicolon belongs between two entries, and one slash between the limits")
	}
	return e, nil
}

// days reads mon-fri,sun, with the time still to come.
func (r *timetableReader) days() (w weekdays, err error) {
	for {
		first, err := r.day()
		if err != nil {
			return 0, err
		}
		last := first
		if first < 0 {
			first, last = 0, 6
		} else if r.skip('-') {
			if last, err = r.day(); err != nil {
				return 0, err
			}
		}
		for i := first; ; i = (i + 1) % 7 {
			w |= 1 << weekday(i)
			if i == last {
				break
			}
		}
		if !r.skip(',') {
			return w, nil
		}
	}
}

// day gives an index of dayNames, -1 for daily.
func (r *timetableReader) day() (int, error) {
	word, at := r.word(" \t,-;0123456789")
	word = strings.ToLower(word)
	if word == daily {
		return -1, nil
	}
	i := slices.Index(dayNames, word)
	if i < 0 {
		return 0, r.wrong(at, "%q is no day: mon, tue, wed, thu, fri, sat, sun or daily", word)
	}
	return i, nil
}

func (r *timetableReader) minute() (int, error) {
	word, at := r.word(",;/ \t")
	hour, minute, found := strings.Cut(word, ":")
	h, okHour := twoDigits(hour)
	m, okMinute := twoDigits(minute)
	if !found || !okHour || !okMinute || len(minute) != 2 || h > 23 || m > 59 {
		return 0, r.wrong(at, "%q is no time from 00:00 to 23:59", word)
	}
	return h*60 + m, nil
}

// twoDigits reads one digit or two.
func twoDigits(s string) (n int, ok bool) {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(s) == 1 || len(s) == 2
}

func (r *timetableReader) rate() (int64, error) {
	word, at := r.word("/;")
	if word == "" {
		return 0, r.wrong(at, "a limit is missing: bytes per second, 0 for unlimited")
	}
	rate, err := ParseSize(word)
	if errors.Is(err, errSize) {
		return 0, r.wrong(at, "%q is no limit in bytes per second, such as 800k or 1.5M, or 0 for unlimited", word)
	}
	if err != nil {
		return 0, r.wrong(at, "%q: %w", word, err)
	}
	return rate, nil
}

// timetable is a Timetable as a value of the configuration.
type timetable struct{ field *Timetable }

func (t timetable) set(raw any, _ string) error {
	var text string
	if err := setText(&text, raw); err != nil {
		return err
	}
	parsed, err := ParseTimetable(text)
	if err == nil {
		*t.field = parsed
	}
	return err
}
func (t timetable) text() string { return t.field.String() }
func (t timetable) toml() string { return Quote(t.text()) }
