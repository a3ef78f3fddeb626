package transfer

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"starling/share/content"
	"starling/share/wire"
	"starling/transfer/pb"
)

// The golden vectors freeze the wire: version 1.0.0 will always read and write
// these bytes.
func TestGoldenMessages(t *testing.T) {
	id := bytes.Repeat([]byte{0xab}, 32)
	for _, c := range []struct {
		name    string
		message *pb.Message
		parts   []string // length, field of Message, its length, then its fields
	}{
		{"hello", &pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: id, SizeBytes: 300_000, Serves: true, Record: []byte("rec")}}},
			[]string{"2f", "0a2d", "0a20" + strings.Repeat("ab", 32), "10e0a712", "1801", "2203726563"}},
		{"manifest request", &pb.Message{Kind: &pb.Message_ManifestRequest{ManifestRequest: &pb.ManifestRequest{}}},
			[]string{"02", "1200"}},
		{"range", &pb.Message{Kind: &pb.Message_Range{Range: &pb.Range{Runs: []uint32{5, 3, 300, 1}}}},
			[]string{"09", "1a07", "0a05", "0503ac0201"}},
		{"cancel", &pb.Message{Kind: &pb.Message_Cancel{Cancel: &pb.Cancel{Runs: []uint32{5, 1}}}},
			[]string{"06", "2204", "0a02", "0501"}},
		{"have, whole", &pb.Message{Kind: &pb.Message_Have{Have: &pb.Have{SizeBytes: 300_000, Whole: true}}},
			[]string{"08", "2a06", "08e0a712", "1001"}},
		{"have, one of two groups", &pb.Message{Kind: &pb.Message_Have{Have: &pb.Have{SizeBytes: 300_000, Groups: []byte{2}}}},
			[]string{"09", "2a07", "08e0a712", "1a0102"}},
		{"manifest", &pb.Message{Kind: &pb.Message_Manifest{Manifest: &pb.Manifest{Length: 64}}},
			[]string{"04", "3202", "0840"}},
		{"data", &pb.Message{Kind: &pb.Message_Data{Data: &pb.Data{Group: 1, Offset: 4096, Length: 37856}}},
			[]string{"0b", "3a09", "0801", "108020", "18e0a702"}},
		{"data that is to be answered", &pb.Message{Kind: &pb.Message_Data{Data: &pb.Data{Group: 1, Offset: 4096, Length: 37856, Mark: true}}},
			[]string{"0d", "3a0b", "0801", "108020", "18e0a702", "2001"}},
		{"received", &pb.Message{Kind: &pb.Message_Received{Received: &pb.Received{Bytes: 300_000}}},
			[]string{"06", "7204", "08e0a712"}},
		{"have-update", &pb.Message{Kind: &pb.Message_HaveUpdate{HaveUpdate: &pb.HaveUpdate{Runs: []uint32{0, 1}}}},
			[]string{"06", "4204", "0a02", "0001"}},
		{"busy", &pb.Message{Kind: &pb.Message_Busy{Busy: &pb.Busy{Position: 2, QueueLength: 7, EtaMs: 90_000}}},
			[]string{"0a", "4a08", "0802", "1007", "1890bf05"}},
		{"gone", &pb.Message{Kind: &pb.Message_Gone{Gone: &pb.Gone{Reason: "no"}}},
			[]string{"06", "5204", "0a026e6f"}},
		{"error", &pb.Message{Kind: &pb.Message_Error{Error: &pb.Error{Code: pb.Error_QUEUE_FULL, Reason: "no"}}},
			[]string{"08", "5a06", "0802", "12026e6f"}},
		{"sources", &pb.Message{Kind: &pb.Message_Sources{Sources: &pb.Sources{Records: [][]byte{[]byte("a"), []byte("bc")}}}},
			[]string{"09", "6207", "0a0161", "0a026263"}},
		{"keep-alive", keepAlive(),
			[]string{"02", "6a00"}},
	} {
		want, err := hex.DecodeString(strings.Join(c.parts, ""))
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.AppendFrame(nil, c.message)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is written as %x, want %x (%v)", c.name, got, want, err)
		}
		var read pb.Message
		frame, err := wire.ReadFrame(bufio.NewReader(bytes.NewReader(want)), nil, frameMaxBytes)
		if err == nil {
			err = wire.Unmarshal(frame, &read, frameMaxElements)
		}
		if err != nil || !proto.Equal(&read, c.message) {
			t.Errorf("%s is read as %v (%v)", c.name, &read, err)
		}
	}
}

