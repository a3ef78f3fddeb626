package node

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// lockName is the file that one running node holds locked in its state folder. It also holds the owner's process id, for the sentence a
// second node says. The operating system drops the lock when the process ends, however it ends, so the file may stay behind harmlessly.
const lockName = "lock"

// A stateLock is the right to use one state folder.
type stateLock struct{ file *os.File }

// A BusyError says that another node already uses the state folder.
type BusyError struct {
	Dir string
	PID int // 0 when the file does not tell
}

func (e *BusyError) Error() string {
	who := "another node"
	if e.PID > 0 {
		who = fmt.Sprintf("another node (process %d)", e.PID)
	}
	return fmt.Sprintf("%s already runs on the state folder %s; use it as it is, stop it with 'starling --state %s down', "+
		"or give this one a folder of its own with --state DIR", who, e.Dir, QuoteArg(e.Dir))
}

// lockState takes the lock of dir for this process, or returns a *BusyError at once.
func lockState(dir string) (*stateLock, error) {
	path := filepath.Join(dir, lockName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the state folder: %w", err)
	}
	taken, err := tryLock(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w; the file system may not support locks, try another folder with --state DIR", path, err)
	}
	if !taken {
		pid := readPID(file)
		file.Close()
		return nil, &BusyError{Dir: dir, PID: pid}
	}
	if err := writePID(file); err != nil {
		file.Close()
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return &stateLock{file: file}, nil
}

// release gives the folder back. The file stays: removing it would let two nodes lock two files of one name.
func (l *stateLock) release() error {
	if err := l.file.Truncate(0); err != nil {
		l.file.Close()
		return fmt.Errorf("clear the lock: %w", err)
	}
	return l.file.Close()
}

// Busy tells whether a node holds the state folder.
func Busy(dir string) bool {
	file, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer file.Close()
	if readPID(file) == 0 {
		return false // given back in good order; trying the lock might disturb a node that is just starting
	}
	taken, err := tryLock(file)
	return err == nil && !taken
}

func writePID(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func readPID(file *os.File) int {
	text, err := io.ReadAll(io.NewSectionReader(file, 0, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

// QuoteArg makes a path fit to be pasted into a shell line.
func QuoteArg(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\n'\"\\$`&|;<>()*?[]#~!{}") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
