package tags

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

// zipOf packs files, given as name and content in turn.
func zipOf(t testing.TB, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const (
	containerXML = `<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
		<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`
	contentOPF = `<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
		<dc:title>The Master and Margarita</dc:title><dc:creator>Mikhail Bulgakov</dc:creator><dc:creator>Another</dc:creator>
		<dc:date>1967-01-01</dc:date><dc:description>secret comment</dc:description></metadata>
		<manifest><item title="x" href="a"/></manifest><guide><title>Not this</title></guide></package>`
	coreXML = `<?xml version="1.0" encoding="UTF-8"?><cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
		xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Annual  Report</dc:title><dc:subject>Birds</dc:subject><dc:creator>Secret Owner</dc:creator>
		<cp:keywords>starlings, flight</cp:keywords><cp:lastModifiedBy>Secret Owner</cp:lastModifiedBy><dc:description>secret comment</dc:description></cp:coreProperties>`
	metaXML = `<?xml version="1.0"?><office:document-meta xmlns:office="o" xmlns:dc="d" xmlns:meta="m"><office:meta><meta:initial-creator>Secret Owner</meta:initial-creator>
		<dc:title>Möwen</dc:title><meta:keyword>gulls</meta:keyword><meta:keyword>sea</meta:keyword><dc:creator>Secret Owner</dc:creator></office:meta></office:document-meta>`
)

func TestDocuments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"book.epub":    {zipOf(t, "mimetype", "application/epub+zip", containerPath, containerXML, "OEBPS/content.opf", contentOPF), "The Master and Margarita · Mikhail Bulgakov, Another · 1967"},
		"report.docx":  {zipOf(t, "[Content_Types].xml", "<Types/>", "docProps/core.xml", coreXML), "Annual Report · Birds · starlings, flight"},
		"text.odt":     {zipOf(t, "mimetype", "application/vnd.oasis.opendocument.text", "meta.xml", metaXML), "Möwen · gulls, sea"},
		"comic.cbz":    {zipOf(t, "page1.jpg", "x"), ""},
		"cut.docx":     {zipOf(t, "docProps/core.xml", coreXML[:strings.Index(coreXML, "<dc:subject>")+20]), "Annual Report"},
		"latin.docx":   {zipOf(t, "docProps/core.xml", strings.Replace(coreXML, "UTF-8", "ISO-8859-1", 1)), ""},
		"nowhere.epub": {zipOf(t, containerPath, containerXML), ""},
		"core.zip":     {zipOf(t, "docProps/core.xml", coreXML), ""}, // an archive says nothing of itself
	} {
		if _, line := About(bytes.NewReader(c.data), int64(len(c.data)), name); line != c.want {
			t.Errorf("%s: %q, want %q", name, line, c.want)
		}
	}
}
