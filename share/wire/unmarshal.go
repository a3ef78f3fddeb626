package wire

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// ErrTooManyElements reports a message that holds more elements than its reader allows.
var ErrTooManyElements = errors.New("too many elements")

// ErrMalformed reports bytes that are no message of the expected shape.
var ErrMalformed = errors.New("malformed message")

// depthMax bounds nesting. Starling's deepest message has three levels.
const depthMax = 8

// Unmarshal decodes b into m after counting its elements on the raw bytes: at
// most maxElements of them in all, known or unknown. Fields that m does not
// know are counted and kept aside. Groups are refused: proto3 has none.
func Unmarshal(b []byte, m proto.Message, maxElements int) error {
	left := maxElements
	if err := count(b, m.ProtoReflect().Descriptor(), depthMax, &left); err != nil {
		return err
	}
	if err := proto.Unmarshal(b, m); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// count walks one level of b, as md describes it, and takes its elements from left.
func count(b []byte, md protoreflect.MessageDescriptor, depth int, left *int) error {
	if depth == 0 {
		return fmt.Errorf("%w: nested deeper than %d", ErrMalformed, depthMax)
	}
	fields := md.Fields()
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("%w: %w", ErrMalformed, protowire.ParseError(n))
		}
		b = b[n:]
		if *left--; *left < 0 {
			return ErrTooManyElements
		}
		n, err := countField(b, num, typ, fields.ByNumber(num), depth, left)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// countField takes the elements inside one field's value and returns the value's length.
func countField(b []byte, num protowire.Number, typ protowire.Type, fd protoreflect.FieldDescriptor, depth int, left *int) (int, error) {
	if typ == protowire.StartGroupType || typ == protowire.EndGroupType {
		return 0, fmt.Errorf("%w: group in field %d", ErrMalformed, num)
	}
	n := protowire.ConsumeFieldValue(num, typ, b)
	if n < 0 {
		return 0, fmt.Errorf("%w: field %d: %w", ErrMalformed, num, protowire.ParseError(n))
	}
	if fd == nil || typ != protowire.BytesType {
		return n, nil
	}
	value, _ := protowire.ConsumeBytes(b[:n])
	switch {
	case fd.Message() != nil:
		return n, count(value, fd.Message(), depth-1, left)
	case fd.IsList() && packable(fd.Kind()):
		// A packed entry takes at least one byte.
		if *left -= len(value); *left < 0 {
			return 0, ErrTooManyElements
		}
	}
	return n, nil
}

func packable(k protoreflect.Kind) bool {
	return k != protoreflect.StringKind && k != protoreflect.BytesKind
}
