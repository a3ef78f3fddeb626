package transfer

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

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

func (d signed) Reach(s Source) []byte       { return d.known[s] }
func (d signed) Recall(Source, []byte) error { return nil }

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

// counting counts the records that are looked at.
type counting struct {
	plainDirectory
	learned *atomic.Int64
}

func (d counting) Learn(record []byte) (Source, error) {
	d.learned.Add(1)
	return d.plainDirectory.Learn(record)
}

// TestNamingIsBounded: each record may cost a signature check, so a peer that names
// sources all the time is not listened to all the time, on either side.
func TestNamingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 3*groupBytes, 1)
		var learned atomic.Int64
		o := n.options("z")
		o.Directory = counting{learned: &learned}
		z := n.start("z", o, nil)
		flood := func(c *conn) {
			for range 100 {
				if c.write(sourcesMessage(plainDirectory{}, []Source{"x", "y"})) != nil {
					return
				}
			}
		}
		n.serve("source", (&fake{sample: s, instead: func(c *conn, m *pb.Message) bool {
			if m.GetManifestRequest() != nil {
				flood(c)
			}
			return false
		}}).serve)
		want(t, s, z.get(Request{ID: s.id, Sources: []Source{"source"}}))
		if got := learned.Swap(0); got == 0 || got > 2*2*swarmBurst {
			t.Errorf("%d records of a source were looked at", got)
		}
		stream, err := n.dialAs("fetcher")(context.Background(), "z")
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Reset()
		c := newConn(stream)
		if err := c.write(&pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: s.id[:]}}}); err != nil {
			t.Fatal(err)
		}
		if err := c.read(new(pb.Message)); err != nil {
			t.Fatal(err)
		}
		flood(c)
		if got := learned.Load(); got == 0 || got > 2*2*swarmBurst {
			t.Errorf("%d records of a fetcher were looked at", got)
		}
	})
}
