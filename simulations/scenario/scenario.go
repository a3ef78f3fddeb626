package scenario

// Scenario is one experiment and its settings. The tag toml names a key, the tag
// in its bounds: numbers lo..hi, or words a|b; of a list they hold for each
// member. Load fills every field; the zero value of Scenario passes no check.
type Scenario struct {
	// Name is lower case, words joined by -; results are saved under it. A file
	// without one is named after the file.
	Name string `toml:"name"`
	// Title is one line on what the scenario shows.
	Title string `toml:"title"`
	// About says what it shows and how to read the figures.
	About string `toml:"about"`
	// Kind chooses the experiment.
	Kind string `toml:"kind" in:"coverage|strategies|million|churn|partition|liars|swarm|lan"`
	// Seed decides every random choice of a run.
	Seed uint64 `toml:"seed" in:"0..9223372036854775807"`
	// Nodes is the number of nodes at the start. A topology from a file brings
	// its own number.
	Nodes int `toml:"nodes" in:"2..2147483647"`
	// Loss is the chance that a message is lost on its link.
	Loss float64 `toml:"loss" in:"0..1"`
	// Memory is what the run may take, such as "8GiB"; empty: what is free.
	Memory string `toml:"memory"`

	Topology  Topology  `toml:"topology"`
	Latency   Latency   `toml:"latency"`
	Content   Content   `toml:"content"`
	Search    Search    `toml:"search"`
	Churn     Churn     `toml:"churn"`
	Partition Partition `toml:"partition"`
	Liars     Liars     `toml:"liars"`
	Swarm     Swarm     `toml:"swarm"`
	LAN       LAN       `toml:"lan"`

	origins map[string]origin // where keys were set, other than by defaults
	loaded  string            // what Load was given
	base    map[string]string // every key as loaded
}

// Topology is who is linked with whom.
type Topology struct {
	// Kind is how the links are drawn, or file: they are read.
	Kind string `toml:"kind" in:"regular|power-law|small-world|ultrapeers|file"`
	// File is an edge list, one "from to" a line, plain or gzip (kind file).
	File string `toml:"file"`
	// Degree is the number of links of each node (regular), the mean
	// (small-world), the smallest (power-law), or of each ultrapeer with
	// ultrapeers (ultrapeers).
	Degree int `toml:"degree" in:"1..1000"`
	// Degrees lists degrees of other random meshes, of as many nodes, to compare
	// the floods in (kind coverage).
	Degrees []int `toml:"degrees" in:"3..1000"`
	// Exponent is how fast high degrees become rare (power-law).
	Exponent float64 `toml:"exponent" in:"1.1..10"`
	// DegreeMax is the largest degree (power-law).
	DegreeMax int `toml:"degree_max" in:"2..1000000"`
	// Rewire is the share of links that lead to a random node instead of a near
	// one (small-world).
	Rewire float64 `toml:"rewire" in:"0..1"`
	// LeavesPer is how many leaves there are for each ultrapeer (ultrapeers).
	LeavesPer int `toml:"leaves_per" in:"1..1000"`
	// LeafLinks is the number of ultrapeers each leaf is linked with (ultrapeers).
	LeafLinks int `toml:"leaf_links" in:"1..100"`
}

// Latency is how long a message takes over one link.
type Latency struct {
	// Kind is one delay for all links (constant), nodes at random places of a
	// plane (spread), or at random sites of a measured matrix (matrix).
	Kind string `toml:"kind" in:"constant|spread|matrix"`
	// MS is the one-way delay in milliseconds: of every link (constant), or the
	// median (spread).
	MS float64 `toml:"ms" in:"0.001..60000"`
	// File is a table of round trips between sites in milliseconds, plain or
	// gzip (matrix).
	File string `toml:"file"`
}

// Content is what the nodes share.
type Content struct {
	// Names is a file of names to share, one a line, or package, path and size
	// with tabs between, plain or gzip; empty: invented names.
	Names string `toml:"names"`
	// Files is the number of different files in the network.
	Files int `toml:"files" in:"1..10000000"`
	// Zipf is how unequal popularity is: the k-th file has a share of copies and
	// of questions like 1/k^Zipf. 0 makes all equal.
	Zipf float64 `toml:"zipf" in:"0..5"`
	// FreeRiders is the share of nodes that share nothing.
	FreeRiders float64 `toml:"free_riders" in:"0..0.999"`
	// Copies are shares of all nodes; for each, files held by just so many nodes
	// are searched for.
	Copies []float64 `toml:"copies" in:"0.0000001..1"`
}