func TestRunsThereAndBack(t *testing.T) {
	l := content.LayoutOf(content.MaxGroups * groupBytes)
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SliceOfDistinct(rapid.IntRange(0, l.Groups()-1), rapid.ID[int]).Draw(t, "groups")
		var back []int
		for rest := groups; len(rest) > 0; {
			var runs []uint32
			runs, rest = runsOf(rest)
			part, err := groupsOf(runs, l)
			if err != nil {
				t.Fatal(err)
			}
			back = append(back, part...)
		}
		if !slices.Equal(back, groups) {
			t.Fatalf("%v came back as %v", groups, back)
		}
	})
	many := make([]int, 0, 2000)
	for g := 0; g < 4000; g += 2 {
		many = append(many, g)
	}
	runs, rest := runsOf(many)
	if len(runs) != 2*runsMax || len(rest) != len(many)-runsMax {
		t.Errorf("%d numbers, %d groups left over", len(runs), len(rest))
	}
	if b, err := wire.AppendFrame(nil, &pb.Message{Kind: &pb.Message_Range{Range: &pb.Range{Runs: runs}}}); err != nil || len(b) > frameMaxBytes {
		t.Errorf("the longest range is %d bytes (%v)", len(b), err)
	}
}

func TestGroupsOfRefuses(t *testing.T) {
	l := content.LayoutOf(10 * groupBytes)
	for name, runs := range map[string][]uint32{
		"an odd list":      {1, 2, 3},
		"an empty run":     {1, 0},
		"a run too long":   {8, 3},
		"a start too far":  {10, 1},
		"an overflow":      {1 << 31, 1 << 31},
		"the most":         {0, 1<<32 - 1},
		"a group twice":    {0, 10, 3, 1},
		"too many runs":    make([]uint32, 2*runsMax+2),
		"an overflow by 1": {9, 1<<32 - 1},
	} {
		if groups, err := groupsOf(runs, l); !errors.Is(err, errProtocol) {
			t.Errorf("%s gave %v, %v", name, groups, err)
		}
	}
}

func TestHoldingOfRefuses(t *testing.T) {
	for name, m := range map[string]*pb.Have{
		"a size of 2^63":      {SizeBytes: 1 << 63, Whole: true},
		"a size beyond all":   {SizeBytes: 1<<64 - 1, Whole: true},
		"a size just too big": {SizeBytes: uint64(content.MaxSizeBytes) + 1, Whole: true},
		"a short bitset":      {SizeBytes: 100 * groupBytes, Groups: make([]byte, 12)},
		"a long bitset":       {SizeBytes: 100 * groupBytes, Groups: make([]byte, 14)},
		"a stray bit":         {SizeBytes: 3 * groupBytes, Groups: []byte{8}},
		"no bitset":           {SizeBytes: 100 * groupBytes},
	} {
		if h, err := holdingOf(m); err == nil {
			t.Errorf("%s gave %+v", name, h)
		}
	}
	if h, err := holdingOf(&pb.Have{SizeBytes: uint64(content.MaxSizeBytes), Whole: true}); err != nil || h.groups.Count() != content.MaxGroups {
		t.Errorf("the largest file gave %v", err)
	}
}

