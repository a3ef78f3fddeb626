package tags

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"starling/share/words"
)

// lie is a file that claims what it has not, and the name it goes by.
type lie struct {
	name string
	data []byte
}

// lies are made to cost a library its memory, its time or its stack.
func lies(t testing.TB) map[string]lie {
	picture := binary.BigEndian.AppendUint32(make([]byte, 28), math.MaxInt32) // type 3 to 0, no texts, and 2 GiB of data
	comment := "metadata_block_picture=" + base64.StdEncoding.EncodeToString(picture)
	comments := "\x00\x00\x00\x00\x02\x00\x00\x00" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(comment)))) + comment + "\xff\xff\xff\xffTITLE="
	packet := "\x03vorbis" + comments
	page := func(flags, laces, body string) string {
		return "OggS\x00" + flags + strings.Repeat("\x00", 20) + string(rune(len(laces))) + laces + body
	}
	frame := func(name, body string) string {
		return name + string(binary.BigEndian.AppendUint32(nil, uint32(len(body)))) + "\x00\x00" + body
	}
	const largest = "\x7f\x7f\x7f\x7f"
	return map[string]lie{
		"a frame of 2 GiB":       {"a.mp3", []byte("ID3\x03\x00\x00" + largest + "TIT2\x7f\xff\xff\xff\x00\x00\x00x")},
		"a header of 4 GiB":      {"a.mp3", []byte("ID3\x03\x00\x40" + largest + "\xff\xff\xff\xff\x00\x00")},
		"a header of none":       {"a.mp3", []byte("ID3\x04\x00\x40" + largest + "\x00\x00\x00\x00" + frame("TIT2", "\x00a"))},
		"frames of one name":     {"a.mp3", []byte("ID3\x03\x00\x00" + largest + strings.Repeat(frame("TIT2", "\x00a"), 100_000))},
		"a genre of numbers":     {"a.mp3", []byte("ID3\x03\x00\x00" + largest + frame("TCON", "\x00"+strings.Repeat("(0)", 100_000)))},
		"a short genre of them":  {"a.mp3", []byte("ID3\x03\x00\x00" + largest + frame("TCON", "\x00"+strings.Repeat("(0)", fieldMax/3-1)))},
		"a FLAC picture of 2GiB": {"a.flac", []byte("fLaC\x86\x00\x00\x20" + string(picture))},
		"a FLAC comment of them": {"a.flac", []byte("fLaC\x84\x00\x01\x00" + comments)},
		"4 billion comments":     {"a.flac", []byte("fLaC\x84\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff" + strings.Repeat("\x00", 1<<20))},
		"an Ogg picture of 2GiB": {"a.ogg", []byte(page("\x02", "\x07", "\x01vorbis") + page("\x00", string([]byte{byte(len(packet))}), packet))},
		"pages of one packet":    {"a.ogg", []byte(page("\x02", "\x07", "\x01vorbis") + strings.Repeat(page("\x01", "", ""), 100_000))},
		"boxes in boxes":         {"a.m4a", []byte("\x00\x00\x00\x08ftyp" + strings.Repeat("\x00\x00\x00\x00moov", 200_000))},
		"items in one another":   {"a.m4a", []byte("\x00\x00\x00\x08ftyp" + "\x00\x00\x00\x00moov\x00\x00\x00\x00udta\x00\x00\x00\x00meta\x00\x00\x00\x00\x00\x00\x00\x00ilst" + strings.Repeat("\x00\x00\x00\x08\xa9nam", 100_000))},
		"a box of 2^64":          {"a.mp4", []byte("\x00\x00\x00\x08ftyp\x00\x00\x00\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff")},
		"a zip bomb":             {"a.docx", zipOf(t, "docProps/core.xml", "<a>"+strings.Repeat(" ", 16<<20)+"<title>late</title>")},
		"one text of 16 MiB":     {"b.docx", zipOf(t, "docProps/core.xml", "<title>"+strings.Repeat("x", 16<<20)+"</title>")},
		"deep XML":               {"c.docx", zipOf(t, "docProps/core.xml", strings.Repeat("<a>", 200_000)+"<title>deep</title>")},
		"laughs":                 {"d.docx", zipOf(t, "docProps/core.xml", `<!DOCTYPE a [<!ENTITY b "haha"><!ENTITY c "&b;&b;&b;&b;">]><a><title>&c;</title></a>`)},
		"a book of itself":       {"a.epub", zipOf(t, containerPath, strings.Replace(containerXML, "OEBPS/content.opf", containerPath, 1))},
		"many files":             {"e.docx", manyFiles(t)},
		"a directory of 4 GiB":   {"f.docx", []byte("PK\x03\x04" + strings.Repeat("\x00", 40) + "PK\x05\x06\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00")},
		"a PNG chunk of 4 GiB":   {"a.png", []byte("\x89PNG\r\n\x1a\n\xff\xff\xff\xffeXIf")},
		"a million PNG chunks":   {"b.png", []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\x00\x00\x00tEXt\x00\x00\x00\x00", 500_000))},
		"a TIFF that turns back": {"a.tif", tiffLoop()},
	}
}

