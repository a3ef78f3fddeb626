package content_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"lukechampine.com/blake3"

	"starling/share/content"
)

const (
	kib   = 1 << 10
	group = 256 * kib
)

// randomBytes are the same for the same size in every run.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	src := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16)})
	if _, err := src.Read(b); err != nil {
		panic(err)
	}
	return b
}

// edgeSizes lie on and around every boundary of the tree: block, chunk, vector
// width, group, and odd numbers of groups.
func edgeSizes() []int {
	sizes := []int{0, 1, 63, 64, 65, 100 * kib}
	for _, edge := range []int{1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 128, 255, 256, 257, 272, 512, 768, 1024, 1280, 1792} {
		sizes = append(sizes, edge*kib-1, edge*kib, edge*kib+1)
	}
	return sizes
}

func mustHash(t testing.TB, data []byte) (content.ID, *content.Manifest) {
	t.Helper()
	id, m, err := content.Hash(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("hash %d bytes: %v", len(data), err)
	}
	return id, m
}

func TestHashIsBLAKE3OfTheBytes(t *testing.T) {
	for _, n := range edgeSizes() {
		data := randomBytes(n)
		id, m := mustHash(t, data)
		if want := content.ID(blake3.Sum256(data)); id != want {
			t.Errorf("%d bytes: id %v, BLAKE3 gives %v", n, id, want)
		}
		if err := m.Prove(id); err != nil {
			t.Errorf("%d bytes: own manifest: %v", n, err)
		}
	}
}

func TestHashIsIndifferentToHowTheReaderCuts(t *testing.T) {
	data := randomBytes(2*group + 5*kib + 7)
	want, _ := mustHash(t, data)
	readers := map[string]io.Reader{
		"half":       iotest.HalfReader(bytes.NewReader(data)),
		"data+error": iotest.DataErrReader(bytes.NewReader(data)),
		"one byte":   iotest.OneByteReader(bytes.NewReader(data)),
	}
	for name, r := range readers {
		id, _, err := content.Hash(r, int64(len(data)))
		if err != nil || id != want {
			t.Errorf("%s: %v, %v", name, id, err)
		}
	}
}

func TestHashRefusesAFileThatChangedSize(t *testing.T) {
	for _, n := range []int{0, 1, 1000, group, group + 1, 2 * group} {
		data := randomBytes(n)
		for _, claimed := range []int{n - 1, n + 1, n + group, n - group} {
			if claimed < 0 {
				continue
			}
			_, _, err := content.Hash(bytes.NewReader(data), int64(claimed))
			if !errors.Is(err, content.ErrSizeChanged) {
				t.Errorf("%d bytes announced as %d: %v", n, claimed, err)
			}
		}
	}
}

func TestHashPassesOnReadErrors(t *testing.T) {
	disk := errors.New("disk fell off")
	for _, n := range []int{0, 10, group} {
		for _, claimed := range []int{n, n + 1} {
			r := io.MultiReader(bytes.NewReader(randomBytes(n)), iotest.ErrReader(disk))
			if _, _, err := content.Hash(r, int64(claimed)); !errors.Is(err, disk) {
				t.Errorf("%d bytes, then a read error, announced as %d: %v", n, claimed, err)
			}
		}
	}
}

func TestHashRefusesSizesOutOfBounds(t *testing.T) {
	for _, n := range []int64{-1, content.MaxSizeBytes + 1} {
		if _, _, err := content.Hash(bytes.NewReader(nil), n); !errors.Is(err, content.ErrBadLayout) {
			t.Errorf("size %d: %v", n, err)
		}
	}
}

func TestHasherCanBeUsedAgain(t *testing.T) {
	var h content.Hasher
	for _, n := range []int{700 * kib, 10, 0, 300 * kib, group} {
		data := randomBytes(n)
		id, m, err := h.Hash(bytes.NewReader(data), int64(n))
		if err != nil || id != content.ID(blake3.Sum256(data)) || m.Prove(id) != nil {
			t.Errorf("%d bytes: %v, %v", n, id, err)
		}
	}
}

func ExampleHash() {
	data := []byte("a murmuration has no leader")
	id, manifest, _ := content.Hash(bytes.NewReader(data), int64(len(data)))
	fmt.Println(id.Short(), manifest.Groups(), manifest.VerifyGroup(0, data))
	fmt.Println(content.Magnet{ID: id, Name: "birds.txt", SizeBytes: int64(len(data))})
	// Output:
	// bbb5547cc196 1 <nil>
	// magnet:?xt=urn:blake3:bbb5547cc196c399609b19fd4d23a7851a8a9ddb223cd40d2f5e977bbd3a19c5&xl=27&dn=birds.txt
}