func TestCheckData(t *testing.T) {
	l := content.LayoutOf(2*groupBytes + 5000)
	for _, c := range []struct {
		group, length uint32
		offset        uint64
		before        int64
		ok            bool
	}{
		{0, groupBytes, 0, 0, true},
		{0, groupBytes / 2, groupBytes / 2, groupBytes / 2, true},
		{2, 5000, 0, 0, true},
		{2, 400, 4600, 4600, true},
		{0, groupBytes + 1, 0, 0, false},
		{2, 5001, 0, 0, false},
		{3, 1, 0, 0, false},
		{0, groupBytes, 1, 0, false},
		{0, groupBytes, 0, 1024, false},
		{0, groupBytes, groupBytes, groupBytes, false},
		{0, 100, 0, 0, false}, // a piece too small to be worth it
		{0, 0, 0, 0, false},
		{0, groupBytes, 1<<64 - 1, 0, false},
		{1<<32 - 1, 1, 0, 0, false},
	} {
		err := checkData(&pb.Data{Group: c.group, Offset: c.offset, Length: c.length}, l, c.before)
		if (err == nil) != c.ok {
			t.Errorf("%+v gave %v", c, err)
		}
	}
}

// FuzzMessage feeds frames to every decoder there is.
func FuzzMessage(f *testing.F) {
	l := content.LayoutOf(20 * groupBytes)
	for _, m := range []*pb.Message{
		{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: make([]byte, 32), SizeBytes: 1}}},
		haveMessage(l, fullSet(20)),
		haveMessage(l, content.NewBitset(20)),
		{Kind: &pb.Message_Range{Range: &pb.Range{Runs: []uint32{1, 2}}}},
		{Kind: &pb.Message_Data{Data: &pb.Data{Group: 1, Length: groupBytes}}},
		{Kind: &pb.Message_Busy{Busy: &pb.Busy{Position: 1, EtaMs: 1 << 63}}},
		sourcesMessage(plainDirectory{}, []Source{"a"}),
	} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var m pb.Message
		if len(b) > frameMaxBytes || wire.Unmarshal(b, &m, frameMaxElements) != nil {
			return
		}
		if h, err := helloOf(m.GetHello()); m.GetHello() != nil && err == nil && (h.sizeBytes < 0 || h.sizeBytes > content.MaxSizeBytes) {
			t.Fatalf("took %+v", h)
		}
		if m.GetHave() != nil {
			fuzzHave(t, m.GetHave())
		}
		for _, runs := range [][]uint32{m.GetRange().GetRuns(), m.GetCancel().GetRuns(), m.GetHaveUpdate().GetRuns()} {
			groups, err := groupsOf(runs, l)
			if err == nil && len(groups) > 0 && (slices.Min(groups) < 0 || slices.Max(groups) >= l.Groups() || len(groups) > l.Groups()) {
				t.Fatalf("took %v", groups)
			}
		}
		if d := m.GetData(); d != nil && checkData(d, l, 0) == nil && (d.GetLength() > blockBytes || int(d.GetGroup()) >= l.Groups()) {
			t.Fatalf("took %v", d)
		}
		if sources := sourcesOf(plainDirectory{}, m.GetSources()); len(sources) > sourcesPerFrame {
			t.Fatalf("took %d sources", len(sources))
		}
		_ = plainly(endingOf(&m))
	})
}

func fuzzHave(t *testing.T, m *pb.Have) {
	h, err := holdingOf(m)
	if err != nil {
		return
	}
	if h.layout.Check() != nil || h.groups.Len() != h.layout.Groups() {
		t.Fatalf("took %+v", h.layout)
	}
	if back := haveMessage(h.layout, h.groups).GetHave(); back.GetWhole() == m.GetWhole() && !reflect.DeepEqual(back.GetGroups(), m.GetGroups()) && !m.GetWhole() {
		t.Fatalf("%v came back as %v", m, back)
	}
}
