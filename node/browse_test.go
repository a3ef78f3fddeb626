package node

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"starling/node/pb"
	"starling/query"
	"starling/share/content"
	"starling/share/wire"
)

// TestBrowseGolden freezes the wire: these very bytes are the protocol's version 1.0.0.
func TestBrowseGolden(t *testing.T) {
	for _, c := range []struct {
		message proto.Message
		want    string
	}{
		// length 10; field 1 "a/b"; field 2 "c.d"
		{&pb.Request{Path: "a/b", After: "c.d"}, "0a" + "0a03612f62" + "1203632e64"},
		// an empty request asks for the list of folders
		{&pb.Request{}, "00"},
		// length 12; field 2: a folder: name "x", dir, 300 files; field 3: more follow
		{&pb.Reply{Entries: []*pb.Entry{{Name: "x", Dir: true, Files: 300}}, More: true}, "0c" + "1208" + "0a0178" + "1001" + "18ac02" + "1801"},
		// length 2; field 1: refused, busy
		{&pb.Reply{Refusal: pb.Reply_BUSY}, "02" + "0802"},
		// length 43; field 2: a file: name "y", 5 bytes, its id, type 1 (audio)
		{&pb.Reply{Entries: []*pb.Entry{{Name: "y", SizeBytes: 5, Id: bytes.Repeat([]byte{0xab}, 32), Type: 1}}},
			"2b" + "1229" + "0a0179" + "2005" + "2a20" + strings.Repeat("ab", 32) + "3001"},
		// length 49; the same with field 7: its tags
		{&pb.Reply{Entries: []*pb.Entry{{Name: "y", SizeBytes: 5, Id: bytes.Repeat([]byte{0xab}, 32), Type: 1, Tags: "a é"}}},
			"31" + "122f" + "0a0179" + "2005" + "2a20" + strings.Repeat("ab", 32) + "3001" + "3a04" + "6120c3a9"},
	} {
		got, err := wire.AppendFrame(nil, c.message)
		if diff := cmp.Diff(c.want, hex.EncodeToString(got)); diff != "" || err != nil {
			t.Errorf("%v: %v %s", c.message, err, diff)
		}
	}
}

// TestBrowsePageHostile: entries that make no sense are left out, refusals have words of their own.
func TestBrowsePageHostile(t *testing.T) {
	good := bytes.Repeat([]byte{1}, 32)
	page, err := browsePage(&pb.Reply{More: true, Entries: []*pb.Entry{
		{Name: "ok", SizeBytes: 1, Id: good, Type: 1},
		{Name: "short id", SizeBytes: 1, Id: good[:31]},
		{Name: "long id", SizeBytes: 1, Id: append(good[:32:32], 1)},
		{Name: "no id", SizeBytes: 1},
		{Name: "huge", SizeBytes: uint64(content.MaxSizeBytes) + 1, Id: good},
		{Name: "", SizeBytes: 1, Id: good},
		{Name: "", Dir: true},
		{Name: "odd type", Id: good, Type: 1 << 31},
		{Name: "long tags", Id: good, Tags: strings.Repeat("x", query.TagsBytesMax+1)},
		{Name: "tags", Id: good, Tags: strings.Repeat("x", query.TagsBytesMax)},
		{Name: "dir", Dir: true, Files: 1 << 31},
	}}, "")
	var names []string
	for _, e := range page.Entries {
		names = append(names, e.Name+" "+e.Kind)
		if (e.Name == "tags") != (e.Tags != "") {
			t.Errorf("%s has the tags %q", e.Name, e.Tags)
		}
	}
	if diff := cmp.Diff([]string{"ok audio", "odd type collection", "long tags any", "tags any", "dir "}, names); diff != "" || err != nil || page.After != "dir" {
		t.Error(diff, err, page.After)
	}
	for refusal, code := range map[pb.Reply_Refusal]Code{pb.Reply_NOT_FOUND: CodeNotFound, pb.Reply_BUSY: CodeRefused, pb.Reply_FAILED: CodeRefused, 99: CodeRefused} {
		_, err := browsePage(&pb.Reply{Refusal: refusal}, "x")
		var p *Problem
		if !errors.As(err, &p) || p.Code != code {
			t.Errorf("%v: %v", refusal, err)
		}
	}
}

