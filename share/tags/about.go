package tags

import (
	"io"

	"github.com/gabriel-vasile/mimetype"

	"starling/share/words"
)

// About judges a file by its name and its bytes, and gives the line of its tags:
// valid UTF-8 of at most LineBytesMax bytes without control characters, empty
// where the file says nothing. It reads 2 MiB at most, and takes every content:
// what cannot be read or understood is judged by its name and has no tags.
func About(r io.ReaderAt, sizeBytes int64, name string) (typ words.Type, line string) {
	typ = words.TypeOf(name)
	defer func() {
		if recover() != nil { // a library met what it did not expect
			line = ""
		}
	}()
	src := newSource(r, sizeBytes)
	if len(src.head) == 0 {
		return typ, "" // mimetype would call it text
	}
	mime := mimetype.Detect(src.head)
	typ = judge(mime, src.head, name)
	return typ, join(fields(src, typ, mime))
}

// fields asks whoever knows files of that type.
func fields(src *source, typ words.Type, mime *mimetype.MIME) []string {
	switch typ {
	case words.Audio, words.Video:
		return musicFields(src)
	case words.Image:
		return pictureFields(src, mime)
	case words.Document:
		return documentFields(src, mime)
	}
	return nil
}
