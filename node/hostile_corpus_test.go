package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/network"
	"google.golang.org/protobuf/encoding/protowire"

	"starling/node/pb"
	"starling/share/wire"
	"starling/simulations/hostile"
)

// Every malformed message there is, thrown at every protocol of a whole node: it
// goes on serving files and folders, and keeps nothing.
func TestMalformedMessagesAtAWholeNode(t *testing.T) {
	samples, err := hostile.Corpus(hostile.DataFolder(".."))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no malformed messages to throw: %v; set STARLING_DATA to the folder of test data", err)
	}
	if err != nil || len(samples) < 400 {
		t.Fatalf("%d samples, %v", len(samples), err)
	}
	song := noise(songBytes, 6)
	target := holding(t, songName, song, nil)
	honest := startWhole(t, nil)
	honest.connect(target.status.Addresses[0])
	honest.find("song", 1)
	goroutines := runtime.NumGoroutine()

	p, err := hostile.New(context.Background(), hostile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for i := range samples {
		for _, protocol := range hostile.Protocols {
			throw(t, p, target, protocol, samples[i].Bytes)
			throw(t, p, target, protocol, protowire.AppendBytes(nil, samples[i].Bytes))
		}
	}
	p.Close()
	honest.eventually("the goroutines are gone", func() bool { return runtime.NumGoroutine() <= goroutines })

	honest.fetched(honest.fetch("1", nil), song)
	files := 0
	for _, err := range honest.Browse(t.Context(), target.status.ID, "") {
		if err != nil {
			t.Error(err)
		}
		files++
	}
	if files != 1 {
		t.Errorf("%d entries", files)
	}
}

// throw gives the target bytes over a connection that is no link, which it may
// have ended for the last ones.
func throw(t *testing.T, p *hostile.Peer, target whole, protocol string, b []byte) {
	t.Helper()
	var out hostile.Outcome
	for range 3 {
		if _, err := p.Connect(t.Context(), target.status.Addresses[0]); err != nil {
			t.Fatal(err)
		}
		if out = p.Throw(t.Context(), target.status.ID, protocol, b, patience); out.Ended {
			return
		}
	}
	t.Errorf("%s: a stream of %d bytes is neither taken nor ended: %+v", protocol, len(b), out)
}

// A node that is browsed may say what it likes: what comes of it is an error or a
// list with an end.
func TestBrowsingALiar(t *testing.T) {
	w := startWhole(t, nil)
	pages := 0
	for name, answer := range map[string]func() []byte{
		"noise":            func() []byte { return bytes.Repeat([]byte{0xff}, 100) },
		"nothing":          func() []byte { return nil },
		"a frame of 1 GiB": func() []byte { return protowire.AppendVarint(nil, 1<<30) },
		"a bomb":           func() []byte { return protowire.AppendBytes(nil, bytes.Repeat([]byte{0x12, 0}, 100_000)) },
		"the same page":    func() []byte { return page(t, &pb.Reply{More: true, Entries: []*pb.Entry{{Name: "a", Dir: true}}}) },
		"empty pages":      func() []byte { return page(t, &pb.Reply{More: true}) },
		"pages without end": func() []byte {
			pages++
			return page(t, &pb.Reply{More: true, Entries: []*pb.Entry{{Name: fmt.Sprint("folder ", pages), Dir: true}}})
		},
		"files of no id": func() []byte {
			return page(t, &pb.Reply{Entries: []*pb.Entry{{Name: "a"}, {Name: "b", Id: make([]byte, 31)}}})
		},
	} {
		p, err := hostile.New(context.Background(), hostile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p.Handle(hostile.ProtocolBrowse, func(s network.Stream) {
			s.Write(answer())
			s.Close()
		})
		w.connect(p.Address())
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		entries := 0
		var failed error
		for _, err := range w.Browse(ctx, p.ID(), "") {
			if err != nil {
				failed = err
			} else {
				entries++
			}
		}
		cancel()
		broken := name == "noise" || name == "nothing" || strings.HasPrefix(name, "a ")
		if broken != (failed != nil) || entries > map[string]int{"pages without end": 1000, "the same page": 2}[name] || errors.Is(failed, context.DeadlineExceeded) {
			t.Errorf("%s: %d entries, %v", name, entries, failed)
		}
		p.Close()
	}
	if pages < 10 || pages > 1000 {
		t.Errorf("%d pages without end were asked for", pages)
	}
}

func page(t *testing.T, m *pb.Reply) []byte {
	t.Helper()
	b, err := wire.AppendFrame(nil, m)
	if err != nil {
		t.Error(err)
	}
	return b
}