func manyFiles(t testing.TB) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := range 20_000 {
		if _, err := z.CreateRaw(&zip.FileHeader{Name: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// tiffLoop has a folder of tags that names itself as the next and as its own part.
func tiffLoop() []byte {
	b := []byte("II*\x00\x08\x00\x00\x00\x02\x00")
	for _, id := range []string{"\x69\x87", "\x25\x88"} { // EXIF and GPS folders
		b = append(b, id+"\x04\x00\x01\x00\x00\x00\x08\x00\x00\x00"...)
	}
	return append(b, 8, 0, 0, 0)
}

// memoryMax is what a look may allocate in all, the library's own ten megabytes
// for what a picture says to have included.
const memoryMax = 24 << 20

// Not parallel: it counts what the process allocates.
func TestLiesCostLittle(t *testing.T) {
	for what, l := range lies(t) {
		costsLittle(t, what, bytes.NewReader(l.data), int64(len(l.data)), l.name)
	}
	for name, head := range map[string][]byte{
		"a.epub": zipOf(t, "mimetype", "application/epub+zip", containerPath, containerXML),
		"a.docx": zipOf(t, "[Content_Types].xml", "<Types/>", "docProps/core.xml", coreXML),
		"a.odt":  zipOf(t, "mimetype", "application/vnd.oasis.opendocument.text", "meta.xml", metaXML),
	} {
		costsLittle(t, "a hollow "+name, hollowZip(head), hollowBytes, name)
	}
}

func costsLittle(t *testing.T, what string, file io.ReaderAt, size int64, name string) {
	t.Helper()
	r := &counting{ReaderAt: file}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, line := About(r, size, name)
	runtime.ReadMemStats(&after)
	sound(t, line)
	if r.bytes > budgetBytes || r.reads > budgetBytes/readCost+1 {
		t.Errorf("%s: %d bytes in %d reads", what, r.bytes, r.reads)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > memoryMax {
		t.Errorf("%s: %d MiB were allocated", what, took>>20)
	}
	for _, word := range []string{"late", "deep", "haha"} {
		if strings.Contains(line, word) {
			t.Errorf("%s: %q", what, line)
		}
	}
}

// A file of a terabyte of nothing, and of much of everything, costs what the
// budget says.
func TestEndlessFiles(t *testing.T) {
	t.Parallel()
	for _, start := range []string{
		"", "ID3\x03\x00\x00\x7f\x7f\x7f\x7f", "ID3\x03\x00\x80\x7f\x7f\x7f\x7f", "ID3\x04\x00\x00\x7f\x7f\x7f\x7f", "fLaC", "OggS", "\x00\x00\x00\x08ftypM4A ", "\x00\x00\x00\x08ftypheic", "PK\x03\x04",
		"\x89PNG\r\n\x1a\n", "\xff\xd8\xff\xe1", "II*\x00\x08\x00\x00\x00", "MM\x00*\x00\x00\x00\x08", "RIFF\xff\xff\xff\xffWEBPVP8X",
	} {
		for _, fill := range []byte{0, 'A', 0xFF} {
			for _, name := range []string{"a.mp3", "a.jpg", "a.docx"} {
				c := &counting{fill: fill}
				_, line := About(&beginning{c, start}, 1<<40, name)
				sound(t, line)
				if c.bytes > budgetBytes || c.reads > budgetBytes/readCost+1 {
					t.Errorf("%q and %x as %s: %d bytes in %d reads", start, fill, name, c.bytes, c.reads)
				}
			}
		}
	}
}

// Small reads cost as much as a page each, or a file of small steps would cost
// half a million of them.
func TestBudget(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, readCost, 3 * readCost} {
		c := &counting{}
		src := newSource(c, 1<<40)
		for at := int64(1 << 30); src.bytes(at, n) != nil; at += int64(n) {
			if c.reads > budgetBytes {
				t.Fatalf("no end of reads of %d bytes", n)
			}
		}
		if least := budgetBytes/max(n, readCost) - 1; c.bytes > budgetBytes || c.reads > budgetBytes/readCost || c.reads < least {
			t.Errorf("%d bytes at a time: %d bytes in %d reads", n, c.bytes, c.reads)
		}
	}
}

// beginning puts a text before an endless file.
type beginning struct {
	*counting
	start string
}

func (r *beginning) ReadAt(b []byte, off int64) (int, error) {
	n, err := r.counting.ReadAt(b, off)
	if off < int64(len(r.start)) {
		copy(b, r.start[off:])
	}
	return n, err
}

// What a look panics at has no tags, and keeps its type.
func TestPanicCostsTheTags(t *testing.T) {
	t.Parallel()
	const size = 9000
	for _, at := range []int64{0, size - 128} {
		r := &failing{ReaderAt: strings.NewReader(strings.Repeat("\x00", size)), at: at}
		if typ, line := About(r, size, "a.mp3"); typ != words.Audio || line != "" || !r.failed {
			t.Errorf("at %d: %v %q %v", at, typ, line, r.failed)
		}
	}
}

type failing struct {
	io.ReaderAt
	at     int64
	failed bool
}

func (f *failing) ReadAt(b []byte, off int64) (int, error) {
	if off == f.at {
		f.failed = true
		panic("here")
	}
	return f.ReaderAt.ReadAt(b, off)
}
