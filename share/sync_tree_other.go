//go:build !linux

package share

import "os"

// syncTree puts everything beneath dir on the disk.
func syncTree(dir string, _ *os.File) error { return syncEach(dir) }
