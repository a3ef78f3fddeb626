package scenario

import (
	"math/rand/v2"

	"starling/query"
	"starling/simulations/topology"
)

// buildGraph draws or reads the links of s. leaves says which nodes forward
// nothing, nil when all do. A file that is no edge list, or one too large for
// memory, is an InputError.
func buildGraph(s *Scenario, rng *rand.Rand) (g *topology.Graph, leaves []bool, err error) {
	switch t := s.Topology; t.Kind {
	case "regular":
		g, err = topology.Regular(s.Nodes, t.Degree, rng)
	case "power-law":
		g, err = topology.PowerLaw(s.Nodes, t.Exponent, t.Degree, t.DegreeMax, rng)
	case "small-world":
		g, err = topology.SmallWorld(s.Nodes, t.Degree, t.Rewire, rng)
	case "ultrapeers":
		g, leaves, err = topology.Ultrapeers(s.Nodes, t.LeavesPer, t.LeafLinks, t.Degree, rng)
	case "file":
		g, err = readGraph(s)
	default:
		err = s.checkKnown("topology.kind")
	}
	if err != nil {
		return nil, nil, inputError(err)
	}
	return g, leaves, nil
}

func readGraph(s *Scenario) (*topology.Graph, error) {
	limit, err := s.limit()
	if err != nil {
		return nil, err
	}
	g, _, err := topology.ReadFile(s.path("topology.file", s.Topology.File), limit)
	if err != nil {
		return nil, s.at("topology.file", "%w", err)
	}
	return g, nil
}

// checkKnown is the complaint about a word that is none of a key's.
func (s *Scenario) checkKnown(key string) error {
	f, _ := s.field(key)
	return s.at(key, "%w", f.check())
}

// rule reads one of the rules for further copies of a known query.
func rule(name string) (query.Rule, error) {
	switch name {
	case "drop-all":
		return query.DropAll, nil
	case "larger-ttl":
		return query.LargerTTL, nil
	}
	return 0, inputErrorf("there is no rule %q for duplicates, only drop-all and larger-ttl", name)
}

// ultrapeers is how many of so many nodes are no leaves.
func (t Topology) ultrapeers(nodes int) int {
	core := (nodes + t.LeavesPer) / (t.LeavesPer + 1)
	if core%2 == 1 && t.Degree%2 == 1 && core < nodes {
		core++
	}
	return core
}

// edges estimates the links of a world that is drawn.
func (s *Scenario) edges() int {
	nodes, t := float64(s.Nodes), s.Topology
	degree := float64(t.Degree)
	switch t.Kind {
	case "power-law":
		degree = topology.PowerLawMean(t.Exponent, t.Degree, t.DegreeMax)
	case "ultrapeers":
		core := float64(t.ultrapeers(s.Nodes))
		return int(core*degree/2 + (nodes-core)*float64(t.LeafLinks))
	}
	return int(nodes * degree / 2)
}

// limit is the memory that the run may take.
func (s *Scenario) limit() (topology.Limit, error) {
	bytes, err := s.memoryBytes()
	if bytes == 0 {
		bytes = topology.Available()
	}
	return topology.Limit{Bytes: bytes}, err
}

// checkMemory refuses a world that would not fit. One that is read from a file is
// checked as it is read.
func (s *Scenario) checkMemory() error {
	limit, err := s.limit()
	if err != nil || s.Kind == "lan" || s.Kind == "swarm" || s.Topology.Kind == "file" {
		return err
	}
	key := "nodes"
	if s.Memory != "" {
		key = "memory"
	}
	if err := limit.Check(s.Nodes, s.edges()); err != nil {
		return s.at(key, "%w", err)
	}
	return nil
}
