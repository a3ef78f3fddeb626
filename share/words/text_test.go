package words

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "",
		"...---///":                   "",
		"Straße-Café_01.MP3":          "strasse cafe 01 mp3",
		"JÓGA":                        "joga",
		"jo\u0301ga":                  "joga", // the mark apart, as macOS writes it
		"İstanbul ŁÓDŹ Ærø":           "istanbul lodz aero",
		"ΣΊΣΥΦΟΣ":                     "σισυφοσ",
		"Ёлка и чай":                  "елка и чаи",
		"日本語テスト.txt":                  "日本語 テスト txt",
		"ﾃﾞｽﾄ":                        "デスト",
		"スーパーマリオ":                     "スーパーマリオ",
		"第3話":                         "第 3 話",
		"Q＆Ａ ＭＰ３":                     "q a mp3",
		"ﬁle ℡ Ⅳ ½":                   "file tel iv 1 2",
		"D.M.X":                       "d m x",
		"ubuntu-24.04-desktop":        "ubuntu 24 04 desktop",
		"x86_64":                      "x86 64",
		"Москва2024Moscow":            "москва2024 moscow",
		"soft\u00ADhyphen zw\u200Dj":  "softhyphen zwj",
		"photo\u202Egpj.exe":          "photo gpj exe",
		"bad\xffutf8\xc3":             "bad utf8",
		"हिन्दी":                      "हिन्दी",
		"שָׁלוֹם":                     "שלום",
		"a\u0300\u0301\u0302\u0303zz": "azz",
		"tab\tnew\nline\x00nul\x1b[m": "tab new line nul m",
	} {
		if got := strings.Join(Words(text), " "); got != want {
			t.Errorf("Words(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestTokens(t *testing.T) {
	for text, want := range map[string]string{
		"abc abc":          "abc",
		"film1080p":        "film1080p 1080p p",
		"s01e02":           "s01e02 01e02 e02 02",
		"89f733c3":         "89f733c3", // four changes: a hash
		"mp3":              "mp3 3",
		"日本語":              "日本語 日本 本語 語",
		"語":                "語",
		"한국어":              "한국어 한국 국어 어",
		"日本abc":            "日本 本 abc",
		"Music/A b/C1.mp3": "music a b c1 1 mp3 3",
	} {
		if got := strings.Join(Tokens(text), " "); got != want {
			t.Errorf("Tokens(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestTextKnowsWhereTheNameStarts(t *testing.T) {
	var text Text
	for path, want := range map[string]int{"a b/c d": 2, "name only": 0, "a/b/": 2, "Straße/x/é": 2} {
		if text.Set(path); text.NameStart() != want {
			t.Errorf("NameStart of %q = %d, want %d", path, text.NameStart(), want)
		}
	}
}

func TestLongTextIsCut(t *testing.T) {
	long := strings.Repeat("word ", maxTextBytes/5) + "beyond beyond"
	if got := Words(long); slices.Contains(got, "beyond") || len(got) < maxTextBytes/5 {
		t.Errorf("%d words, the last %q", len(got), got[len(got)-1])
	}
	for before, want := range map[int]int{maxTextBytes - 1: maxTextBytes - 1, maxTextBytes - 2: maxTextBytes} {
		long := strings.Repeat("a", before) + "жx" // the cut falls into, then behind the character
		if got := Words(long); len(strings.Join(got, "")) != want {
			t.Errorf("%d bytes before the character: %d left, want %d", before, len(strings.Join(got, "")), want)
		}
	}
}

// Every assigned character, of the ideographs one in 64: normal form stays
// normal form, and a word taken out of its text is the same word.
func TestNormaliseIsIdempotentForEveryRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) || !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cf) ||
			unicode.In(r, unicode.Han, unicode.Hangul) && r%64 != 0 {
			continue
		}
		checkStable(t, string(r))
		checkStable(t, "a"+string(r)+"1か"+string(r))
	}
}

type errorfer interface{ Errorf(string, ...any) }

func checkStable(t errorfer, text string) {
	once := normalise(text)
	if len(once) > maxTextBytes {
		return // grown past what is looked at
	}
	if twice := normalise(once); twice != once {
		t.Errorf("normalise(%q) = %q, again %q", text, once, twice)
	}
	for _, w := range Words(text) {
		if again := Words(w); len(again) != 1 || again[0] != w {
			t.Errorf("word %q of %q becomes %q", w, text, again)
		}
	}
}

// tricky draws text from the corners of Unicode where normal forms interact.
func tricky() *rapid.Generator[string] {
	pieces := []string{"a", "B", "1", "23", " ", "-", ".", "_", "/", "é", "e\u0301", "ß", "İ", "ﬁ", "Ⅳ", "½", "日", "本", "テ", "ー",
		"ﾃ", "ﾞ", "か", "\u3099", "한", "ᄒ", "ᅡ", "ᆫ", "ก", "ิ", "क", "्", "ि", "Ω", "ς", "ж", "й", "ש", "ָ", "\u200d", "\u00ad",
		"\u202e", "\xff", "ø", "Æ", "Ꭰ", "ꭰ", "ͅ", "ᾳ", "ǰ", "ΐ", "℀", "ﷺ", "𝐀", "😀", "٣", "\u0338", "≠", "ᵃ", "ẞ", "ŉ"}
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, "pieces"), "")
	})
}

func TestNormaliseIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkStable(t, tricky().Draw(t, "text")) })
}

func TestTokensAreMadeOfTheWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := tricky().Draw(t, "text")
		tokens := Tokens(text)
		for _, w := range Words(text) {
			if !slices.Contains(tokens, w) {
				t.Fatalf("word %q of %q is no token: %q", w, text, tokens)
			}
		}
		for _, token := range tokens {
			if token == "" || !strings.Contains(normalise(text), token) {
				t.Fatalf("token %q does not come from %q", token, text)
			}
		}
	})
}

func FuzzTokens(f *testing.F) {
	for _, seed := range []string{"Straße-Café_01.MP3", "日本語テスト.txt", "a1b2c3d4", "\xff\xfe", "ﷺ" + strings.Repeat("\u0301", 40),
		strings.Repeat("\xae", maxTextBytes+2)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkStable(t, text)
		if tokens := Tokens(text); len(tokens) > 3*maxTextBytes {
			t.Errorf("%d tokens of %d bytes", len(tokens), len(text))
		}
	})
}

func TestType(t *testing.T) {
	for name, want := range map[string]Type{
		"a.mp3": Audio, "A.MKV": Video, "x.y/z.Jpeg": Image, "paper.PDF": Document, "src.tar.gz": Archive, "disk.iso": Archive,
		"setup.exe": Executable, "photo.jpg.exe": Executable, "photo.jpg.exe. .": Executable, "README": Any, ".mp3": Audio,
		"dir.mp3/file": Any, "x.": Any, "": Any, "a.ｍｐ３": Audio, "x." + strings.Repeat("a", 99): Any,
	} {
		if got := TypeOf(name); got != want {
			t.Errorf("TypeOf(%q) = %v, want %v", name, got, want)
		}
	}
	for i := Audio; i <= Executable; i++ {
		if got, err := ParseType(strings.ToUpper(i.String())); err != nil || got != i {
			t.Errorf("ParseType(%v) = %v, %v", i, got, err)
		}
	}
	if _, err := ParseType("any"); err == nil {
		t.Error("any is no filter")
	}
	if got := Type(77).String(); got != "type-77" {
		t.Errorf("a type from the future prints %q", got)
	}
}
