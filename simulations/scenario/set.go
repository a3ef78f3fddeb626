package scenario

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Set gives a key a value in words: TOML, or else the text itself. A list may be
// written without brackets and quotes: 1,2,3. Errors are InputErrors.
func (s *Scenario) Set(key, value string) error { return s.SetBy("--set "+key, key, value) }

// SetBy is Set for a value that came from elsewhere, such as "--nodes": errors
// name it.
func (s *Scenario) SetBy(by, key, value string) error {
	f, known := s.field(key)
	if !known {
		return inputErrorf("%s: %w", by, unknownKey(key))
	}
	if err := f.assign(f.read(value)); err != nil {
		return inputErrorf("%s: %w", by, err)
	}
	if s.origins == nil {
		s.origins = map[string]origin{}
	}
	s.origins[key] = origin{by: by}
	return nil
}

// read makes of a text what a TOML decoder would give, by what the field wants.
func (f field) read(text string) any {
	value := readTOML(text)
	switch f.value.Kind() {
	case reflect.String:
		if _, isText := value.(string); !isText {
			return text // 123 or true may be a file's name
		}
	case reflect.Slice:
		if _, isList := value.([]any); !isList {
			return readMembers(text)
		}
	}
	return value
}

func readMembers(text string) []any {
	var members []any
	for part := range strings.SplitSeq(text, ",") {
		members = append(members, readTOML(strings.TrimSpace(part)))
	}
	return members
}

// readTOML decodes one value; what is none is a text as it stands.
func readTOML(text string) any {
	var holder map[string]any
	err := toml.Unmarshal([]byte("v = "+text), &holder)
	value, ok := holder["v"]
	if err != nil || !ok || len(holder) != 1 {
		return text
	}
	return value
}

// kindKeys are the keys and sections that each kind uses, beside those that all
// do. To set another one is a mistake: it would change nothing.
var kindKeys = map[string][]string{
	"coverage":   {"loss", "topology", "latency", "content", "search"},
	"strategies": {"loss", "topology", "latency", "content", "search"},
	"million":    {"topology", "latency", "search.count", "search.ttl", "search.duplicates"},
	"churn":      {"loss", "topology", "latency", "content.copies", "search.count", "search.ttl", "search.duplicates", "churn"},
	"partition":  {"loss", "topology", "latency", "search.count", "search.ttl", "search.duplicates", "partition"},
	"liars":      {"loss", "topology", "latency", "content.copies", "search.count", "search.ttl", "search.duplicates", "liars"},
	"swarm":      {"latency.ms", "swarm"},
	"lan":        {"lan"},
}

// everyKind uses these.
var everyKind = []string{"name", "title", "about", "kind", "seed", "nodes", "memory"}

// shapeKeys are the keys that each way of drawing links uses.
var shapeKeys = map[string][]string{
	"regular":     {"degree"},
	"power-law":   {"degree", "exponent", "degree_max"},
	"small-world": {"degree", "rewire"},
	"ultrapeers":  {"degree", "leaves_per", "leaf_links"},
	"file":        {"file"},
}

// unused says why a key has no effect on this scenario, "" if it has one. A
// mistake is a key that no run of this kind uses; other keys only wait for
// another topology or latency.
func (s *Scenario) unused(key string) (why string, mistake bool) {
	section, name, _ := strings.Cut(key, ".")
	used := kindKeys[s.Kind]
	switch {
	case key == "topology.degrees" && s.Kind == "coverage":
		return "", false // of other meshes, beside the scenario's
	case key == "topology.degrees", !slices.Contains(everyKind, key) && !slices.Contains(used, key) && !slices.Contains(used, section):
		return fmt.Sprintf("a scenario of kind %s does not use it", s.Kind), true
	case key == "nodes" && s.Kind == "swarm":
		return "a swarm has as many nodes as swarm.receivers and the sources say", true
	case key == "memory" && s.Kind == "swarm":
		return "a swarm takes little memory", false
	case key == "nodes" && s.Kind != "lan" && s.Topology.Kind == "file":
		return "the links are read from " + s.Topology.File + ", and the nodes with them", false
	case section == "topology" && name != "kind" && !slices.Contains(shapeKeys[s.Topology.Kind], name):
		return fmt.Sprintf("topology.kind is %s", s.Topology.Kind), false
	case key == "latency.ms" && s.Latency.Kind == "matrix", key == "latency.file" && s.Latency.Kind != "matrix":
		return fmt.Sprintf("latency.kind is %s", s.Latency.Kind), false
	}
	return "", false
}

// Notes are sentences on what was set and has no effect, for a person to read
// before the run.
func (s *Scenario) Notes() []string {
	var notes []string
	for _, f := range s.fields() {
		o, set := s.origins[f.key]
		if why, mistake := s.unused(f.key); set && !o.shipped && why != "" && !mistake {
			notes = append(notes, fmt.Sprintf("%s: %s = %s has no effect: %s", o.by, f.key, f.text(), why))
		}
	}
	return notes
}
