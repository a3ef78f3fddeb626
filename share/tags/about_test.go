package tags

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"starling/share/words"
)

// Real files by real tools: testdata/README.md says how they were made, and what
// is in them that must never be told.
func TestSamples(t *testing.T) {
	t.Parallel()
	const song = "Björk & Orkester · Jóga · Homogenic · 1997 · Electronic"
	const photo = "Puffins on the cliff · Canon EOS 5D · 2019-07-14"
	for name, want := range map[string]string{
		"id3v24.mp3": song, "id3v23.mp3": song, "opus.ogg": song, "vorbis.ogg": song, "flac.flac": song, "aac.m4a": song,
		"film.mp4": "The Red Film", "caption.jpg": "Blue hour · Harbour at night · ships lights",
		"photo.jpg": photo, "photo.png": photo, "photo.webp": photo, "photo.tiff": photo,
	} {
		data := sample(t, name)
		typ, line := About(bytes.NewReader(data), int64(len(data)), "01")
		if line != want {
			t.Errorf("%s: %q, want %q", name, line, want)
		}
		if want := words.TypeOf(name); name != "id3v23.mp3" && typ != want {
			t.Errorf("%s without its name is %v, want %v", name, typ, want)
		}
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// No sample gives away what it holds beside: see testdata/README.md.
func TestPrivateFieldsStayOut(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) < 10 {
		t.Fatal(names, err)
	}
	secrets, held := []string{"secret", "Secret", "Reykjavik", "64", "21.9"}, 0
	for _, name := range names {
		data := sample(t, filepath.Base(name))
		if bytes.Contains(data, []byte("ecret")) {
			held++
		}
		_, line := About(bytes.NewReader(data), int64(len(data)), name)
		for _, secret := range secrets {
			if strings.Contains(line, secret) {
				t.Errorf("%s tells %q: %s", name, secret, line)
			}
		}
	}
	if held < 10 {
		t.Errorf("only %d samples have a secret to keep", held)
	}
}

// The same song under the tags of other times.
func TestOldTags(t *testing.T) {
	t.Parallel()
	v1 := "TAG" + pad("Jóga", 30) + pad("Bjork", 30) + pad("Homogenic", 30) + "1997" + pad("secret", 30) + "\x34"
	v22 := "ID3\x02\x00\x00\x00\x00\x00\x2c" + "TT2\x00\x00\x05\x00Joga" + "TP1\x00\x00\x06\x00Bjork" + "TYE\x00\x00\x05\x001997" + strings.Repeat("\x00", 12)
	// Each 255 is followed by a zero, also before the sizes are counted.
	v23 := "ID3\x03\x00\x80\x00\x00\x00\x1a" + "TIT2\x00\x00\x00\x0b\x00\x00\x01\xff\x00\xfeJ\x00o\x00g\x00a\x00" + "\x00\x00\x00\x00"
	extended := "ID3\x03\x00\x40\x00\x00\x00\x19" + "\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00" + "TPE1\x00\x00\x00\x05\x00\x00\x00Bjor"
	odd := "ID3\x04\x00\x00\x00\x00\x00\x1d" + "TIT2\x00\x00\x00\x04\x00\x00\x01\xff\xfeJ" + "TPE1\x00\x00\x00\x05\x00\x00\x03Bjor"
	for name, c := range map[string]struct{ data, want string }{
		"ID3v1":                      {strings.Repeat("\x00", 500) + v1, "J ga"}, // Latin-1 or UTF-8, nobody knows
		"ID3v2.2":                    {v22, "Bjork · Joga · 1997"},
		"ID3v2.3, unsynchronised":    {v23, "Joga"},
		"ID3v2.3, a longer header":   {extended, "Bjor"},
		"ID3v2.4, half a character":  {odd, "Bjor"},
		"ID3v2.4, then ID3v1":        {"ID3\x04\x00\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 200) + v1, "Bjork"},
		"ID3v2.3, encrypted":         {strings.Replace(extended, "\x00\x00\x00Bjor", "\x00\x40\x00Bjor", 1), ""},
		"a frame longer than fields": {"ID3\x03\x00\x00\x00\x00\x7f\x7f" + "TPE1\x00\x00\x08\x00\x00\x00" + strings.Repeat("a", 2048), ""},
	} {
		_, line := About(strings.NewReader(c.data), int64(len(c.data)), "song.mp3")
		if c.want == "" && line != "" || !strings.Contains(line, c.want) && name != "ID3v1" {
			t.Errorf("%s: %q, want %q", name, line, c.want)
		}
		if name == "ID3v1" && line != "Bjork · Jóga · Homogenic · 1997 · Electronic" {
			t.Errorf("%s: %q", name, line)
		}
	}
}

func pad(s string, n int) string { return s + strings.Repeat("\x00", n-len(s)) }

// An item that is no text costs itself alone, which the library panics at.
func TestOddItem(t *testing.T) {
	t.Parallel()
	data := bytes.Clone(sample(t, "aac.m4a"))
	class := bytes.Index(data, []byte("\xa9gen")) + 4 + 8 + 3
	if data[class] != 1 {
		t.Fatalf("class %d", data[class])
	}
	data[class] = 21 // a number
	if _, line := About(bytes.NewReader(data), int64(len(data)), "a.m4a"); line != "Björk & Orkester · Jóga · Homogenic · 1997" {
		t.Errorf("%q", line)
	}
}

// A cover does not cost the tags behind it, however large it is.
func TestCoverBeforeTags(t *testing.T) {
	t.Parallel()
	const cover = 8 << 20
	id3 := []byte("ID3\x03\x00\x00\x04\x00\x00\x30" + "APIC\x00\x80\x00\x00\x00\x00")
	id3 = append(id3, make([]byte, cover)...)
	id3 = append(id3, "TIT2\x00\x00\x00\x05\x00\x00\x00Joga"...)
	flac := []byte("fLaC\x06\xff\xff\xff")
	flac = append(flac, make([]byte, 1<<24-1)...)
	flac = append(flac, "\x84\x00\x00\x17\x00\x00\x00\x00\x01\x00\x00\x00\x0b\x00\x00\x00TITLE=Jóga"...)
	mp4 := []byte("\x00\x00\x00\x10ftypM4A \x00\x00\x00\x00" + "\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x80\x00\x10")
	mp4 = append(mp4, make([]byte, cover)...)
	aac := sample(t, "aac.m4a")
	mp4 = append(mp4, aac[bytes.Index(aac, []byte("moov"))-4:]...)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{"a.mp3": {id3, "Joga"}, "a.flac": {flac, "Jóga"}, "a.m4a": {mp4, "Björk & Orkester · Jóga · Homogenic · 1997 · Electronic"}} {
		r := &counting{ReaderAt: bytes.NewReader(c.data)}
		if _, line := About(r, int64(len(c.data)), name); line != c.want {
			t.Errorf("%s: %q, want %q", name, line, c.want)
		}
		if r.bytes > 64<<10 {
			t.Errorf("%s: %d bytes were read", name, r.bytes)
		}
	}
}
