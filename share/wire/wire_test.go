package wire_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"starling/share/wire"
)

// The tests borrow protobuf's own descriptor messages: nested, repeated, and
// known to everybody.
func sample(fields int) *descriptorpb.DescriptorProto {
	m := &descriptorpb.DescriptorProto{Name: proto.String("sample")}
	for range fields {
		m.Field = append(m.Field, &descriptorpb.FieldDescriptorProto{Name: proto.String("f")})
	}
	return m
}

func TestFrameRoundTrip(t *testing.T) {
	var stream bytes.Buffer
	for _, n := range []int{0, 1, 500} {
		if err := wire.WriteFrame(&stream, sample(n)); err != nil {
			t.Fatal(err)
		}
	}
	r := bufio.NewReader(&stream)
	var buf []byte
	for _, n := range []int{0, 1, 500} {
		var err error
		if buf, err = wire.ReadFrame(r, buf, 1<<20); err != nil {
			t.Fatal(err)
		}
		got := new(descriptorpb.DescriptorProto)
		if err := wire.Unmarshal(buf, got, 2000); err != nil {
			t.Fatal(err)
		}
		if len(got.Field) != n {
			t.Errorf("got %d fields, want %d", len(got.Field), n)
		}
	}
	if _, err := wire.ReadFrame(r, buf, 1<<20); err != io.EOF {
		t.Errorf("at the end: %v, want io.EOF", err)
	}
}

func TestReadFrameRefuses(t *testing.T) {
	tests := []struct {
		name  string
		bytes []byte
		want  error
	}{
		{"over the limit", binary.AppendUvarint(nil, 1025), wire.ErrFrameTooLarge},
		{"a length of all ones", bytes.Repeat([]byte{0xff}, 9), io.ErrUnexpectedEOF},
		{"cut inside the length", []byte{0x80}, io.ErrUnexpectedEOF},
		{"cut inside the body", []byte{5, 1, 2}, io.ErrUnexpectedEOF},
		{"cut before the body", []byte{5}, io.ErrUnexpectedEOF},
		{"nothing", nil, io.EOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := wire.ReadFrame(bufio.NewReader(bytes.NewReader(tt.bytes)), nil, 1024)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// A claim of many megabytes with a few bytes behind it must not cost megabytes.
func TestReadFrameAllocatesByWhatCame(t *testing.T) {
	claim := append(binary.AppendUvarint(nil, 64<<20), "only this"...)
	grown := allocated(func() {
		wire.ReadFrame(bufio.NewReader(bytes.NewReader(claim)), nil, 128<<20)
	})
	if grown > 1<<20 {
		t.Errorf("a short stream with a large claim allocated %d bytes", grown)
	}
}

func TestUnmarshalCountsElements(t *testing.T) {
	// 1 name + n fields + n names inside them
	full, err := proto.Marshal(sample(10))
	if err != nil {
		t.Fatal(err)
	}
	if err := wire.Unmarshal(full, new(descriptorpb.DescriptorProto), 21); err != nil {
		t.Errorf("21 elements at a limit of 21: %v", err)
	}
	if err := wire.Unmarshal(full, new(descriptorpb.DescriptorProto), 20); !errors.Is(err, wire.ErrTooManyElements) {
		t.Errorf("21 elements at a limit of 20: %v", err)
	}
}

func TestUnmarshalStopsElementBombs(t *testing.T) {
	bomb := bytes.Repeat([]byte{0x12, 0x00}, 1<<19) // a million bytes of empty sub-messages
	grown := allocated(func() {
		if err := wire.Unmarshal(bomb, new(descriptorpb.DescriptorProto), 1000); !errors.Is(err, wire.ErrTooManyElements) {
			t.Errorf("got %v", err)
		}
	})
	if grown > 8<<20 {
		t.Errorf("the bomb allocated %d bytes", grown)
	}
	packed := protowire.AppendTag(nil, 1, protowire.BytesType) // SourceCodeInfo.Location.path, packed
	packed = protowire.AppendBytes(packed, make([]byte, 5000))
	if err := wire.Unmarshal(packed, new(descriptorpb.SourceCodeInfo_Location), 1000); !errors.Is(err, wire.ErrTooManyElements) {
		t.Errorf("packed list: %v", err)
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	deep := []byte{}
	for range 30 {
		deep = protowire.AppendBytes(protowire.AppendTag(nil, 3, protowire.BytesType), deep) // nested_type
	}
	tests := map[string][]byte{
		"a group":        {0x0b, 0x0c},
		"a cut field":    {0x0a, 0x05, 'a'},
		"field zero":     {0x02, 0x00},
		"thirty levels":  deep,
		"an endless tag": bytes.Repeat([]byte{0xff}, 11),
	}
	for name, b := range tests {
		if err := wire.Unmarshal(b, new(descriptorpb.DescriptorProto), 1000); !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("%s: got %v, want ErrMalformed", name, err)
		}
	}
}

func TestUnmarshalToleratesUnknownFields(t *testing.T) {
	b, _ := proto.Marshal(sample(1))
	b = protowire.AppendTag(b, 9999, protowire.BytesType)
	b = protowire.AppendString(b, strings.Repeat("later", 10))
	got := new(descriptorpb.DescriptorProto)
	if err := wire.Unmarshal(b, got, 10); err != nil || got.GetName() != "sample" {
		t.Errorf("got %v, %v", got, err)
	}
}

func FuzzReadFrame(f *testing.F) {
	good, _ := wire.AppendFrame(nil, sample(3))
	f.Add(good)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(b))
		for range 64 {
			frame, err := wire.ReadFrame(r, nil, 4096)
			if err != nil {
				return
			}
			if len(frame) > 4096 {
				t.Fatalf("a frame of %d bytes", len(frame))
			}
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	good, _ := proto.Marshal(sample(3))
	f.Add(good)
	f.Add([]byte{0x12, 0x00, 0x0b, 0x0c})
	f.Fuzz(func(t *testing.T, b []byte) {
		m := new(descriptorpb.DescriptorProto)
		if err := wire.Unmarshal(b, m, 100); err == nil && len(m.Field) > 100 {
			t.Fatalf("%d fields decoded at a limit of 100", len(m.Field))
		}
	})
}

// allocated returns the bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
