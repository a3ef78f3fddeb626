//go:build !linux && !windows

package share

// watchFoldersDefault is none: where the system watches by kqueue, each file of
// a watched folder is kept open, and a large library has more files than a
// process may open.
const watchFoldersDefault = -1
