//go:build unix && !linux

package share

import "os"

// bootID is not known here, so partials are hashed again after any unclean end.
func bootID() string { return "" }

func renameNoReplace(from, to string) error { return linkNoReplace(from, to) }

// dropCache has no counterpart here that a file on any disk would obey.
func dropCache(*os.File) {}
