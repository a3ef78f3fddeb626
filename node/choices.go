package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// choices are the owner's standing words that no configuration file holds: those said to the running node. They live in a file of the state
// folder, as JSON.
type choices struct {
	path string

	mu   sync.Mutex // guards kept
	kept choicesDoc
}

type choicesDoc struct {
	Searchable *bool  `json:"fetched_searchable,omitempty"` // nil: never asked
	Up         *int64 `json:"up_bytes_per_s,omitempty"`     // nil: the configuration's
	Down       *int64 `json:"down_bytes_per_s,omitempty"`
	UpWAN      *int64 `json:"up_wan_bytes_per_s,omitempty"`
	DownWAN    *int64 `json:"down_wan_bytes_per_s,omitempty"`

	UpDuring   time.Time `json:"up_during,omitzero"` // start of the timetable's entry that Up was set in
	DownDuring time.Time `json:"down_during,omitzero"`
	Schedule   *string   `json:"limit_schedule,omitempty"` // "": none, whatever the configuration says
}

// openChoices reads the file. A damaged one is set aside, which the notice says: nothing was chosen then, which shares and limits least.
func openChoices(path string) (*choices, string) {
	c := &choices{path: path}
	encoded, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(encoded, &c.kept)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return c, ""
	}
	c.kept = choicesDoc{}
	aside := fmt.Sprintf("%s.broken-%d", path, time.Now().Unix())
	if moved := os.Rename(path, aside); moved != nil {
		return c, fmt.Sprintf("what you chose earlier cannot be read (%v) nor set aside (%v)", err, moved)
	}
	return c, fmt.Sprintf("what you chose earlier (limits, whether fetched files can be searched) could not be read (%v) and was set aside as %s", err, aside)
}

func (c *choices) get() choicesDoc {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept
}

// change applies edit and writes the result; what cannot be written changes nothing.
func (c *choices) change(edit func(*choicesDoc)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.kept // edits replace what its pointers point to
	edit(&next)
	encoded, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if err := writePrivate(c.path, append(encoded, '\n')); err != nil {
		return fmt.Errorf("remember the choice: %w", err)
	}
	c.kept = next
	return nil
}
