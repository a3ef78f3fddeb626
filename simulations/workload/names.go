package workload

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"starling/query"
	"starling/share/content"
)

// Limits on a file of names.
const (
	NamesMax      = 1_000_000 // names read unless more are asked for
	lineBytesMax  = 4096      // the longest path of the common systems
	namesBytesMax = 512 << 20 // all paths together
)

// tableHeader is the first line of a table with collections.
const tableHeader = "package\tpath\tsize_bytes"

// Names is what ReadNames found.
type Names struct {
	Files   []File
	Lines   int // of the file, its header included
	Skipped int // lines whose path is no name: not UTF-8, or a name of 0 or more than 255 bytes
}

// ReadNames reads the names of files, plain or compressed by gzip. The file is a
// list of paths, one on each line, or a table of three columns with a tab
// between them, whose first line is "package<TAB>path<TAB>size_bytes": then the
// files of one package are one collection, and a size is in bytes, or -1 where it
// is not known. Blank lines are passed over, and
// lines whose path no node could share are counted in Skipped. It reads no more
// than most names, or NamesMax if most is 0.
//
// Errors name the file and the line: one that is too long, a table without its
// three columns, a size that is none, more names than most, and no name at all.
func ReadNames(path string, most int) (*Names, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	defer f.Close()
	return readNames(f, path, most)
}

// readNames is ReadNames of an open file, which errors call by name.
func readNames(file io.Reader, name string, most int) (*Names, error) {
	plain, err := unzipped(file)
	if err != nil {
		return nil, fmt.Errorf("names in %s: %w", name, err)
	}
	r := nameReader{most: most, packages: make(map[string]int32)}
	if r.most == 0 {
		r.most = NamesMax
	}
	lines := bufio.NewScanner(plain)
	lines.Buffer(make([]byte, 0, lineBytesMax), 2*lineBytesMax)
	for lines.Scan() {
		r.names.Lines++
		if err := r.line(lines.Bytes()); err != nil {
			return nil, fmt.Errorf("names in %s, line %d: %w", name, r.names.Lines, err)
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("names in %s, line %d: %w", name, r.names.Lines+1, errLong)
	case err != nil:
		return nil, fmt.Errorf("names in %s, after line %d: %w", name, r.names.Lines, err)
	case len(r.names.Files) == 0:
		return nil, fmt.Errorf("names in %s: none in %d lines, %d of them unfit: give one path on each line", name, r.names.Lines, r.names.Skipped)
	}
	return &r.names, nil
}

var errLong = fmt.Errorf("longer than %d bytes: is this a list of paths, one on each line?", lineBytesMax)

// unzipped looks for the two magic bytes of gzip (RFC 1952).
func unzipped(file io.Reader) (io.Reader, error) {
	r := bufio.NewReader(file)
	magic, _ := r.Peek(2) // fewer bytes are no gzip, and a read error comes again
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return r, nil
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("unzip: %w", err)
	}
	return z, nil
}

type nameReader struct {
	most     int
	names    Names
	bytes    int
	table    bool
	packages map[string]int32
}

func (r *nameReader) line(line []byte) error {
	if r.names.Lines == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
		if r.table = string(line) == tableHeader; r.table {
			return nil
		}
	}
	switch {
	case len(line) > lineBytesMax:
		return errLong
	case len(line) == 0:
		return nil
	case r.table:
		return r.row(string(line))
	case bytes.IndexByte(line, '\t') >= 0:
		return fmt.Errorf("a tab in a list of paths: the first line of a table is %q", tableHeader)
	}
	return r.add(File{Path: string(line), SizeBytes: -1})
}

// row reads one line of a table.
func (r *nameReader) row(line string) error {
	columns := strings.Split(line, "\t")
	if len(columns) != 3 || columns[0] == "" {
		return fmt.Errorf("%d columns, or no package: a line has a package, a path and a size, with a tab between them", len(columns))
	}
	size, err := strconv.ParseInt(columns[2], 10, 64)
	if err != nil || size < -1 || size > content.MaxSizeBytes {
		return fmt.Errorf("the size %q: give whole bytes, %d at most, or -1 where it is not known", columns[2], content.MaxSizeBytes)
	}
	number, known := r.packages[columns[0]]
	if !known {
		number = int32(len(r.packages) + 1)
		r.packages[columns[0]] = number
	}
	return r.add(File{Path: columns[1], SizeBytes: size, Collection: number})
}

// add takes a path as a library would show it, or counts it as skipped.
func (r *nameReader) add(f File) error {
	f.Path = strings.TrimLeft(strings.TrimPrefix(f.Path, "./"), "/")
	if !utf8.ValidString(f.Path) || badName(f.Name()) != "" {
		r.names.Skipped++
		return nil
	}
	if len(r.names.Files) >= r.most {
		return fmt.Errorf("more than %d names: shorten the list, or allow more", r.most)
	}
	if r.bytes += len(f.Path); r.bytes > namesBytesMax {
		return fmt.Errorf("more than %d bytes of names: shorten the list", namesBytesMax)
	}
	r.names.Files = append(r.names.Files, f)
	return nil
}

func baseName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// badName says why a name cannot stand in a hit, or nothing.
func badName(name string) string {
	switch {
	case name == "":
		return "it is empty"
	case len(name) > query.NameBytesMax:
		return fmt.Sprintf("it has %d bytes, more than the %d a hit can carry", len(name), query.NameBytesMax)
	case !utf8.ValidString(name):
		return "it is not UTF-8"
	}
	return ""
}
