package node

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestMarshalLineHostile(t *testing.T) {
	name := "a\x1b[2Jb\u202ecod.exe\u200b\u2066\x7f\u0085\x00\n\u2028é日本\U000e0001🎵"
	line, err := MarshalLine(Hit{Type: "hit", Name: name})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range string(line) {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) {
			t.Errorf("%U left in %s", r, line)
		}
	}
	var back Hit
	if err := json.Unmarshal(line, &back); err != nil || back.Name != name {
		t.Errorf("name came back as %q, %v", back.Name, err)
	}
	if !strings.Contains(string(line), "é日本") {
		t.Errorf("ordinary letters were escaped: %s", line)
	}
}

func TestMarshalLineProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		line, err := MarshalLine(map[string]string{"name": text})
		if err != nil {
			t.Fatal(err)
		}
		var back map[string]string
		if err := json.Unmarshal(line, &back); err != nil || back["name"] != strings.ToValidUTF8(text, "\ufffd") {
			t.Fatalf("%q came back as %q, %v", text, back["name"], err)
		}
		if Display(string(line)) != string(line) {
			t.Fatalf("%q holds what a screen obeys", line)
		}
	})
}
