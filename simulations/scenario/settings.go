package scenario

import (
	"reflect"
	"slices"
	"strings"

	"starling/simulations"
)

// prose are keys that say something to a person and nothing to a run.
var prose = []string{"name", "title", "about"}

// Settings lists every setting that this scenario uses, as its file would spell
// it, in the order of Keys: for simulations.Result.Settings.
func (s *Scenario) Settings() []simulations.KeyVal {
	var all []simulations.KeyVal
	for _, f := range s.fields() {
		if why, _ := s.unused(f.key); why == "" && !slices.Contains(prose, f.key) {
			all = append(all, simulations.KeyVal{Key: f.key, Value: f.text()})
		}
	}
	return all
}

// spelled maps every key to its value as a file would spell it.
func (s *Scenario) spelled() map[string]string {
	all := map[string]string{}
	for _, f := range s.fields() {
		all[f.key] = f.text()
	}
	return all
}

// Replay is the command, quoted for a shell, that gives the same run again: the
// scenario as it was loaded, and what was set since.
func (s *Scenario) Replay() string {
	words := append([]string{"starling", "simulate", "run", s.loaded}, s.changesBut(nil)...)
	return quoteWords(words)
}

// changesBut are the flags for what differs from the scenario as it was loaded and
// has an effect, some keys apart.
func (s *Scenario) changesBut(apart []string) []string {
	changed := map[string]bool{}
	for _, f := range s.fields() {
		why, _ := s.unused(f.key)
		changed[f.key] = f.text() != s.base[f.key] && why == "" && !slices.Contains(apart, f.key)
	}
	var flags []string
	fromFile := s.Topology.Kind == "file" && changed["topology.file"]
	for _, f := range s.fields() {
		switch {
		case !changed[f.key], fromFile && f.key == "topology.kind":
		case f.key == "nodes" || f.key == "seed":
			flags = append(flags, "--"+f.key, f.text())
		case fromFile && f.key == "topology.file":
			flags = append(flags, "--topology", s.Topology.File)
		default:
			flags = append(flags, "--set", f.key+"="+f.brief())
		}
	}
	return flags
}

// brief is the shortest text that Set reads as the field's value.
func (f field) brief() string {
	full := f.text()
	texts := []string{strings.NewReplacer(`"`, "", "[", "", "]", "", ", ", ",").Replace(full), full}
	for _, text := range texts {
		again := field{key: f.key, value: reflect.New(f.value.Type()).Elem()}
		if again.assign(again.read(text)) == nil && again.text() == full {
			return text
		}
	}
	return full
}

// quoteWords joins words into a line that a POSIX shell takes apart again.
func quoteWords(words []string) string {
	var quoted []string
	for _, word := range words {
		plain := strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=.,/:+@%") == ""
		if word == "" || !plain {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		quoted = append(quoted, word)
	}
	return strings.Join(quoted, " ")
}