// Search is what is asked, and how.
type Search struct {
	// Count is the number of questions.
	Count int `toml:"count" in:"1..10000000"`
	// TTL lists how many links questions may travel, ascending.
	TTL []int `toml:"ttl" in:"1..30"`
	// Duplicates lists the rules for further copies of a known query: drop-all
	// drops them, larger-ttl forwards one that may travel further.
	Duplicates []string `toml:"duplicates" in:"drop-all|larger-ttl"`
	// Strategies lists ways of searching: flood with one TTL, ring (floods with
	// TTL after TTL until enough is found), walk (random walkers).
	Strategies []string `toml:"strategies" in:"flood|ring|walk"`
	// Walkers is the number of walkers of one search.
	Walkers int `toml:"walkers" in:"1..10000"`
	// CheckEvery is after how many steps a walker asks whether it may stop.
	CheckEvery int `toml:"check_every" in:"1..10000"`
	// StepsMax is how many steps a walker takes at most.
	StepsMax int `toml:"steps_max" in:"1..10000000"`
	// Want is how many hits are enough.
	Want int `toml:"want" in:"1..1000000"`
	// Sources is how many nodes ask, picked by the seed among the largest
	// component; 0: whoever a question falls to.
	Sources int `toml:"sources" in:"0..2147483647"`
	// SourcesFile lists the nodes that ask, instead of Sources: one number of
	// the edge list a line, or a CSV with a column source or source_snap_id.
	SourcesFile string `toml:"sources_file"`
}

// Churn is how nodes come and go.
type Churn struct {
	// Minutes is how long it lasts, in virtual minutes.
	Minutes float64 `toml:"minutes" in:"0.01..100000"`
	// SessionMinutes is the median time a node stays, in minutes.
	SessionMinutes float64 `toml:"session_minutes" in:"0.01..1000000"`
	// WeibullShape is how unequal these times are: 1 is exponential, less has
	// many short sessions and a few very long ones.
	WeibullShape float64 `toml:"weibull_shape" in:"0.1..10"`
	// ReplacePerMinute is the share of nodes replaced each minute, whatever
	// their sessions; 0: sessions alone decide.
	ReplacePerMinute float64 `toml:"replace_per_minute" in:"0..10"`
	// Crash is the share of nodes that leave without a bye.
	Crash float64 `toml:"crash" in:"0..1"`
	// Repair says whether nodes look for new links when they have lost some.
	Repair bool `toml:"repair"`
	// Vanish lists shares of nodes; in a world of its own for each, so many
	// vanish at once and those left are asked before any repair.
	Vanish []float64 `toml:"vanish" in:"0..0.99"`
}

// Partition is a mesh cut in two halves for a while. Times are virtual seconds
// from the start.
type Partition struct {
	// AtS is when the links between the halves are cut.
	AtS float64 `toml:"at_s" in:"0..1000000"`
	// HealS is when the halves can reach each other again.
	HealS float64 `toml:"heal_s" in:"0..1000000"`
	// UntilS is the end.
	UntilS float64 `toml:"until_s" in:"0..1000000"`
	// SampleS is the time between two looks at how far searches reach.
	SampleS float64 `toml:"sample_s" in:"0.01..1000000"`
}

// Liars are nodes that do not keep the rules, as shares of all nodes.
type Liars struct {
	// Forgers send hits with signatures that are not theirs.
	Forgers float64 `toml:"forgers" in:"0..1"`
	// Spammers answer every query, whatever it asks for.
	Spammers float64 `toml:"spammers" in:"0..1"`
	// Droppers forward queries and keep the hits that come back.
	Droppers float64 `toml:"droppers" in:"0..1"`
	// Inflators raise the TTL of what they forward.
	Inflators float64 `toml:"inflators" in:"0..1"`
	// Deflators send queries on with a TTL of 1.
	Deflators float64 `toml:"deflators" in:"0..1"`
	// Flooders send queries of their own without pause.
	Flooders float64 `toml:"flooders" in:"0..1"`
}

