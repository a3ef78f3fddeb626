package query

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"starling/query/pb"
	"starling/share/content"
	"starling/share/words"
)

func unhex(t testing.TB, parts ...string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Join(parts, ""), " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Golden vectors: these bytes are the protocol. A change here is a new version of it.
func TestGoldenQuery(t *testing.T) {
	q, err := NewQuery(mustParse(t, "Wu-Tang ext:mp3"), 20, true, [16]byte{0: 0xaa, 15: 0xbb})
	if err != nil {
		t.Fatal(err)
	}
	body := unhex(t,
		"0a 10 aa0000000000000000000000000000bb",               // 1 nonce
		"12 0f", hex.EncodeToString([]byte("wu-tang ext:mp3")), // 2 expression
		"18 14", // 3 wanted: 20
		"20 01", // 4 echo: yes
	)
	if !bytes.Equal(q.Raw, body) {
		t.Errorf("body %x, want %x", q.Raw, body)
	}
	if got, want := q.GUID.String(), hex.EncodeToString(first16(content.Sum(body))); got != want {
		t.Errorf("GUID %s, want %s", got, want)
	}
	wire, err := EncodeQuery(q, 7, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := append(unhex(t,
		"08 07", // 1 TTL: 7
		"10 02", // 2 hops: 2
		"1a 27", // 3 body, 39 bytes
	), body...)
	if !bytes.Equal(wire, want) {
		t.Errorf("query %x, want %x", wire, want)
	}
}

func first16(id content.ID) []byte { return id[:16] }

func TestGoldenFrame(t *testing.T) {
	guid := GUID{1, 2, 3}
	got, err := EncodeFrame([]Message{
		{Kind: KindHits, Hops: 3, Hits: &Hits{GUID: guid, Envelope: []byte("env")}},
		{Kind: KindEcho, Echo: &Echo{GUID: guid, TTL: 4, Sums: Sums{1, 2, 3, 4, 5, 6, 7, 8}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(t,
		"41",                                     // the frame's length: 65
		"0a 19",                                  // 1 hits
		"0a 10 01020300000000000000000000000000", // 1 GUID
		"10 03",                                  // 2 hops: 3
		"1a 03 656e76",                           // 3 envelope
		"12 24",                                  // 2 echo
		"0a 10 01020300000000000000000000000000", // 1 GUID
		"10 04",                                  // 2 TTL: 4
		"18 01",                                  // 3 reached
		"20 02",                                  // 4 hits
		"28 03",                                  // 5 holders
		"30 04",                                  // 6 duplicates
		"38 05",                                  // 7 reforwarded
		"40 06",                                  // 8 pruned
		"48 07",                                  // 9 rate limited
		"50 08",                                  // 10 lost
	)
	if !bytes.Equal(got, want) {
		t.Errorf("frame\n%x, want\n%x", got, want)
	}
}

func TestGoldenBatch(t *testing.T) {
	got, err := EncodeBatch(&Batch{
		GUID: GUID{9}, Record: []byte("rec"), Expires: time.Unix(300, 0), FreeSlots: 4,
		Entries: []Entry{
			{Name: "a.mp3", SizeBytes: 300_000, ID: content.ID{7}, Type: words.Audio, HeldGroups: 1, Groups: 2},
			{Name: "b", SizeBytes: 1, ID: content.ID{8}, HeldGroups: 1, Groups: 1},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(t,
		"0a 10 09000000000000000000000000000000", // 1 GUID
		"12 03 726563",                           // 2 holder's record
		"18 ac02",                                // 3 expires: 300 s
		"20 04",                                  // 4 free slots
		"2a 31",                                  // 5 entry
		"0a 05 612e6d7033",                       // 1 name
		"10 e0a712",                              // 2 size: 300,000
		"1a 20", "07"+strings.Repeat("00", 31),   // 3 content id
		"20 01", // 4 type: audio
		"28 01", // 5 groups held: 1
		"2a 27", // 5 entry, whole and of no type
		"0a 01 62", "10 01", "1a 20", "08"+strings.Repeat("00", 31),
	)
	if !bytes.Equal(got, want) {
		t.Errorf("batch\n%x, want\n%x", got, want)
	}
}

// Tags are a field of their own: who does not know it reads the rest.
func TestGoldenTags(t *testing.T) {
	e := Entry{Name: "b", SizeBytes: 1, ID: content.ID{8}, HeldGroups: 1, Groups: 1, Tags: "é · x"}
	got, err := EncodeBatch(&Batch{GUID: GUID{9}, Expires: time.Unix(300, 0), Entries: []Entry{e}})
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(t,
		"0a 10 09000000000000000000000000000000", // 1 GUID
		"18 ac02",                                // 3 expires: 300 s
		"2a 30",                                  // 5 entry
		"0a 01 62", "10 01", "1a 20", "08"+strings.Repeat("00", 31),
		"3a 07 c3a9 20 c2b7 20 78", // 7 tags
	)
	if !bytes.Equal(got, want) {
		t.Errorf("batch\n%x, want\n%x", got, want)
	}
	b, err := DecodeBatch(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Entry{e}, b.Entries); diff != "" {
		t.Error(diff)
	}
}

// Tags that break the limit are dropped, on both sides, and the entry stays.
func TestTagsTooLong(t *testing.T) {
	for tags, want := range map[string]string{strings.Repeat("x", TagsBytesMax): strings.Repeat("x", TagsBytesMax), strings.Repeat("x", TagsBytesMax+1): "", "a\xff": ""} {
		e := entry("a.mp3")
		e.Tags = tags
		data, err := EncodeBatch(&Batch{Entries: []Entry{e}})
		if err != nil {
			t.Fatal(err)
		}
		if b, err := DecodeBatch(data); err != nil || b.Entries[0].Tags != want || b.Entries[0].Name != "a.mp3" {
			t.Errorf("%d bytes encoded: %+v, %v", len(tags), b, err)
		}
		if got, err := decodeEntry(&pb.Entry{Name: "a.mp3", Id: e.ID[:], Tags: tags}); err != nil || got.Tags != want || got.Name != "a.mp3" {
			t.Errorf("%d bytes decoded: %+v, %v", len(tags), got, err)
		}
	}
}

func TestCodecRoundTrips(t *testing.T) {
	q := testQuery(t, `cafe "two words" -not size:>1M`, true, 3)
	data, _ := EncodeQuery(q, 5, 1)
	h, err := DecodeHeader(data)
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.Decode()
	if err != nil {
		t.Fatal(err)
	}
	if m.TTL != 5 || m.Hops != 1 || m.Query.GUID != q.GUID || !m.Query.Expr.Equal(q.Expr) || !m.Query.Echo || !bytes.Equal(m.Query.Raw, q.Raw) {
		t.Errorf("got %+v %+v", m, m.Query)
	}
	b := &Batch{GUID: q.GUID, Record: []byte{1}, Expires: time.Unix(1e9, 0), FreeSlots: 2, Entries: []Entry{entry("x.txt")}}
	payload, _ := EncodeBatch(b)
	back, err := DecodeBatch(payload)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b, back); diff != "" {
		t.Error(diff)
	}
}

// Fields of a later version pass through this one untouched.
func TestUnknownFieldsAreForwarded(t *testing.T) {
	q := testQuery(t, "bird", false, 1)
	later := protowire.AppendString(protowire.AppendTag(bytes.Clone(q.Raw), 15, protowire.BytesType), "new")
	data, _ := proto.Marshal(&pb.Query{Ttl: 3, Body: later})
	h, err := DecodeHeader(data)
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.Decode()
	if err != nil {
		t.Fatal(err)
	}
	again, _ := EncodeQuery(m.Query, m.TTL, 0)
	if !bytes.Equal(again, data) {
		t.Errorf("forwarded as %x, came as %x", again, data)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := &pb.Body{Nonce: make([]byte, 16), Expression: "bird"}
	query := func(ttl, hops uint32, change func(*pb.Body)) []byte {
		b := proto.Clone(good).(*pb.Body)
		if change != nil {
			change(b)
		}
		body, _ := proto.Marshal(b)
		data, _ := proto.Marshal(&pb.Query{Ttl: ttl, Hops: hops, Body: body})
		return data
	}
	tests := map[string][]byte{
		"nothing":             {},
		"garbage":             []byte("not a message at all"),
		"TTL 0":               query(0, 0, nil),
		"TTL 256":             query(256, 0, nil),
		"hops 256":            query(1, 256, nil),
		"a short nonce":       query(1, 0, func(b *pb.Body) { b.Nonce = b.Nonce[:15] }),
		"no expression":       query(1, 0, func(b *pb.Body) { b.Expression = "" }),
		"a broken expression": query(1, 0, func(b *pb.Body) { b.Expression = "size:>x" }),
		"a long expression":   query(1, 0, func(b *pb.Body) { b.Expression = strings.Repeat("a ", 129) }),
		"a huge nonce":        query(1, 0, func(b *pb.Body) { b.Nonce = make([]byte, 600) }),
	}
	for name, data := range tests {
		h, err := DecodeHeader(data)
		if err == nil {
			_, err = h.Decode()
		}
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
	if _, err := DecodeHeader(query(1, 0, nil)); err != nil {
		t.Errorf("the unchanged query: %v", err)
	}
}

func TestDecodeBatchRefuses(t *testing.T) {
	good := func() *pb.Batch {
		return &pb.Batch{Guid: make([]byte, 16), Entries: []*pb.Entry{{Name: "a", SizeBytes: 1, Id: make([]byte, 32)}}}
	}
	tests := map[string]func(*pb.Batch){
		"a short GUID":         func(b *pb.Batch) { b.Guid = b.Guid[:8] },
		"no entries":           func(b *pb.Batch) { b.Entries = nil },
		"21 entries":           func(b *pb.Batch) { b.Entries = slicesRepeat(b.Entries[0], 21) },
		"no name":              func(b *pb.Batch) { b.Entries[0].Name = "" },
		"a long name":          func(b *pb.Batch) { b.Entries[0].Name = strings.Repeat("a", 256) },
		"a short id":           func(b *pb.Batch) { b.Entries[0].Id = make([]byte, 31) },
		"a size of 2^63":       func(b *pb.Batch) { b.Entries[0].SizeBytes = 1 << 63 },
		"more held than there": func(b *pb.Batch) { b.Entries[0].HeldGroups = 2 },
	}
	for name, change := range tests {
		b := good()
		change(b)
		data, _ := proto.Marshal(b)
		if _, err := DecodeBatch(data); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
}

func slicesRepeat[T any](v T, n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func FuzzQuery(f *testing.F) {
	data, _ := EncodeQuery(testQuery(f, "bird -cage ext:mp3", true, 1), 7, 0)
	f.Add(data)
	f.Add([]byte{0x08, 0x01, 0x1a, 0x02, 0x0a, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := DecodeHeader(b)
		if err != nil {
			return
		}
		m, err := h.Decode()
		if err != nil {
			return
		}
		again, err := EncodeQuery(m.Query, m.TTL, m.Hops)
		if err != nil {
			t.Fatal(err)
		}
		h2, err := DecodeHeader(again)
		if err != nil || h2.GUID != h.GUID || h2.TTL != h.TTL || h2.Hops != h.Hops {
			t.Fatalf("%+v came back as %+v, %v", h, h2, err)
		}
	})
}

func FuzzFrame(f *testing.F) {
	data, _ := EncodeFrame([]Message{
		{Kind: KindHits, Hops: 3, Hits: &Hits{Envelope: []byte("env")}},
		{Kind: KindEcho, Echo: &Echo{TTL: 4, Sums: Sums{Reached: 1}}},
	})
	f.Add(data[1:])
	f.Fuzz(func(t *testing.T, b []byte) {
		messages, err := DecodeFrame(b)
		if err != nil {
			return
		}
		again, err := EncodeFrame(messages)
		if err != nil {
			t.Fatal(err)
		}
		_, n := protowire.ConsumeVarint(again)
		back, err := DecodeFrame(again[n:])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(messages, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzBatch(f *testing.F) {
	data, _ := EncodeBatch(&Batch{Expires: time.Unix(300, 0), Entries: []Entry{entry("a.mp3")}})
	f.Add(data)
	f.Fuzz(func(t *testing.T, b []byte) {
		batch, err := DecodeBatch(b)
		if err != nil {
			return
		}
		if len(batch.Entries) > EntriesMax {
			t.Fatalf("%d entries", len(batch.Entries))
		}
		for _, e := range batch.Entries {
			if e.SizeBytes < 0 || e.HeldGroups < 1 || e.HeldGroups > e.Groups || len(e.Name) > NameBytesMax {
				t.Fatalf("entry %+v", e)
			}
		}
	})
}
