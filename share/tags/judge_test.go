package tags

import (
	"bytes"
	"strings"
	"testing"

	"starling/share/words"
)

// Beginnings of files.
var (
	elf    = "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\x3e\x00"
	pe     = "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + strings.Repeat("\x00", 100)
	macho  = "\xcf\xfa\xed\xfe\x07\x00\x00\x01\x03\x00\x00\x00\x02\x00\x00\x00"
	pdf    = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
	zipped = "PK\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00\x21\x00aaaabbbbcccc\x05\x00\x00\x00a.txt"
	gzip   = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
	seven  = "7z\xbc\xaf\x27\x1c\x00\x04"
	png    = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"
	ogg    = "OggS\x00\x02" + strings.Repeat("\x00", 22) + "\x01vorbis"
	mkv    = "\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x88matroska"
	asf    = "0&\xb2u\x8ef\xcf\x11\xa6\xd9\x00\xaa\x00b\xcel"
	html   = "<!DOCTYPE html><html><head><title>Not found</title></head>"
	svg    = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>`
	script = "#!/bin/sh\necho hello\n"
	text   = "Seven birds, and each of them watches the next.\n"
	code   = "export function add(a: number, b: number): number { return a + b }\n"
	noise  = "\x9c\x00\x81\x13\xf0\x02\x00\x00\x55\x17\xa9\xfc"
	frames = "\xff\xfb\x90\x64" + strings.Repeat("\x00", 413)
	id3v2  = "ID3\x04\x00\x00\x00\x00\x01\x00" + strings.Repeat("\x00", 128) + frames
	djvu   = "AT&TFORM\x00\x00\x01\x00DJVUINFO"
	ole    = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)
	psAI   = "%!PS-Adobe-3.0\n"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, content string
		want          words.Type
	}{
		// Who runs is named so by either.
		{"song.mp3", elf, words.Executable}, {"song.mp3", pe, words.Executable}, {"readme.txt", script, words.Executable},
		{"film.mkv", macho, words.Executable}, {"song.mp3.exe", id3v2, words.Executable}, {"photo.jpg.scr", png, words.Executable},
		{"app.apk", zipped, words.Executable}, {"setup.exe", text, words.Executable}, {"tool", elf, words.Executable}, {"disc.iso", pe, words.Executable},

		// The content, where it is sure.
		{"01", id3v2, words.Audio}, {"photo.txt", png, words.Image}, {"book.mp3", pdf, words.Document}, {"x", pdf, words.Document},
		{"song.mp3", zipped, words.Archive}, {"song.mp3", html, words.Document}, {"data", zipped, words.Archive}, {"drawing", svg, words.Image},
		{"film.avi", seven, words.Archive}, {"x", djvu, words.Document}, {"x", html, words.Document}, {"x", ogg, words.Audio}, {"x", mkv, words.Video},

		// The name, where the content may be part of it.
		{"book.epub", zipped, words.Document}, {"comic.cbz", zipped, words.Document}, {"paint.kra", zipped, words.Image}, {"lib.jar", zipped, words.Archive},
		{"drawing.svgz", gzip, words.Image}, {"drawing.svg", svg, words.Image}, {"page.html", svg, words.Document}, {"page.html", html, words.Document},
		{"art.ai", pdf, words.Image}, {"art.eps", psAI, words.Image}, {"song.mka", mkv, words.Audio}, {"song.wma", asf, words.Audio}, {"film.ogm", ogg, words.Video},
		{"letter.doc", ole, words.Document}, {"setup.msi", ole, words.Executable}, {"scan.djvu", djvu, words.Document},

		// The name, where the content says little.
		{"film.ts", noise, words.Video}, {"disc.iso", noise, words.Archive}, {"song.mp3", text, words.Audio}, {"song.mp3", frames, words.Audio},
		{"book.txt", frames, words.Document}, {"song.mp3", "", words.Audio}, {"notes.txt", text, words.Document}, {"list.m3u", "#EXTM3U\na.mp3\n", words.Audio},
		{"x", text, words.Any}, {"x", noise, words.Any}, {"x", "", words.Any}, {"x", frames, words.Any}, {"MZ.txt", "MZungu is a word of many letters, and no program.", words.Document},

		// Except that source code is no film.
		{"math.ts", code, words.Any}, {"go.mod", "module starling\n\ngo 1.26.0\n", words.Any}, {"tune.mod", noise, words.Audio},
	} {
		got, _ := About(bytes.NewReader([]byte(c.content)), int64(len(c.content)), c.name)
		if got != c.want {
			t.Errorf("%s with %.12q is %v, want %v", c.name, c.content, got, c.want)
		}
	}
}
