package simulations

// Result is what one run of a scenario found out. As JSON it is a contract: the
// same scenario, settings and seed give the same bytes, so nothing in it depends
// on the clock or on the machine.
type Result struct {
	Scenario string   `json:"scenario"`
	Title    string   `json:"title"`
	Seed     uint64   `json:"seed"`
	Nodes    int      `json:"nodes"`
	Links    int      `json:"links"`
	Settings []KeyVal `json:"settings"` // every setting of the run, in the order of the scenario file
	Replay   string   `json:"replay"`   // the command that gives this result again
	// Interrupted says that the run was stopped early: the tables hold what was
	// known by then.
	Interrupted bool    `json:"interrupted,omitempty"`
	Tables      []Table `json:"tables"`
	Charts      []Chart `json:"charts,omitempty"`
	Mesh        *Mesh   `json:"mesh,omitempty"`
	// Findings are sentences, with figures of this run, on what it teaches.
	Findings []string `json:"findings,omitempty"`
}

// KeyVal is one setting as the scenario file spells it.
type KeyVal struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Table is rows under named columns.
type Table struct {
	Name    string   `json:"name"` // lower case, words joined by -
	Title   string   `json:"title"`
	Columns []Column `json:"columns"`
	Rows    []Row    `json:"rows"`
}

// Column says what a cell is.
type Column struct {
	Key   string `json:"key"`   // of the cell in a Row, with its unit last: first_hit_ms
	Title string `json:"title"` // for the screen
	// Digits after the point on the screen; whole numbers and texts ignore it.
	Digits int `json:"digits,omitempty"`
}

// Row maps the keys of columns to an int, a float64, a string, or nil where
// nothing is known.
type Row map[string]any

// Chart is lines over common axes.
type Chart struct {
	Name   string   `json:"name"` // lower case, words joined by -
	Title  string   `json:"title"`
	X      Axis     `json:"x"`
	Y      Axis     `json:"y"`
	Series []Series `json:"series"`
}

// Axis is one axis of a chart.
type Axis struct {
	Label string  `json:"label"` // with its unit
	Log   bool    `json:"log,omitempty"`
	Min   float64 `json:"min,omitempty"` // 0 and 0 of Max: fitted to the data
	Max   float64 `json:"max,omitempty"`
}

// Series is one line of a chart, or the dots of one kind.
type Series struct {
	Name   string       `json:"name"`
	Points [][2]float64 `json:"points"`
	Dots   bool         `json:"dots,omitempty"` // not joined by a line
}

// Mesh is a small mesh with the spread of one query through it.
type Mesh struct {
	Name  string     `json:"name"`
	Title string     `json:"title"`
	Nodes []MeshNode `json:"nodes"`
	Links []MeshLink `json:"links"`
}

// MeshNode is one node of a Mesh.
type MeshNode struct {
	Hops   int  `json:"hops"` // links the query's first copy travelled; 0 the asker, -1 not reached
	Holder bool `json:"holder,omitempty"`
}

// MeshLink joins the nodes From and To, by their places in Mesh.Nodes.
type MeshLink struct {
	From   int  `json:"from"`
	To     int  `json:"to"`
	First  bool `json:"first,omitempty"`  // it brought To its first copy
	Copies int  `json:"copies,omitempty"` // of the query, both ways
	Hit    bool `json:"hit,omitempty"`    // a hit came back over it
}
