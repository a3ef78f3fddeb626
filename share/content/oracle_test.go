package content_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"os"
	"slices"
	"strings"
	"testing"

	"lukechampine.com/blake3/bao"
	"lukechampine.com/blake3/guts"

	"starling/share/content"
)

func readerOf(data []byte) io.Reader { return bytes.NewReader(data) }

// innerNode is the value of the parent of two, written without our tree code.
func innerNode(left, right content.CV) (cv content.CV) {
	var words [2][8]uint32
	for i, child := range []content.CV{left, right} {
		for w := range words[i] {
			words[i][w] = binary.LittleEndian.Uint32(child[4*w:])
		}
	}
	parent := guts.ChainingValue(guts.ParentNode(words[0], words[1], &guts.IV, 0))
	for w, v := range parent {
		binary.LittleEndian.PutUint32(cv[4*w:], v)
	}
	return cv
}

// outboardCVs reads the groups' values out of a Bao outboard: parents in
// pre-order, the left part of a tree being the largest power of two that
// leaves something to the right.
func outboardCVs(outboard []byte, groups int) []content.CV {
	if groups == 1 {
		return nil
	}
	rest := outboard[8:]
	var cvs []content.CV
	var walk func(groups int)
	walk = func(groups int) {
		children := [2]content.CV{content.CV(rest[:32]), content.CV(rest[32:64])}
		rest = rest[64:]
		left := 1 << (bits.Len(uint(groups-1)) - 1)
		for i, n := range []int{left, groups - left} {
			if n == 1 {
				cvs = append(cvs, children[i])
			} else {
				walk(n)
			}
		}
	}
	walk(groups)
	return cvs
}

func TestManifestAgreesWithBao(t *testing.T) {
	for _, n := range edgeSizes() {
		data := randomBytes(n)
		id, m := mustHash(t, data)
		outboard, root := bao.EncodeBuf(data, content.MinGroupLog, true)
		if content.ID(root) != id {
			t.Errorf("%d bytes: id %v, Bao's root %x", n, id, root)
		}
		if want := outboardCVs(outboard, m.Groups()); want != nil && !slices.Equal(m.CVs, want) {
			t.Errorf("%d bytes: the groups' values differ from Bao's", n)
		}
		for g := range m.Groups() {
			off, _ := m.Span(g)
			part := slices.Clone(groupOf(m, data, g))
			agree(t, m, outboard, root, g, off, part)
			if len(part) > 0 {
				part[len(part)/2]++
				agree(t, m, outboard, root, g, off, part)
			}
		}
	}
}

// agree checks that ours and Bao's verdict on one group are the same. Bao's
// VerifyChunk refuses every empty file, so that one is left to other tests.
func agree(t *testing.T, m *content.Manifest, outboard []byte, root [32]byte, g int, off int64, part []byte) {
	t.Helper()
	ours := m.VerifyGroup(g, part) == nil
	theirs := bao.VerifyChunk(part, outboard, content.MinGroupLog, uint64(off), root)
	if m.SizeBytes > 0 && ours != theirs {
		t.Errorf("%d bytes, group %d: ours says %v, Bao says %v", m.SizeBytes, g, ours, theirs)
	}
}

// The ids that the b3sum program printed for files of a simple pattern.
func TestHashIsWhatB3sumPrints(t *testing.T) {
	vectors, err := os.Open("testdata/b3sum.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer vectors.Close()
	checked := 0
	for lines := bufio.NewScanner(vectors); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		var hex string
		var n int
		if _, err := fmt.Sscan(lines.Text(), &hex, &n); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(i % 251)
		}
		if id, _ := mustHash(t, data); id.String() != hex {
			t.Errorf("%d bytes: %v, b3sum prints %s", n, id, hex)
		}
		checked++
	}
	if checked < 40 {
		t.Errorf("only %d vectors", checked)
	}
}