// Swarm is a file that spreads from some seeds to many receivers.
type Swarm struct {
	// SizeBytes is the file's size in bytes.
	SizeBytes int64 `toml:"size_bytes" in:"262145..1099511627776"`
	// Receivers lists numbers of receivers, a swarm each.
	Receivers []int `toml:"receivers" in:"1..10000"`
	// Variants lists numbers of receivers for which each rule is turned off in turn.
	Variants []int `toml:"variants" in:"1..10000"`
	// Seeds hold the file from the start.
	Seeds int `toml:"seeds" in:"1..1000"`
	// Poisoners and Stallers are further sources: the first send what is not the
	// file's, the others nothing.
	Poisoners int `toml:"poisoners" in:"0..1000"`
	Stallers  int `toml:"stallers" in:"0..1000"`
	// UpBytesPerS is what each node sends at most, in bytes/s.
	UpBytesPerS float64 `toml:"up_bytes_per_s" in:"4096..1000000000000"`
	// DownBytesPerS is what each receiver takes at most, in bytes/s; 0: unlimited.
	DownBytesPerS float64 `toml:"down_bytes_per_s" in:"0..1000000000000"`
	// Order is how receivers choose among what they lack.
	Order string `toml:"order" in:"rarest|random|sequential"`
	// UpdatesMS is the least time between two have-updates on a stream, in
	// milliseconds; 0: none are sent.
	UpdatesMS float64 `toml:"updates_ms" in:"0..60000"`
	// Choice says whether a source sends what it has sent least often first.
	Choice bool `toml:"choice"`
	// Slots is how many nodes a node serves at once.
	Slots int `toml:"slots" in:"1..1000"`
	// TurnS is how long a node keeps its slot while others wait, in seconds.
	TurnS float64 `toml:"turn_s" in:"0.1..100000"`
	// SourcesMax is how many sources a receiver talks to at once.
	SourcesMax int `toml:"sources_max" in:"1..64"`
	// ArriveS is the time from one receiver's start to the next's, in seconds.
	ArriveS float64 `toml:"arrive_s" in:"0..10000"`
	// LeaveS is how long a receiver stays when it is done, in seconds; 0: for good.
	LeaveS float64 `toml:"leave_s" in:"0..1000000"`
}

// LAN is a network of whole nodes on this machine.
type LAN struct {
	// Searches is the number of searches.
	Searches int `toml:"searches" in:"1..100000"`
	// FilesPerNode is the number of files each node shares.
	FilesPerNode int `toml:"files_per_node" in:"0..10000"`
	// FileBytes is the size of each file in bytes.
	FileBytes int64 `toml:"file_bytes" in:"0..1073741824"`
}

// defaults are the values of what a file leaves out.
func defaults() *Scenario {
	return &Scenario{
		Seed: 1, Nodes: 1000,
		Topology:  Topology{Kind: "regular", Degree: 8, Exponent: 2.3, DegreeMax: 100, Rewire: 0.1, LeavesPer: 10, LeafLinks: 2},
		Latency:   Latency{Kind: "constant", MS: 50},
		Content:   Content{Files: 10_000, Zipf: 0.9, FreeRiders: 0.25, Copies: []float64{0.001, 0.01}},
		Search:    Search{Count: 100, TTL: []int{7}, Duplicates: []string{"larger-ttl"}, Strategies: []string{"flood"}, Walkers: 32, CheckEvery: 4, StepsMax: 1024, Want: 1},
		Churn:     Churn{Minutes: 10, SessionMinutes: 20, WeibullShape: 0.5, Crash: 0.5, Repair: true},
		Partition: Partition{AtS: 60, HealS: 180, UntilS: 300, SampleS: 10},
		Swarm: Swarm{
			SizeBytes: 256 << 20, Receivers: []int{8}, Variants: []int{8}, Seeds: 1, UpBytesPerS: 4 << 20, Order: "rarest", UpdatesMS: 50, Choice: true,
			Slots: 8, TurnS: 60, SourcesMax: 16,
		},
		LAN: LAN{Searches: 10, FilesPerNode: 4, FileBytes: 64 << 10},
	}
}
