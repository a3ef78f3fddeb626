package tags

import (
	"bytes"
	"path/filepath"
	"testing"

	"starling/share/words"
)

// Whatever bytes and name: no panic, a known type, a sound line, and the same
// answer again.
func FuzzAbout(f *testing.F) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		f.Add(sample(f, filepath.Base(name)), name)
	}
	for _, l := range lies(f) {
		if len(l.data) < 4<<10 {
			f.Add(l.data, l.name)
		}
	}
	f.Add(zipOf(f, containerPath, containerXML, "OEBPS/content.opf", contentOPF), "a.epub")
	f.Add(zipOf(f, "docProps/core.xml", coreXML), "a.docx")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		typ, line := About(bytes.NewReader(data), int64(len(data)), name)
		sound(t, line)
		if typ >= words.Collection {
			t.Errorf("type %v", typ)
		}
		if named := words.TypeOf(name); named == words.Executable && typ != words.Executable {
			t.Errorf("%q became %v", name, typ)
		}
		if again, once := About(bytes.NewReader(data), int64(len(data)), name); again != typ || once != line {
			t.Errorf("%v %q, then %v %q", typ, line, again, once)
		}
	})
}
