package scenario

import (
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"

	"starling/config"
)

// namePattern is what a result's file can be called on every system.
var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// lanNodesMax bounds whole nodes in one process; each has some 2 MB, its own
// sockets and its own files.
const lanNodesMax = 1000

// Check says everything that is wrong with the settings, with their origins, and
// whether the world they make fits into memory. It opens no file but those it
// must see to be there, and runs nothing. Errors are InputErrors.
func (s *Scenario) Check() error {
	var errs []error
	for _, f := range s.fields() {
		if err := s.checkField(f); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 { // or combinations of nonsense make more of it
		errs = s.checkTogether()
	}
	if len(errs) == 0 {
		errs = append(errs, s.checkMemory())
	}
	return inputError(errors.Join(errs...))
}

// checkField checks one key by itself, if this scenario uses it.
func (s *Scenario) checkField(f field) error {
	_, kindKnown := kindKeys[s.Kind]
	why, mistake := s.unused(f.key)
	o, set := s.origins[f.key]
	otherKind := o.shipped && !s.origins["kind"].shipped // the file meant its own kind
	switch {
	case kindKnown && mistake && set && !otherKind:
		return s.at(f.key, "%s = %s: %s", f.key, f.text(), why)
	case kindKnown && why != "":
		return nil
	case f.key == "name" && !namePattern.MatchString(s.Name):
		return s.at(f.key, "name = %s: a name is lower-case letters and digits, joined by -, at most 40 of them", f.text())
	}
	if err := f.check(); err != nil {
		return s.at(f.key, "%w", err)
	}
	return nil
}

// checkTogether checks what values must be to one another.
func (s *Scenario) checkTogether() []error {
	if s.Kind == "lan" {
		if s.Nodes > lanNodesMax {
			return []error{s.at("nodes", "nodes = %d: these are whole nodes on this machine, at most %d", s.Nodes, lanNodesMax)}
		}
		return nil
	}
	if s.Kind == "swarm" {
		return nil
	}
	errs := append(s.checkTopology(), s.checkFiles()...)
	errs = append(errs, s.checkSearch()...)
	switch s.Kind {
	case "partition":
		p := s.Partition
		if !(p.AtS < p.HealS && p.HealS < p.UntilS) {
			errs = append(errs, s.at("partition.at_s", "the mesh must be cut before it heals and heal before the end: at_s %s < heal_s %s < until_s %s does not hold",
				spellFloat(p.AtS), spellFloat(p.HealS), spellFloat(p.UntilS)))
		}
	case "liars":
		if sum := s.Liars.sum(); sum > 0.9 {
			errs = append(errs, s.at("liars.forgers", "forgers, spammers, droppers, inflators, deflators and flooders are %s of all nodes together; leave a tenth honest", spellFloat(sum)))
		}
	}
	return errs
}

func (l Liars) sum() float64 {
	return math.Round((l.Forgers+l.Spammers+l.Droppers+l.Inflators+l.Deflators+l.Flooders)*1e9) / 1e9
}

func (s *Scenario) checkTopology() []error {
	t := s.Topology
	var err error
	switch {
	case t.Kind == "file":
		return nil // checkFiles
	case t.Degree >= s.Nodes:
		err = s.at("topology.degree", "topology.degree = %d: a node can be linked with each of the others once, so it must be less than nodes = %d", t.Degree, s.Nodes)
	case t.Kind == "regular" && t.Degree%2 == 1 && s.Nodes%2 == 1:
		err = s.at("topology.degree", "topology.degree = %d: with an odd number of nodes (%d) it must be even, or the links do not come out", t.Degree, s.Nodes)
	case t.Kind == "small-world" && t.Degree%2 == 1:
		err = s.at("topology.degree", "topology.degree = %d: in a small world it is even, half of it to each side", t.Degree)
	case t.Kind == "power-law" && t.DegreeMax < t.Degree:
		err = s.at("topology.degree_max", "topology.degree_max = %d is less than topology.degree = %d, the smallest", t.DegreeMax, t.Degree)
	case t.Kind == "power-law" && t.DegreeMax >= s.Nodes:
		err = s.at("topology.degree_max", "topology.degree_max = %d must be less than nodes = %d", t.DegreeMax, s.Nodes)
	case t.Kind == "ultrapeers":
		err = s.checkUltrapeers()
	}
	if err != nil {
		return []error{err}
	}
	return s.checkDegrees()
}

// checkDegrees sees that a mesh of each degree can be drawn.
func (s *Scenario) checkDegrees() (errs []error) {
	for _, d := range s.Topology.Degrees {
		if d >= s.Nodes || d%2 == 1 && s.Nodes%2 == 1 {
			errs = append(errs, s.at("topology.degrees", "topology.degrees has %d: with %d nodes it must be less than that, and even if their number is odd", d, s.Nodes))
		}
	}
	return errs
}

func (s *Scenario) checkUltrapeers() error {
	t := s.Topology
	switch ultrapeers := t.ultrapeers(s.Nodes); {
	case t.Degree >= ultrapeers:
		return s.at("topology.degree", "topology.degree = %d: with %d leaves for each there are %d ultrapeers, too few to be linked with so many others",
			t.Degree, t.LeavesPer, ultrapeers)
	case t.LeafLinks > ultrapeers:
		return s.at("topology.leaf_links", "topology.leaf_links = %d: there are only %d ultrapeers", t.LeafLinks, ultrapeers)
	}
	return nil
}

// checkFiles sees that every file that is named is there.
func (s *Scenario) checkFiles() []error {
	files := []struct {
		key, name string
		needed    bool
	}{
		{"topology.file", s.Topology.File, s.Topology.Kind == "file"},
		{"latency.file", s.Latency.File, s.Latency.Kind == "matrix"},
		{"content.names", s.Content.Names, false},
		{"search.sources_file", s.Search.SourcesFile, false},
	}
	var errs []error
	for _, f := range files {
		why, _ := s.unused(f.key)
		switch {
		case why != "":
		case f.name == "" && f.needed:
			kind := sectionOf(f.key) + ".kind"
			errs = append(errs, s.at(kind, "%s = %s needs a file: set %s", kind, s.spelledOf(kind), f.key))
		case f.name != "":
			if err := seen(s.path(f.key, f.name)); err != nil {
				errs = append(errs, s.at(f.key, "%s: %w", f.key, err))
			}
		}
	}
	return errs
}

// spelledOf is the value of a known key as a file would spell it.
func (s *Scenario) spelledOf(key string) string {
	f, _ := s.field(key)
	return f.text()
}

func seen(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder, and a file is wanted", path)
	}
	return err
}

