package content_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"starling/share/content"
)

const someHex = "bbb5547cc196c399609b19fd4d23a7851a8a9ddb223cd40d2f5e977bbd3a19c5"

func TestParseID(t *testing.T) {
	id, err := content.ParseID(someHex)
	if err != nil || id.String() != someHex || id.Short() != someHex[:12] {
		t.Errorf("%v %v %v", id, id.Short(), err)
	}
	upper, err := content.ParseID(strings.ToUpper(someHex))
	if err != nil || upper != id {
		t.Errorf("upper case: %v %v", upper, err)
	}
	if id.IsZero() || !(content.ID{}).IsZero() {
		t.Error("IsZero")
	}
}

func TestParseIDRefuses(t *testing.T) {
	for _, s := range []string{"", "b", someHex[1:], someHex + "0", someHex + "00", someHex + someHex, " " + someHex[1:], "x" + someHex[1:], "0x" + someHex[2:], strings.Repeat("é", 32)} {
		if _, err := content.ParseID(s); !errors.Is(err, content.ErrBadID) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestIDInJSON(t *testing.T) {
	id, _ := content.ParseID(someHex)
	b, err := json.Marshal(map[content.ID]content.ID{id: id})
	if want := `{"` + someHex + `":"` + someHex + `"}`; err != nil || string(b) != want {
		t.Fatalf("%s %v", b, err)
	}
	var back map[content.ID]content.ID
	if err := json.Unmarshal(b, &back); err != nil || back[id] != id {
		t.Errorf("%v %v", back, err)
	}
	kept := id
	if err := json.Unmarshal([]byte(`"00"`), &kept); !errors.Is(err, content.ErrBadID) || kept != id {
		t.Errorf("a short id: %v, %v", kept, err)
	}
}

func FuzzParseID(f *testing.F) {
	f.Add(someHex)
	f.Add("")
	f.Add(strings.Repeat("F", 64))
	f.Fuzz(func(t *testing.T, s string) {
		id, err := content.ParseID(s)
		if err == nil && id.String() != strings.ToLower(s) {
			t.Errorf("%q reads as %v", s, id)
		}
	})
}
