package query

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"starling/query/pb"
	"starling/share/content"
	"starling/share/wire"
	"starling/share/words"
)

// ErrMalformed reports bytes that are no message of this protocol, or one whose
// values are out of bounds.
var ErrMalformed = errors.New("malformed search message")

// Elements allowed in a message, as wire.Unmarshal counts them. Each leaves room
// for fields that later versions add.
const (
	queryElementsMax = 16
	batchElementsMax = 16 + EntriesMax*16
	frameElementsMax = 4096
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrMalformed, fmt.Errorf(format, args...))
}

// Header is the outside of an encoded query: what is needed to know a duplicate.
type Header struct {
	GUID      GUID
	TTL, Hops uint8
	body      []byte
}

// DecodeHeader reads an encoded Query without looking into its body.
func DecodeHeader(data []byte) (Header, error) {
	if len(data) > QueryBytesMax {
		return Header{}, malformed("a query of %d bytes, limit %d", len(data), QueryBytesMax)
	}
	var m pb.Query
	if err := wire.Unmarshal(data, &m, queryElementsMax); err != nil {
		return Header{}, malformed("%w", err)
	}
	if m.Ttl < 1 || m.Ttl > 255 || m.Hops > 255 {
		return Header{}, malformed("TTL %d, hops %d", m.Ttl, m.Hops)
	}
	return Header{GUID: GUIDOf(m.Body), TTL: uint8(m.Ttl), Hops: uint8(m.Hops), body: m.Body}, nil
}

// Decode reads the body and returns the whole message.
func (h Header) Decode() (Message, error) {
	var m pb.Body
	if err := wire.Unmarshal(h.body, &m, queryElementsMax); err != nil {
		return Message{}, malformed("%w", err)
	}
	if len(m.Nonce) != nonceBytes {
		return Message{}, malformed("a nonce of %d bytes", len(m.Nonce))
	}
	if len(m.Expression) > ExpressionBytesMax {
		return Message{}, malformed("an expression of %d bytes", len(m.Expression))
	}
	expr, err := words.Parse(m.Expression)
	if err != nil {
		return Message{}, malformed("expression: %w", err)
	}
	return Message{Kind: KindQuery, TTL: h.TTL, Hops: h.Hops, Query: &Query{
		GUID: h.GUID, Raw: h.body, Expr: expr, Wanted: int(min(m.Wanted, EntriesMax)), Echo: m.Echo,
	}}, nil
}

// New makes a query of an expression. The nonce keeps two searches for the same
// thing apart; it must be random, so that it does not tell who asks.
func NewQuery(expr words.Expr, wanted int, echo bool, nonce [16]byte) (*Query, error) {
	text := expr.String()
	if len(text) > ExpressionBytesMax {
		return nil, fmt.Errorf("the search is %d bytes long, at most %d are allowed: use fewer words", len(text), ExpressionBytesMax)
	}
	raw, err := proto.Marshal(&pb.Body{
		Nonce: nonce[:], Expression: text, Wanted: uint32(max(wanted, 0)), Echo: echo,
	})
	if err != nil {
		return nil, fmt.Errorf("encode query: %w", err)
	}
	return &Query{GUID: GUIDOf(raw), Raw: raw, Expr: expr, Wanted: wanted, Echo: echo}, nil
}

// EncodeQuery returns one copy of a query as it goes over a link.
func EncodeQuery(q *Query, ttl, hops uint8) ([]byte, error) {
	return proto.Marshal(&pb.Query{Ttl: uint32(ttl), Hops: uint32(hops), Body: q.Raw})
}

// EncodeFrame returns messages of kinds KindHits and KindEcho as one frame of a
// hit stream, its length in front.
func EncodeFrame(messages []Message) ([]byte, error) {
	var f pb.Frame
	for _, m := range messages {
		switch m.Kind {
		case KindHits:
			f.Hits = append(f.Hits, &pb.Hits{Guid: m.Hits.GUID[:], Hops: uint32(m.Hops), Envelope: m.Hits.Envelope})
		case KindEcho:
			f.Echoes = append(f.Echoes, encodeEcho(m.Echo))
		default:
			return nil, fmt.Errorf("a message of kind %d on a hit stream", m.Kind)
		}
	}
	return wire.AppendFrame(nil, &f)
}

