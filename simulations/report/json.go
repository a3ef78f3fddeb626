package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"starling/share"
	"starling/simulations"
)

// JSON writes r as one document with a final newline. It is indented, with what
// holds no lists itself, a row or a point, on one line, so that two results can
// be compared line by line. The same result gives the same bytes. Characters
// that a screen obeys or hides are written as \u escapes. An error is one of w.
func JSON(w io.Writer, r *simulations.Result) error {
	var compact bytes.Buffer
	encoder := json.NewEncoder(&compact)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(plain(r)); err != nil {
		return fmt.Errorf("encode the result of %s: %w", r.Scenario, err)
	}
	if _, err := w.Write(arranged(bytes.TrimSpace(compact.Bytes()))); err != nil {
		return fmt.Errorf("write the result of %s: %w", r.Scenario, err)
	}
	return nil
}

// plain is a copy of r that JSON can say: floats are written so that they are
// read as floats again, and NaN and the infinities are gone.
func plain(r *simulations.Result) *simulations.Result {
	out := *r
	out.Tables = make([]simulations.Table, len(r.Tables))
	for i, t := range r.Tables {
		t.Rows = plainRows(t.Rows)
		out.Tables[i] = t
	}
	out.Charts = make([]simulations.Chart, len(r.Charts))
	for i, c := range r.Charts {
		c.X, c.Y = plainAxis(c.X), plainAxis(c.Y)
		c.Series = plainSeries(c.Series)
		out.Charts[i] = c
	}
	return &out
}

func plainRows(rows []simulations.Row) []simulations.Row {
	out := make([]simulations.Row, len(rows))
	for i, row := range rows {
		out[i] = make(simulations.Row, len(row))
		for key, value := range row {
			if f, ok := value.(float64); ok {
				value = number(f)
			}
			out[i][key] = value
		}
	}
	return out
}

// number is a float64 as JSON has it, with a point or an exponent; nil when it
// is no number.
func number(f float64) any {
	text, err := json.Marshal(f)
	if err != nil {
		return nil
	}
	if !bytes.ContainsAny(text, ".e") {
		text = append(text, ".0"...)
	}
	return json.Number(text)
}

func plainAxis(a simulations.Axis) simulations.Axis {
	if !finite(a.Min) || !finite(a.Max) {
		a.Min, a.Max = 0, 0
	}
	return a
}

func plainSeries(series []simulations.Series) []simulations.Series {
	out := make([]simulations.Series, len(series))
	for i, s := range series {
		points := make([][2]float64, 0, len(s.Points))
		for _, p := range s.Points {
			if finite(p[0]) && finite(p[1]) {
				points = append(points, p)
			}
		}
		s.Points = points
		out[i] = s
	}
	return out
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// arranged breaks one line of JSON into indented lines. Lists and objects
// without others inside stay on their line.
func arranged(line []byte) []byte {
	var out bytes.Buffer
	depth := 0
	newline := func() { out.WriteString("\n" + strings.Repeat("  ", depth)) }
	for i := 0; i < len(line); {
		if n := leaf(line[i:]); n > 0 {
			escapeUnseen(&out, line[i:i+n])
			i += n
			continue
		}
		switch c := line[i]; c {
		case '{', '[':
			depth++
			out.WriteByte(c)
			newline()
		case '}', ']':
			depth--
			newline()
			out.WriteByte(c)
		case ',':
			out.WriteByte(c)
			newline()
		case ':':
			out.WriteString(": ")
		default:
			out.WriteByte(c)
		}
		i++
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// leaf measures the text at the start of line that stays on one line: a string,
// or a list or object without others inside. 0 when there is none.
func leaf(line []byte) int {
	if n := quoted(line); n > 0 {
		return n
	}
	if line[0] != '[' && line[0] != '{' || bytes.HasPrefix(line, []byte(`["`)) { // sentences have a line each
		return 0
	}
	for i := 1; i < len(line); {
		switch line[i] {
		case '"':
			i += quoted(line[i:])
		case '[', '{':
			return 0
		case ']', '}':
			return i + 1
		default:
			i++
		}
	}
	return 0
}

// quoted measures the string at the start of line, quotes included.
func quoted(line []byte) int {
	if line[0] != '"' {
		return 0
	}
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(line)
}

// escapeUnseen copies JSON and writes characters that screens obey or hide as
// \u escapes, which mean the same. They occur within strings only.
func escapeUnseen(out *bytes.Buffer, text []byte) {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r < utf8.RuneSelf && r != 0x7f || share.DisplayName(string(r)) == string(r):
			out.Write(text[:n])
		case r >= 0x10000:
			r -= 0x10000
			fmt.Fprintf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(out, `\u%04x`, r)
		}
		text = text[n:]
	}
}
