package share

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"starling/share/content"
)

var nameID = content.ID{0xab, 0xcd, 0xef}

func TestDiskName(t *testing.T) {
	long := strings.Repeat("é", 150)
	for _, c := range []struct{ wire, want string }{
		{"song.mp3", "song.mp3"},
		{"テスト ファイル.txt", "テスト ファイル.txt"},
		{"e\u0301.txt", "é.txt"},
		{"e\u200b\u0301.txt", "é.txt"},
		{"../../etc/passwd", "_.._etc_passwd"},
		{`..\..\x`, "_.._x"},
		{`C:\a\b.txt`, "C__a_b.txt"},
		{"/", "abcdef000000"},
		{"", "abcdef000000"},
		{"...", "abcdef000000"},
		{"\u200b\u2060", "abcdef000000"},
		{"???", "abcdef000000"},
		{".bashrc", "bashrc"},
		{"-rf", "_rf"},
		{"a\x00b\x1b[31m.mp3", "a_b_[31m.mp3"},
		{"inv\u202efdp.exe", "invfdp.exe"},
		{"bad\xff\xfe.mp3", "bad__.mp3"},
		{"CON", "_CON"},
		{"con.tar.gz", "_con.tar.gz"},
		{"Nul .txt", "_Nul .txt"},
		{"COM1", "_COM1"},
		{"com¹.log", "_com¹.log"},
		{"COM10", "COM10"},
		{"common.txt", "common.txt"},
		{"desktop.ini", "_desktop.ini"},
		{"a.txt:evil.exe", "a.txt_evil.exe"},
		{"trailing. . ", "trailing"},
		{"two\u00a0words.txt", "two words.txt"},
		{"line\nbreak\u2028.txt", "line_break_.txt"},
		{"♥.mp3", "♥.mp3"},
		{long + ".mp3", strings.Repeat("é", 98) + ".mp3"},
		{"con" + strings.Repeat(" ", 300) + "x.txt", "_con.txt"},
		{strings.Repeat("a", 150) + "." + strings.Repeat("b", 150), strings.Repeat("a", 150) + "." + strings.Repeat("b", 49)},
	} {
		if got := DiskName(c.wire, nameID); got != c.want {
			t.Errorf("DiskName(%q) = %q, want %q", c.wire, got, c.want)
		}
	}
}

func TestDisplayName(t *testing.T) {
	for _, c := range []struct{ wire, want string }{
		{"song.mp3", "song.mp3"},
		{"日本語　名.txt", "日本語　名.txt"},
		{"a\x1b[2Jb", `a\x1b[2Jb`},
		{"a\nb\tc\r", `a\x0ab\x09c\x0d`},
		{"\u009b31m", `\u009b31m`},
		{"inv\u202efdp.exe", `inv\u202efdp.exe`},
		{"zero\u200bwidth", `zero\u200bwidth`},
		{"bad\xff", `bad\xff`},
		{"\U000e0041", `\U000e0041`},
		{"\x7f", `\x7f`},
	} {
		if got := DisplayName(c.wire); got != c.want {
			t.Errorf("DisplayName(%q) = %q, want %q", c.wire, got, c.want)
		}
	}
}

// checkNames holds what every name must come to, whatever went in.
func checkNames(t *testing.T, wire string) {
	t.Helper()
	disk := DiskName(wire, nameID)
	if why := diskNameFault(disk); why != "" {
		t.Errorf("DiskName(%q) = %q: %s", wire, disk, why)
	}
	if again := DiskName(disk, nameID); again != disk {
		t.Errorf("DiskName(%q) = %q, and of that %q", wire, disk, again)
	}
	for _, r := range DisplayName(wire) {
		if r == utf8.RuneError && !strings.ContainsRune(wire, utf8.RuneError) || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			t.Errorf("DisplayName(%q) shows %U", wire, r)
		}
	}
}

// diskNameFault is written without a look at DiskName's own helpers.
func diskNameFault(s string) string {
	upper := strings.ToUpper(s)
	stem := strings.TrimRight(strings.SplitN(upper, ".", 2)[0], " ")
	switch {
	case s == "" || len(s) > 200 || !utf8.ValidString(s):
		return "empty, long or invalid"
	case s != filepath.Base(s) || !filepath.IsLocal(s):
		return "not one local component"
	case !norm.NFC.IsNormalString(s):
		return "not NFC"
	case strings.ContainsAny(s, "/\\:*?\"<>|"):
		return "reserved character"
	case strings.HasPrefix(s, ".") || strings.HasPrefix(s, "-") || strings.HasPrefix(s, " ") || strings.HasSuffix(s, ".") || strings.HasSuffix(s, " "):
		return "bad edge"
	case len(stem) == 3 && strings.Contains("CON PRN AUX NUL", stem):
		return "device name"
	case len(stem) >= 4 && len(stem) <= 5 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && strings.ContainsAny(stem[3:], "0123456789¹²³") && utf8.RuneCountInString(stem) == 4:
		return "device name"
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || unicode.In(r, unicode.Bidi_Control, unicode.Cf, unicode.Variation_Selector) {
			return "unprintable character"
		}
	}
	return ""
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"a.txt", "../x", "con.", "\xff\u202e", "e\u200b\u0301", "\u1160", strings.Repeat("x ", 200) + ".tar.gz", "con" + strings.Repeat(" ", 300) + ".x", strings.Repeat("_", 300) + "x"} {
		f.Add(s)
	}
	f.Fuzz(checkNames)
}

// hostileData finds a file of the data folder beside the module, or skips.
func hostileData(t *testing.T, name string) *os.File {
	dir := os.Getenv("STARLING_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	file, err := os.Open(filepath.Join(dir, "hostile", name))
	if err != nil {
		t.Skipf("the data folder is not here: %v", err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func TestHostileNames(t *testing.T) {
	lines := bufio.NewScanner(hostileData(t, "hostile-names.jsonl"))
	lines.Buffer(nil, 1<<20)
	count := 0
	for ; lines.Scan(); count++ {
		var row struct {
			Name []byte `json:"name_b64"`
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		checkNames(t, string(row.Name))
	}
	if lines.Err() != nil || count < 2000 {
		t.Fatalf("read %d names: %v", count, lines.Err())
	}
}

func TestNaughtyStrings(t *testing.T) {
	lines := bufio.NewScanner(hostileData(t, "blns.txt"))
	count := 0
	for ; lines.Scan(); count++ {
		checkNames(t, lines.Text())
		if raw, err := base64.StdEncoding.DecodeString(lines.Text()); err == nil {
			checkNames(t, string(raw))
		}
	}
	if lines.Err() != nil || count < 500 {
		t.Fatalf("read %d lines: %v", count, lines.Err())
	}
}
