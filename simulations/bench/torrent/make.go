package torrent

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Make returns a private torrent of one file, whose only tracker is at announce,
// a URL. Errors are those of reading the file.
func Make(path, announce string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("make a torrent: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("make a torrent: %w", err)
	}
	pieceBytes := PieceBytes(info.Size())
	var hashes bytes.Buffer
	piece := make([]byte, pieceBytes)
	for {
		n, err := io.ReadFull(f, piece)
		if n > 0 {
			sum := sha1.Sum(piece[:n])
			hashes.Write(sum[:])
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("make a torrent: %w", err)
		}
	}
	return encode(map[string]any{
		"announce": announce,
		"info": map[string]any{
			"length": info.Size(), "name": filepath.Base(path), "piece length": pieceBytes, "pieces": hashes.String(), "private": int64(1),
		},
	}), nil
}

// PieceBytes is the size of a piece that transmission-create 3.00 chooses
// (libtransmission/makemeta.c, bestPieceSize).
func PieceBytes(size int64) int64 {
	const kib, mib = 1 << 10, 1 << 20
	switch {
	case size >= 2<<30:
		return 2 * mib
	case size >= 1<<30:
		return 1 * mib
	case size >= 512*mib:
		return 512 * kib
	case size >= 350*mib:
		return 256 * kib
	case size >= 150*mib:
		return 128 * kib
	case size >= 50*mib:
		return 64 * kib
	}
	return 32 * kib
}