// DecodeFrame reads what EncodeFrame wrote, without its length: hits in order,
// then echoes in order.
func DecodeFrame(data []byte) ([]Message, error) {
	var f pb.Frame
	if err := wire.Unmarshal(data, &f, frameElementsMax); err != nil {
		return nil, malformed("%w", err)
	}
	out := make([]Message, 0, len(f.Hits)+len(f.Echoes))
	for _, h := range f.Hits {
		guid, err := parseGUID(h.Guid)
		if err != nil {
			return nil, err
		}
		if len(h.Envelope) > HitBytesMax || h.Hops > 255 {
			return nil, malformed("a batch of %d bytes, hops %d", len(h.Envelope), h.Hops)
		}
		out = append(out, Message{Kind: KindHits, Hops: uint8(h.Hops), Hits: &Hits{GUID: guid, Envelope: h.Envelope}})
	}
	for _, e := range f.Echoes {
		echo, err := decodeEcho(e)
		if err != nil {
			return nil, err
		}
		out = append(out, Message{Kind: KindEcho, Echo: echo})
	}
	return out, nil
}

func encodeEcho(e *Echo) *pb.Echo {
	return &pb.Echo{
		Guid: e.GUID[:], Ttl: uint32(e.TTL),
		Reached: e.Sums.Reached, Hits: e.Sums.Hits, Holders: e.Sums.Holders,
		Duplicates: e.Sums.Duplicates, Reforwarded: e.Sums.Reforwarded,
		Pruned: e.Sums.Pruned, RateLimited: e.Sums.RateLimited, Lost: e.Sums.Lost,
	}
}

func decodeEcho(e *pb.Echo) (*Echo, error) {
	guid, err := parseGUID(e.Guid)
	if err != nil {
		return nil, err
	}
	if e.Ttl > 255 {
		return nil, malformed("an echo of TTL %d", e.Ttl)
	}
	return &Echo{GUID: guid, TTL: uint8(e.Ttl), Sums: Sums{
		Reached: e.Reached, Hits: e.Hits, Holders: e.Holders, Duplicates: e.Duplicates,
		Reforwarded: e.Reforwarded, Pruned: e.Pruned, RateLimited: e.RateLimited, Lost: e.Lost,
	}}, nil
}

// EncodeBatch returns what a holder signs.
func EncodeBatch(b *Batch) ([]byte, error) {
	m := &pb.Batch{
		Guid: b.GUID[:], HolderRecord: b.Record, ExpiresUnix: b.Expires.Unix(),
		FreeSlots: uint32(max(b.FreeSlots, 0)),
	}
	for _, e := range b.Entries {
		held := uint32(e.HeldGroups)
		if e.Whole() {
			held = 0
		}
		m.Entries = append(m.Entries, &pb.Entry{
			Name: e.Name, SizeBytes: uint64(e.SizeBytes), Id: e.ID[:], Type: uint32(e.Type), HeldGroups: held, Files: uint32(max(e.Files, 0)), Tags: fittingTags(e.Tags),
		})
	}
	return proto.Marshal(m)
}

// DecodeBatch reads the payload of a signed batch. Holder stays empty: it is
// whoever signed.
func DecodeBatch(data []byte) (*Batch, error) {
	var m pb.Batch
	if err := wire.Unmarshal(data, &m, batchElementsMax); err != nil {
		return nil, malformed("%w", err)
	}
	guid, err := parseGUID(m.Guid)
	if err != nil {
		return nil, err
	}
	if len(m.Entries) < 1 || len(m.Entries) > EntriesMax {
		return nil, malformed("a batch of %d entries", len(m.Entries))
	}
	b := &Batch{
		GUID: guid, Record: m.HolderRecord, Expires: time.Unix(m.ExpiresUnix, 0),
		FreeSlots: int(m.FreeSlots), Entries: make([]Entry, len(m.Entries)),
	}
	for i, e := range m.Entries {
		if b.Entries[i], err = decodeEntry(e); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func decodeEntry(e *pb.Entry) (Entry, error) {
	if len(e.Name) < 1 || len(e.Name) > NameBytesMax || !utf8.ValidString(e.Name) {
		return Entry{}, malformed("a name of %d bytes", len(e.Name))
	}
	if len(e.Id) != len(content.ID{}) {
		return Entry{}, malformed("a content id of %d bytes", len(e.Id))
	}
	if e.SizeBytes > uint64(content.MaxSizeBytes) {
		return Entry{}, malformed("a file of %d bytes", e.SizeBytes)
	}
	groups := content.LayoutOf(int64(e.SizeBytes)).Groups()
	held := int(e.HeldGroups)
	if held > groups {
		return Entry{}, malformed("%d of %d groups held", held, groups)
	}
	if held == 0 {
		held = groups
	}
	return Entry{
		Name: e.Name, SizeBytes: int64(e.SizeBytes), ID: content.ID(e.Id),
		Type: words.Type(min(e.Type, 255)), HeldGroups: held, Groups: groups,
		Files: int(min(e.Files, content.CollectionFilesMax)), Tags: fittingTags(e.Tags),
	}, nil
}

// fittingTags are tags that keep the limit, or none: they only adorn an entry.
func fittingTags(tags string) string {
	if len(tags) > TagsBytesMax || !utf8.ValidString(tags) {
		return ""
	}
	return tags
}
