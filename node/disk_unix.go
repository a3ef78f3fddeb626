//go:build unix

package node

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// freeBytes is what this user may still write on the disk of dir.
func freeBytes(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("ask for the free space of %s: %w", dir, err)
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil
}