func TestBrowseLimit(t *testing.T) {
	var l browseLimit
	now := time.Unix(1000, 0)
	granted := 0
	for range browseBurst + 50 {
		if l.allow("crawler", now) {
			granted++
		}
	}
	if granted != browseBurst {
		t.Errorf("a burst of %d was granted", granted)
	}
	if !l.allow("another", now) {
		t.Error("one node's crawl holds another up")
	}
	if !l.allow("crawler", now.Add(time.Second)) {
		t.Error("a second later it is still refused")
	}
	for i := range 10 * browsersMax {
		l.allow(fmt.Sprint(i), now)
	}
	if len(l.byNode) > browsersMax {
		t.Errorf("%d nodes are remembered", len(l.byNode))
	}
}

// TestBrowseStreams asks one real node from another: pages, folders, what does not exist, and too often.
func TestBrowseStreams(t *testing.T) {
	shared := filepath.Join(t.TempDir(), "music")
	if err := os.MkdirAll(filepath.Join(shared, "inner"), 0o700); err != nil {
		t.Fatal(err)
	}
	const files = browsePageEntries + 7
	for i := range files {
		if err := os.WriteFile(filepath.Join(shared, fmt.Sprintf("%04d.txt", i)), []byte{byte(i), byte(i >> 8)}, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	os.WriteFile(filepath.Join(shared, "inner", "deep.txt"), []byte("deep"), 0o600)
	holder, holding := startTest(t, Options{Config: testConfig(t.TempDir()), Shares: []string{shared}})
	<-holder.library.Ready()
	_, asking := startTest(t, Options{Config: testConfig(t.TempDir())})
	status, err := holding.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := asking.Connect(t.Context(), status.Addresses[0]); err != nil {
		t.Fatal(err)
	}
	names := func(path string) (out []string, err error) {
		for e, err := range asking.Browse(t.Context(), "1", path) {
			if err != nil {
				return out, err
			}
			out = append(out, e.Name)
		}
		return out, nil
	}
	if got, err := names(""); err != nil || !cmp.Equal(got, []string{"music"}) {
		t.Errorf("folders: %q, %v", got, err)
	}
	if got, err := names("music"); err != nil || len(got) != files+1 || got[0] != "0000.txt" || got[files] != "inner" {
		t.Errorf("music: %d entries, %v", len(got), err)
	}
	if got, err := names("/music/inner/"); err != nil || !cmp.Equal(got, []string{"deep.txt"}) {
		t.Errorf("inner: %q, %v", got, err)
	}
	var p *Problem
	for _, path := range []string{"nowhere", "music/../..", "music/0000.txt/x"} {
		if got, err := names(path); !errors.As(err, &p) || p.Code != CodeNotFound {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	for err == nil {
		_, err = names("music/inner")
	}
	if !errors.As(err, &p) || p.Code != CodeRefused || !strings.Contains(err.Error(), "too often") {
		t.Errorf("asked without end: %v", err)
	}
}

func FuzzBrowseRequest(f *testing.F) {
	frame, _ := wire.AppendFrame(nil, &pb.Request{Path: "a", After: "b"})
	f.Add(frame)
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		request, err := readBrowseRequest(bufio.NewReader(iotest.OneByteReader(bytes.NewReader(b))))
		if err == nil && (len(request.Path) > browsePathMax || len(request.After) > browsePathMax) {
			t.Error("a path beyond the limit")
		}
	})
}

func FuzzBrowseReply(f *testing.F) {
	frame, _ := wire.AppendFrame(nil, &pb.Reply{Entries: []*pb.Entry{{Name: "x", Id: make([]byte, 32)}}, More: true})
	f.Add(frame)
	f.Fuzz(func(t *testing.T, b []byte) {
		reply, err := readBrowseReply(bufio.NewReader(bytes.NewReader(b)))
		if err != nil {
			if errors.Is(err, io.EOF) && len(b) > 0 {
				t.Errorf("a clean end inside %x", b)
			}
			return
		}
		page, err := browsePage(reply, "x")
		if err == nil && len(page.Entries) > browseElementsMax {
			t.Errorf("%d entries", len(page.Entries))
		}
	})
}
