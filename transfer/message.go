package transfer

import (
	"errors"
	"fmt"
	"slices"

	"starling/share/content"
	"starling/transfer/pb"
)

// Limits on what one message may be. A source never needs more: a bitset of
// 16,384 groups is 2 KiB, and longer lists go in several messages.
const (
	frameMaxBytes    = 8 << 10
	frameMaxElements = 4 << 10
	runsMax          = 512
	sourcesPerFrame  = 16
	sourceMaxBytes   = 128
	recordMaxBytes   = 2 << 10
	reasonMaxBytes   = 256
)

const (
	// blockBytes is the most raw bytes that follow one Data: a whole group of
	// any file up to 4 GiB, and what is read, hashed and written at once.
	blockBytes = 256 << 10
	// blockMinBytes keeps a slow peer from passing for a live one by a byte in
	// a frame now and then: only the end of a group may come in a smaller piece.
	blockMinBytes = 1 << 10
	// wholeGroupBytes is the largest group that is held in memory until it is
	// verified; larger ones go to the disk piece by piece.
	wholeGroupBytes = 4 << 20
)

// errProtocol says that a peer sent what no peer should.
var errProtocol = errors.New("it does not keep to the protocol")

// runsOf packs groups, in their order, into pairs for a Range or Cancel; at most
// runsMax runs, the groups left over are returned.
func runsOf(groups []int) (runs []uint32, rest []int) {
	for i, g := range groups {
		last := len(runs) - 2
		switch {
		case last >= 0 && int(runs[last]+runs[last+1]) == g:
			runs[last+1]++
		case last+2 == 2*runsMax:
			return runs, groups[i:]
		default:
			runs = append(runs, uint32(g), 1)
		}
	}
	return runs, nil
}

// groupsOf unpacks pairs that a peer sent for a file of the given layout. The
// error is errProtocol for an odd list, empty or overlong runs, and more groups
// in all than the file has.
func groupsOf(runs []uint32, l content.Layout) ([]int, error) {
	if len(runs)%2 != 0 || len(runs) > 2*runsMax {
		return nil, fmt.Errorf("%w: a list of %d numbers for runs", errProtocol, len(runs))
	}
	total := 0
	for pair := range slices.Chunk(runs, 2) {
		first, count := int64(pair[0]), int64(pair[1])
		if count == 0 || first+count > int64(l.Groups()) {
			return nil, fmt.Errorf("%w: a run of %d groups at %d of %d", errProtocol, count, first, l.Groups())
		}
		if total += int(count); total > l.Groups() {
			return nil, fmt.Errorf("%w: runs name groups twice", errProtocol)
		}
	}
	groups := make([]int, 0, total)
	for pair := range slices.Chunk(runs, 2) {
		for g := pair[0]; g < pair[0]+pair[1]; g++ {
			groups = append(groups, int(g))
		}
	}
	return groups, nil
}

// hello is a Hello that makes sense.
type hello struct {
	id        content.ID
	sizeBytes int64 // 0: not known
	serves    bool
	record    []byte
}

func helloOf(m *pb.Hello) (h hello, err error) {
	if len(m.GetId()) != len(h.id) {
		return h, fmt.Errorf("%w: a content id of %d bytes", errProtocol, len(m.GetId()))
	}
	if m.GetSizeBytes() > uint64(content.MaxSizeBytes) {
		return h, fmt.Errorf("%w: a size of %d bytes", errProtocol, m.GetSizeBytes())
	}
	copy(h.id[:], m.GetId())
	h.sizeBytes, h.serves, h.record = int64(m.GetSizeBytes()), m.GetServes(), m.GetRecord()
	return h, nil
}

// holding is a Have that makes sense: a claim, as yet unproven.
type holding struct {
	layout content.Layout
	groups content.Bitset
	index  int // first groups that hold the index of a collection
}

func holdingOf(m *pb.Have) (h holding, err error) {
	if m.GetSizeBytes() > uint64(content.MaxSizeBytes) {
		return h, fmt.Errorf("%w: it claims a size of %d bytes", errLied, m.GetSizeBytes())
	}
	h.layout = content.LayoutOf(int64(m.GetSizeBytes()))
	h.index = min(int(m.GetIndexGroups()), content.GroupsFor(h.layout, content.CollectionIndexMax), h.layout.Groups())
	if m.GetWhole() {
		h.groups = content.NewBitset(h.layout.Groups())
		h.groups.SetAll()
		return h, nil
	}
	h.groups, err = content.FromBytes(h.layout.Groups(), m.GetGroups())
	if err != nil {
		err = fmt.Errorf("%w: %w", errProtocol, err)
	}
	return h, err
}

func haveMessage(l content.Layout, groups content.Bitset) *pb.Message {
	have := &pb.Have{SizeBytes: uint64(l.SizeBytes), Whole: groups.Complete()}
	if !have.Whole {
		have.Groups = groups.Bytes()
	}
	return &pb.Message{Kind: &pb.Message_Have{Have: have}}
}

// checkData says whether a piece may come as it claims, given how much of the
// group has come before.
func checkData(m *pb.Data, l content.Layout, before int64) error {
	g := int64(m.GetGroup())
	if g >= int64(l.Groups()) {
		return fmt.Errorf("%w: data of group %d in %d", errProtocol, g, l.Groups())
	}
	_, groupLen := l.Span(int(g))
	n, off := int64(m.GetLength()), m.GetOffset()
	if off != uint64(before) || n > blockBytes || before+n > groupLen || n == 0 && groupLen > 0 {
		return fmt.Errorf("%w: %d bytes at %d of group %d, %d were expected", errProtocol, n, off, g, groupLen-before)
	}
	if n < blockMinBytes && before+n < groupLen {
		return fmt.Errorf("%w: a piece of %d bytes", errProtocol, n)
	}
	return nil
}
