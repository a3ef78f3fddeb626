package scenario

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"starling/config"
)

//go:embed files/*.toml
var shipped embed.FS

// fileBytesMax bounds a scenario file. The shipped ones have some 4 KiB.
const fileBytesMax = 32 << 10

// complaintsMax bounds how many mistakes of one file are named.
const complaintsMax = 10

// Names lists the shipped scenarios in the order to read them.
func Names() []string {
	return []string{"flood", "million", "churn", "partition", "liars", "swarm", "lan-50"}
}

// List loads the shipped scenarios.
func List() ([]*Scenario, error) {
	var all []*Scenario
	for _, name := range Names() {
		s, err := Load(name)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Load gives a shipped scenario by its name, or reads a file: what ends in .toml
// or holds a path separator is one. What the file leaves out has its default. The
// values are of the right type and not checked otherwise: call Check. Every error
// is an InputError and says file, line and key.
func Load(nameOrPath string) (*Scenario, error) {
	if isPath(nameOrPath) {
		text, err := readFile(nameOrPath)
		if err != nil {
			return nil, inputErrorf("read the scenario: %w", err)
		}
		return parse(text, nameOrPath, origin{by: nameOrPath, dir: filepath.Dir(nameOrPath)})
	}
	if !slices.Contains(Names(), nameOrPath) {
		return nil, unknownScenario(nameOrPath)
	}
	text, err := shipped.ReadFile("files/" + nameOrPath + ".toml")
	if err != nil {
		return nil, err
	}
	return parse(text, nameOrPath, origin{by: nameOrPath + ".toml", shipped: true})
}

func isPath(text string) bool {
	return strings.HasSuffix(text, ".toml") || strings.ContainsRune(text, '/') || strings.ContainsRune(text, filepath.Separator)
}

func unknownScenario(name string) error {
	meant := ""
	if near := nearest(name, Names()); len(near) > 0 {
		meant = fmt.Sprintf("did you mean %s? ", orList(near))
	}
	return inputErrorf("there is no scenario %q; %sthe shipped ones are %s, and a file of your own ends in .toml",
		name, meant, strings.Join(Names(), ", "))
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, fileBytesMax+1))
	if err != nil {
		return nil, err
	}
	if len(text) > fileBytesMax {
		return nil, fmt.Errorf("%s has more than %d bytes; a scenario is a few lines of TOML", path, fileBytesMax)
	}
	return text, nil
}

// parse makes a scenario of TOML; from is the text's origin without a line.
func parse(text []byte, loaded string, from origin) (*Scenario, error) {
	var file map[string]any
	if err := toml.Unmarshal(text, &file); err != nil {
		return nil, inputError(syntaxError(from.by, text, err))
	}
	s := defaults()
	s.loaded, s.origins = loaded, map[string]origin{}
	s.Name = strings.TrimSuffix(filepath.Base(loaded), ".toml")
	if err := s.take(file, linesOf(text), from); err != nil {
		return nil, inputError(err)
	}
	if s.Title == "" {
		s.Title = s.Name
	}
	s.base = s.spelled()
	return s, nil
}

// take stores every value of the file, and names all that cannot be.
func (s *Scenario) take(file map[string]any, lines map[string]int, from origin) error {
	var errs []error
	for _, leaf := range leaves("", file) {
		if len(errs) == complaintsMax {
			errs = append(errs, fmt.Errorf("%s: and more of that kind", from.by))
			break
		}
		here := from
		here.by = fmt.Sprintf("%s line %d", from.by, lines[leaf.key])
		f, known := s.field(leaf.key)
		var err error
		if known {
			err = f.assign(leaf.value)
		} else if _, empty := leaf.value.(map[string]any); !empty || !isSection(leaf.key) {
			err = unknownKey(leaf.key)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", here.by, err))
		}
		s.origins[leaf.key] = here
	}
	return errors.Join(errs...)
}

func isSection(name string) bool {
	return slices.ContainsFunc(Keys(), func(key string) bool { return sectionOf(key) == name })
}

// A leaf is a key of a file with its value.
type leaf struct {
	key   string
	value any
}

// leaves lists everything in the file that is not a section, or an empty one, by
// name.
func leaves(prefix string, section map[string]any) []leaf {
	var all []leaf
	for _, name := range slices.Sorted(maps.Keys(section)) {
		full := prefix + keyPart(name)
		inner, ok := section[name].(map[string]any)
		if ok && len(inner) > 0 {
			all = append(all, leaves(full+".", inner)...)
		} else {
			all = append(all, leaf{full, section[name]})
		}
	}
	return all
}

// keyPart keeps a quoted key with a dot in it apart from a section's key.
func keyPart(name string) string {
	if strings.ContainsRune(name, '.') {
		return config.Quote(name)
	}
	return name
}

// syntaxError adds the line to what the decoder says.
func syntaxError(name string, text []byte, err error) error {
	message := strings.TrimPrefix(err.Error(), "toml: ")
	var where *toml.DecodeError
	if errors.As(err, &where) {
		row, column := where.Position()
		return fmt.Errorf("%s line %d, column %d: %s", name, row, column, message)
	}
	return fmt.Errorf("%s line %d: %s", name, repeatLine(text), message)
}

// repeatLine finds the line of a mistake that the decoder gives no place for,
// such as a key that is there twice: with it, and not without it, the lines from
// the first on have that mistake. Lines cut short have another one, with a place.
func repeatLine(text []byte) int {
	lines := bytes.SplitAfter(text, []byte("\n"))
	return 1 + sort.Search(len(lines)-1, func(i int) bool {
		var file map[string]any
		var placed *toml.DecodeError
		err := toml.Unmarshal(bytes.Join(lines[:i+1], nil), &file)
		return err != nil && !errors.As(err, &placed)
	})
}
