package share

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"starling/share/content"
)

const (
	// diskNameMaxBytes leaves room for what is added to a name on disk (a
	// counter, ".part") below the 255 bytes that file systems allow.
	diskNameMaxBytes = 200
	// extensionMaxBytes is how long a name's ending may be and still count as
	// its extension when the name is cut.
	extensionMaxBytes = 32
)

// DiskName makes one path component of a name that a stranger chose. The
// result is never empty, at most 200 bytes of NFC text, and holds no separator,
// no control, bidi or invisible character, none of the characters and device
// names that Windows reserves, no leading dot or dash and no dot or space at the
// end. What may not stand becomes '_'; what cannot be seen is left out. A name
// of which nothing readable remains becomes the short id. The extension
// survives the cut to length. DiskName of a DiskName is itself.
func DiskName(wire string, id content.ID) string {
	name := wire
	if !plainASCII(wire) {
		name = mapDiskRunes(norm.NFC.String(mapDiskRunes(wire)))
	}
	name = cutKeepingExtension(trimDiskName(name))
	if !readable(name) {
		return id.Short()
	}
	if reservedOnDisk(name) {
		name = cutKeepingExtension("_" + name)
	}
	return name
}

// plainASCII tells a name that mapDiskRunes leaves as it is, as most are.
func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || strings.IndexByte(reservedRunes, s[i]) >= 0 {
			return false
		}
	}
	return true
}

// reservedRunes mean something to a shell or a disk.
const reservedRunes = `/\<>:"|?*`

// mapDiskRunes replaces and drops, rune by rune. An invalid byte counts as one
// rune.
func mapDiskRunes(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case invisible(r):
		case unicode.Is(unicode.Zs, r) || r == brailleBlank:
			b.WriteByte(' ')
		case r == utf8.RuneError || !unicode.IsPrint(r) || strings.ContainsRune(reservedRunes, r):
			b.WriteByte('_')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// brailleBlank is a symbol by its class and a blank by its looks.
const brailleBlank = '\u2800'

// invisible tells the characters that take no place of their own: format
// characters (zero width, bidi, soft hyphen, tags), variation selectors and the
// fillers that Unicode asks to ignore.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func trimDiskName(s string) string {
	s = strings.TrimRight(strings.TrimLeft(s, " ."), " .")
	if strings.HasPrefix(s, "-") {
		s = "_" + s[1:] // a shell's * would make an option of it
	}
	return s
}

// readable tells whether anything but stand-ins is left.
func readable(name string) bool {
	return strings.Trim(name, "_ .-") != ""
}

// cutKeepingExtension shortens the stem on a rune boundary.
func cutKeepingExtension(name string) string {
	if len(name) <= diskNameMaxBytes {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > extensionMaxBytes {
		ext = ""
	}
	stem := name[:diskNameMaxBytes-len(ext)]
	for len(stem) > 0 && !utf8.RuneStart(name[len(stem)]) {
		stem = stem[:len(stem)-1]
	}
	return strings.TrimRight(stem, " .") + ext
}

// reservedOnDisk tells the names that mean a device to Windows with any
// extension, and the two files a file browser acts upon unasked.
func reservedOnDisk(name string) bool {
	lower := strings.ToLower(name)
	if lower == "desktop.ini" || lower == "autorun.inf" {
		return true
	}
	stem, _, _ := strings.Cut(lower, ".")
	switch stem = strings.TrimRight(stem, " "); stem {
	case "con", "prn", "aux", "nul", "conin$", "conout$", "clock$":
		return true
	}
	port, found := strings.CutPrefix(stem, "com")
	if !found {
		port, found = strings.CutPrefix(stem, "lpt")
	}
	return found && utf8.RuneCountInString(port) == 1 && strings.ContainsAny(port, "0123456789¹²³")
}
