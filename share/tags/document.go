package tags

import (
	"archive/zip"
	"encoding/xml"
	"io"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// Limits of a document's description.
const (
	zipFilesMax   = 10_000    // in a document; more are not looked through
	xmlBytesMax   = 256 << 10 // unpacked; behind it the description would be no description
	creatorsMax   = 3
	keywordsMax   = 10
	containerPath = "META-INF/container.xml"
)

// documentFields reads the description in a book or an office document, all of
// which are zip files with XML inside.
func documentFields(src *source, mime *mimetype.MIME) []string {
	if !descends(mime, "application/zip") || !honestEnd(src) {
		return nil
	}
	z, err := zip.NewReader(src, src.size)
	if err != nil || len(z.File) > zipFilesMax {
		return nil
	}
	if found := describe(z, containerPath, "rootfile"); found["rootfile"] != nil {
		book := describe(z, found["rootfile"][0], "title", "creator", "date")
		return []string{first(book["title"]), several(book["creator"], creatorsMax), year(first(book["date"]))}
	}
	// The creator of an office document is the name of an account, which the
	// program put in unasked.
	for _, path := range []string{"docProps/core.xml", "meta.xml"} {
		if doc := describe(z, path, "title", "subject", "keyword", "keywords"); doc != nil {
			return []string{first(doc["title"]), first(doc["subject"]), several(append(doc["keyword"], doc["keywords"]...), keywordsMax)}
		}
	}
	return nil
}

func first(list []string) string { return several(list, 1) }

func several(list []string, most int) string { return strings.Join(list[:min(len(list), most)], ", ") }

// describe reads the texts of the wanted elements of one file, by their names;
// of a rootfile its path. What was read before an error counts. It is nil where
// there is no such file.
func describe(z *zip.Reader, path string, wanted ...string) map[string][]string {
	i := slices.IndexFunc(z.File, func(f *zip.File) bool { return f.Name == path })
	if i < 0 {
		return nil
	}
	f, err := z.File[i].Open()
	if err != nil {
		return nil
	}
	defer f.Close()
	d := description{texts: make(map[string][]string), wanted: wanted}
	decoder := xml.NewDecoder(io.LimitReader(f, xmlBytesMax))
	for {
		token, err := decoder.Token()
		if err != nil || !d.take(token) {
			return d.texts
		}
	}
}

// description gathers texts while XML goes by.
type description struct {
	texts  map[string][]string
	wanted []string
	open   string // the wanted element we are in
	text   strings.Builder
}

// take is false when nothing more is to come.
func (d *description) take(token xml.Token) bool {
	switch t := token.(type) {
	case xml.StartElement:
		d.open = ""
		if slices.Contains(d.wanted, t.Name.Local) {
			d.open = t.Name.Local
		}
		d.text.Reset()
		if i := slices.IndexFunc(t.Attr, func(a xml.Attr) bool { return a.Name.Local == "full-path" }); i >= 0 && d.open == "rootfile" {
			d.texts[d.open] = append(d.texts[d.open], t.Attr[i].Value)
		}
	case xml.CharData:
		if d.open != "" && d.text.Len() < fieldMax {
			d.text.Write(t[:min(len(t), fieldMax)])
		}
	case xml.EndElement:
		if text := strings.TrimSpace(d.text.String()); d.open != "" && text != "" {
			d.texts[d.open] = append(d.texts[d.open], text)
		}
		d.open = ""
		return t.Name.Local != "metadata" // the rest of a book names its files
	}
	return true
}
