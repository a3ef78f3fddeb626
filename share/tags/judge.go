package tags

import (
	"bytes"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"starling/share/words"
)

// judge weighs content against name. Either can make a file an Executable, which
// nobody shall open for a song; for the rest the content decides where it is sure,
// and the name where it is not: plain text, unknown bytes, and containers that
// many kinds of files are made of.
func judge(mime *mimetype.MIME, head []byte, name string) words.Type {
	named := words.TypeOf(name)
	if named == words.Executable {
		return named
	}
	switch typ, sure := contentType(mime, head); {
	case sure, named == words.Any:
		return typ
	case typ == words.Any:
		return namedText(mime, named, name)
	case yields(typ, named):
		return named
	default:
		return typ
	}
}

// yields: content of that type may well be part of what the name says. Sound lies
// in films' containers and the other way round; documents, pictures and programs
// are packed like archives, and drawings and pages hold each other. No sound lies in a
// zip, and no picture in a film's container.
func yields(content, named words.Type) bool {
	switch content {
	case words.Audio, words.Video:
		return named == words.Audio || named == words.Video
	case words.Archive:
		return named == words.Document || named == words.Image || named == words.Archive
	case words.Document, words.Image:
		return named == words.Image || named == words.Document
	}
	return false
}

// codeNames are extensions of films and sounds that source code has as well.
var codeNames = map[string]bool{"ts": true, "mts": true, "mod": true}

func namedText(mime *mimetype.MIME, named words.Type, name string) words.Type {
	if codeNames[words.Extension(name)] && descends(mime, "text/plain") {
		return words.Any
	}
	return named
}

// A verdict is what a content's type says of a file. One that is not sure gives
// way to names it yields to, and, where it is Any, to every name.
type verdict struct {
	typ  words.Type
	sure bool
}

// contentType looks for the verdict on the content's type or the nearest one that
// is more general.
func contentType(mime *mimetype.MIME, head []byte) (words.Type, bool) {
	for m := mime; m != nil; m = m.Parent() {
		kind, _, _ := strings.Cut(m.String(), ";")
		if doubtful(kind, head) {
			return words.Any, false
		}
		if v, ok := verdicts[kind]; ok {
			return v.typ, v.sure
		}
		switch family, _, _ := strings.Cut(kind, "/"); family {
		case "audio":
			return words.Audio, true
		case "video":
			return words.Video, true
		case "image":
			return words.Image, true
		}
	}
	return words.Any, false
}

// doubtful are types that mimetype sees in two or three bytes, which other files
// may begin with: it takes more to go against a name.
func doubtful(kind string, head []byte) bool {
	switch kind {
	case "audio/mpeg":
		return !bytes.HasPrefix(head, []byte("ID3"))
	case "application/vnd.microsoft.portable-executable":
		return bytes.IndexByte(head[:min(len(head), 64)], 0) < 0 // "MZ" of a text
	case "audio/aac", "image/x-icon", "video/mpeg":
		return true
	}
	return false
}

func descends(mime *mimetype.MIME, kind string) bool {
	for m := mime; m != nil; m = m.Parent() {
		if m.Is(kind) {
			return true
		}
	}
	return false
}

var verdicts = byKind(map[verdict]string{
	{words.Executable, true}: `application/vnd.microsoft.portable-executable application/x-elf application/x-mach-binary
		application/x-ms-installer application/x-ms-shortcut application/vnd.debian.binary-package application/x-rpm
		application/vnd.android.package-archive application/x-chrome-extension text/x-shellscript text/x-python text/x-perl
		text/x-ruby text/x-lua text/x-tcl text/javascript`,

	// Containers of many kinds.
	{words.Archive, false}: `application/zip application/gzip application/x-bzip2 application/x-xz application/zstd application/lzip
		application/x-java-archive application/java-archive application/x-archive`,
	{words.Video, false}: `video/mp4 video/matroska video/webm video/quicktime video/3gpp video/3gpp2 video/x-ms-asf video/ogg
		application/vnd.rn-realmedia-vbr`,
	{words.Audio, false}: `audio/ogg application/ogg`,
	{words.Document, false}: `application/pdf application/postscript application/x-ole-storage image/vnd.djvu text/html
		text/rtf application/xhtml+xml`,

	{words.Archive, true}: `application/x-7z-compressed application/x-tar application/x-xar application/vnd.rar
		application/vnd.ms-cab-compressed application/x-installshield application/x-cpio`,
	{words.Document, true}: `application/epub+zip application/vnd.ms-htmlhelp application/vnd.wordperfect
		application/x-mobipocket-ebook application/x-ms-reader application/msword application/vnd.ms-excel
		application/vnd.ms-powerpoint application/vnd.ms-publisher application/vnd.ms-outlook
		application/vnd.openxmlformats-officedocument.wordprocessingml.document
		application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
		application/vnd.openxmlformats-officedocument.presentationml.presentation
		application/vnd.oasis.opendocument.text application/vnd.oasis.opendocument.spreadsheet
		application/vnd.oasis.opendocument.presentation application/vnd.oasis.opendocument.graphics
		application/vnd.oasis.opendocument.formula`,

	// Text, which may be anything.
	{words.Image, false}: `image/svg+xml image/x-xpixmap image/vnd.dwg image/vnd.dxf image/x-portable-bitmap
		image/x-portable-graymap image/x-portable-pixmap image/x-portable-arbitrarymap`,
	{words.Any, false}: `text/plain application/vnd.apple.mpegurl`,
})

func byKind(lists map[verdict]string) map[string]verdict {
	table := make(map[string]verdict)
	for v, list := range lists {
		for _, kind := range strings.Fields(list) {
			table[kind] = v
		}
	}
	return table
}