func (s *Scenario) checkSearch() []error {
	var errs []error
	if !slices.IsSorted(s.Search.TTL) {
		errs = append(errs, s.at("search.ttl", "search.ttl = %s: write the TTLs in ascending order", s.spelledOf("search.ttl")))
	}
	lists := []struct {
		key    string
		length int
	}{{"search.ttl", len(s.Search.TTL)}, {"search.duplicates", len(s.Search.Duplicates)}}
	if s.Kind == "strategies" {
		lists = append(lists, struct {
			key    string
			length int
		}{"search.strategies", len(s.Search.Strategies)})
	}
	for _, list := range lists {
		if list.length == 0 {
			errs = append(errs, s.at(list.key, "%s is empty, so that nothing would be asked", list.key))
		}
	}
	if s.Search.SourcesFile == "" && s.Topology.Kind != "file" && s.Search.Sources > s.Nodes {
		errs = append(errs, s.at("search.sources", "search.sources = %d: there are only %d nodes", s.Search.Sources, s.Nodes))
	}
	return errs
}

// memoryBytes reads the setting memory; 0 means what is free.
func (s *Scenario) memoryBytes() (int64, error) {
	if s.Memory == "" {
		return 0, nil
	}
	bytes, err := config.ParseSize(s.Memory)
	if err == nil && bytes == 0 {
		err = errors.New("nothing can run in no memory; leave it empty for what is free")
	}
	if err != nil {
		return 0, s.at("memory", "memory = %s: %w", config.Quote(s.Memory), err)
	}
	return bytes, nil
}
