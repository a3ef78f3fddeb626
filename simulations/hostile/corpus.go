package hostile

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
)

// Sample is one file of the corpus of malformed messages.
type Sample struct {
	Name  string // "kind/name.bin": pb_malformed holds messages, stream_malformed beginnings of streams
	Bytes []byte
}

// corpusFile is the corpus within the data folder.
const corpusFile = "hostile/malformed-protobuf-and-streams.tar.gz"

// sampleMax bounds one sample.
const sampleMax = 32 << 20

// DataFolder returns the folder of test data: $STARLING_DATA, or shared/data
// beside the module whose root is given. It may not exist.
func DataFolder(moduleRoot string) string {
	if folder := os.Getenv("STARLING_DATA"); folder != "" {
		return folder
	}
	return filepath.Join(moduleRoot, "..", "shared", "data")
}

// Corpus reads the malformed messages of a data folder. The error is
// fs.ErrNotExist if it has none.
func Corpus(dataFolder string) ([]Sample, error) {
	f, err := os.Open(filepath.Join(dataFolder, filepath.FromSlash(corpusFile)))
	if err != nil {
		return nil, fmt.Errorf("open the corpus: %w", err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("read the corpus: %w", err)
	}
	var out []Sample
	for r := tar.NewReader(unzipped); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the corpus: %w", err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(r, sampleMax))
		if err != nil {
			return nil, fmt.Errorf("read the corpus: %w", err)
		}
		out = append(out, Sample{Name: path.Join(path.Base(path.Dir(header.Name)), path.Base(header.Name)), Bytes: b})
	}
}
