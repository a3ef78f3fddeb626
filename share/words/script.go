package words

import (
	"unicode"
	"unicode/utf8"
)

// class says what a rune does to the word before it.
type class uint8

const (
	separator   class = iota // ends the word
	digit                    // joins letters of alphabets, not CJK runs
	joiner                   // part of whatever word it follows: ー, vowel signs
	firstScript              // this and above: letters, one class per script
)

// scripts lists the scripts that are told apart, those without spaces between
// words first. Letters of all others share one class.
var scripts = [...]*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
	unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Arabic, unicode.Hebrew, unicode.Devanagari,
	unicode.Bengali, unicode.Tamil, unicode.Telugu, unicode.Gujarati, unicode.Georgian, unicode.Armenian,
}

const (
	unspacedScripts = 9 // the first of scripts: from Han to Myanmar
	latinScript     = firstScript + unspacedScripts
	otherScript     = firstScript + class(len(scripts))
)

func (c class) isCJK() bool { return c >= firstScript && c < latinScript }

// asciiClasses is classOf for what most names are made of.
var asciiClasses = func() (table [utf8.RuneSelf]class) {
	for r := range table {
		table[r] = classOf(rune(r))
	}
	return table
}()

func classOf(r rune) class {
	switch {
	case 'a' <= r && r <= 'z':
		return latinScript
	case '0' <= r && r <= '9':
		return digit
	case r < 0x80:
		return separator
	case unicode.IsLetter(r):
		return scriptOf(r)
	case unicode.IsNumber(r):
		return digit
	case unicode.IsMark(r):
		return joiner
	}
	return separator
}

func scriptOf(r rune) class {
	for i, table := range scripts {
		if unicode.Is(table, r) {
			return firstScript + class(i)
		}
	}
	if unicode.Is(unicode.Common, r) || unicode.Is(unicode.Inherited, r) {
		return joiner
	}
	return otherScript
}
