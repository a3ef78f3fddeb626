package share

import (
	"errors"
	"fmt"
	"path/filepath"
)

// adoptedLog is adopted.jsonl, a line for each thing said of a fetched file.
// What a process has written survives its end; sync makes it survive a power cut.
// Its owner locks.
type adoptedLog struct {
	disk  disk
	path  string
	file  diskFile
	end   int64 // where the next line goes, whatever a failed one has left there
	dirty bool  // wants an fsync
	doubt bool  // one failed: the disk may lack what can be read
}

// adoptedMaxBytes bounds what is read of the log: some three million lines.
const adoptedMaxBytes = 1 << 30

func (l *adoptedLog) read() ([]byte, error) { return l.disk.read(l.path, adoptedMaxBytes) }

// replace writes the log anew, in one step.
func (l *adoptedLog) replace(list []adoptedChoice) error {
	var all []byte
	for _, a := range list {
		line, err := adoptedLine(a)
		if err != nil {
			return err
		}
		all = append(all, line...)
	}
	failed := replaceFile(l.disk, l.path, all)
	if l.file != nil {
		if same, err := l.file.isAt(l.path); failed != nil && (same || err != nil) {
			return failed
		}
		_ = l.file.Close() // it has no name any more
	}
	f, err := l.disk.open(l.path, 0, 0)
	if err != nil {
		return errors.Join(failed, err)
	}
	l.file, l.end, l.dirty, l.doubt = f, int64(len(all)), false, failed != nil
	return failed
}

func (l *adoptedLog) add(a adoptedChoice) error {
	line, err := adoptedLine(a)
	if err != nil {
		return err
	}
	if _, err := l.file.WriteAt(line, l.end); err != nil {
		return errors.Join(spaceError(err), l.file.Truncate(l.end))
	}
	l.end += int64(len(line))
	l.dirty = true
	return nil
}

// sync tries again what failed, by writing the log anew: after a failed fsync the
// next one succeeds, whatever was lost.
func (l *adoptedLog) sync() error {
	switch {
	case l.doubt:
		b, err := l.read()
		if err != nil {
			return err
		}
		list, _ := parseAdopted(b)
		return l.replace(list)
	case !l.dirty:
		return nil
	}
	if err := l.file.Sync(); err != nil {
		l.doubt = true
		return fmt.Errorf("fsync %s: %w", filepath.Base(l.path), err)
	}
	l.dirty = false
	return nil
}

func (l *adoptedLog) close() error {
	if l.file == nil {
		return nil
	}
	return errors.Join(l.sync(), l.file.Close())
}
