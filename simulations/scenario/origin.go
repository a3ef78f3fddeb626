package scenario

import (
	"errors"
	"fmt"
	"path/filepath"
)

// InputError says that a scenario, a setting or a file that one of them names is
// wrong: it is for the caller to mend, and nothing has run. Err says what and where.
type InputError struct{ Err error }

func (e *InputError) Error() string { return e.Err.Error() }
func (e *InputError) Unwrap() error { return e.Err }

// inputError makes an InputError of err, and nil of nil.
func inputError(err error) error {
	var already *InputError
	if err == nil || errors.As(err, &already) {
		return err
	}
	return &InputError{err}
}

func inputErrorf(format string, args ...any) error { return &InputError{fmt.Errorf(format, args...)} }

// An origin is where a value was set.
type origin struct {
	by      string // "my.toml line 3", "--nodes"
	dir     string // what relative paths start from, "" for the current folder
	shipped bool   // by a file inside the program
}

// at puts a value's origin before a complaint about it.
func (s *Scenario) at(key, format string, args ...any) error {
	complaint := fmt.Errorf(format, args...)
	if o, set := s.origins[key]; set {
		return fmt.Errorf("%s: %w", o.by, complaint)
	}
	return complaint
}

// path is the file that a key names, as the program must open it: relative ones
// in a file start from that file's folder.
func (s *Scenario) path(key, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.origins[key].dir, name)
}
