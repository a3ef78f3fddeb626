package share

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// ErrLocked says that another process has the library open.
var ErrLocked = errors.New("the library is in use by another process")

const (
	lockWait = time.Second // a node that is stopping may still hold it
	lockPoll = 20 * time.Millisecond
)

// lockDir makes sure that one process only works on the state in dir. The lock
// ends with the file that is returned, or with the process.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "library.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for until := time.Now().Add(lockWait); ; time.Sleep(lockPoll) {
		ok, err := tryLock(f)
		switch {
		case ok:
			return f, nil
		case err != nil:
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", dir, err)
		case time.Now().After(until):
			f.Close()
			return nil, fmt.Errorf("%w: a node already runs on %s; stop it first, or give this one a state folder of its own", ErrLocked, dir)
		}
	}
}
