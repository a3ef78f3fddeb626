package transfer

import (
	"errors"
	"strings"
	"testing"

	"starling/transfer/pb"
)

// signed is a directory whose records are an id behind a signature of sorts.
type signed struct{ known map[Source][]byte }

func (d signed) Record(s Source) []byte { return d.known[s] }

func (d signed) Learn(record []byte) (Source, error) {
	id, ok := strings.CutPrefix(string(record), "signed by ")
	if !ok {
		return "", errors.New("no signature")
	}
	return Source(id), nil
}

func TestSourcesAreNamedByTheirRecords(t *testing.T) {
	d := signed{map[Source][]byte{"a": []byte("signed by a"), "b": []byte("signed by b"), "huge": make([]byte, recordMaxBytes+1)}}
	m := sourcesMessage(d, []Source{"a", "unknown", "huge", "b"})
	if got := sourcesOf(d, m.GetSources()); len(got) != 2 || got[0] != "a" || got[1] != "b" {
		t.Errorf("of four sources, two with a record, %v arrived", got)
	}
	if m := sourcesMessage(d, []Source{"unknown"}); m != nil {
		t.Errorf("a message that names nobody: %v", m)
	}
}

func TestSourcesOfIsBounded(t *testing.T) {
	records := [][]byte{nil, []byte("no signature"), make([]byte, recordMaxBytes+1), []byte("signed by " + strings.Repeat("x", sourceMaxBytes+1))}
	for range 100 {
		records = append(records, []byte("signed by n"))
	}
	got := sourcesOf(signed{}, &pb.Sources{Records: records})
	if len(got) != sourcesPerFrame-4 || got[0] != "n" {
		t.Errorf("took %d sources, of the first %d records 4 are no good", len(got), sourcesPerFrame)
	}
	many := make([]Source, 100)
	known := map[Source][]byte{}
	for i := range many {
		many[i] = Source(strings.Repeat("s", i+1))
		known[many[i]] = make([]byte, recordMaxBytes)
	}
	size := 0
	for _, r := range sourcesMessage(signed{known}, many).GetSources().GetRecords() {
		size += len(r)
	}
	if size > frameMaxBytes {
		t.Errorf("a message of %d bytes, a frame holds %d", size, frameMaxBytes)
	}
}

// A fetching node is named to others by its own record, not by anyone else's.
func TestIntroduces(t *testing.T) {
	for _, c := range []struct {
		record string
		want   bool
	}{{"signed by a", true}, {"signed by b", false}, {"a", false}, {"", false}} {
		if got := introduces(signed{}, "a", []byte(c.record)); got != c.want {
			t.Errorf("record %q of node a: %v", c.record, got)
		}
	}
}
