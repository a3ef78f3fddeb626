package share

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"starling/share/content"
)

// errBroken says that a state file is not what was written.
var errBroken = errors.New("the file is damaged")

// sealed is a JSON document that notices when it was altered: a flipped bit must
// not share another folder than the owner chose.
type sealed struct {
	Payload json.RawMessage `json:"payload"`
	Sum     string          `json:"sum"` // of the payload's bytes
}

func sealSum(payload []byte) string {
	id := content.Sum(payload)
	return hex.EncodeToString(id[:8])
}

func seal(v any) ([]byte, error) {
	payload, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(sealed{payload, sealSum(payload)})
	return append(b, '\n'), err
}

func unseal(b []byte, v any) error {
	var s sealed
	if err := json.Unmarshal(b, &s); err != nil || s.Sum != sealSum(s.Payload) {
		return errBroken
	}
	if err := json.Unmarshal(s.Payload, v); err != nil {
		return errBroken
	}
	return nil
}

// writeWhole replaces a file in one step: a crash leaves the old or the new one.
func writeWhole(path string, b []byte) error { return replaceFile(osDisk{}, path, b) }

// replaceFile writes a new file beside, which one goroutine at a time may do.
func replaceFile(d disk, path string, b []byte) error {
	beside := path + ".new"
	f, err := d.open(beside, os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, 0)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = d.rename(beside, path, true)
	}
	if err != nil {
		return errors.Join(err, d.remove(beside))
	}
	return d.syncDir(filepath.Dir(path))
}

// WriteSealed writes v as JSON that notices when it was altered, in one step: a
// crash leaves the old file or the new one.
func WriteSealed(path string, v any) error {
	b, err := seal(v)
	if err != nil {
		return err
	}
	return writeWhole(path, b)
}

// ReadSealed reads what WriteSealed wrote; v stays as it is when there is no file.
// A damaged file, or one larger than maxBytes, is set aside, which the notice says.
// Errors: the file system's.
func ReadSealed(path string, maxBytes int64, v any) (notice string, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	if int64(len(b)) <= maxBytes && unseal(b, v) == nil {
		return "", nil
	}
	aside, err := setAside(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w, and cannot be set aside: %w", path, errBroken, err)
	}
	return fmt.Sprintf("%s was damaged and is set aside as %s", path, aside), nil
}

// setAside keeps a broken file for whoever wants to look at it, under a name
// that is not read again.
func setAside(path string) (string, error) {
	base := path + ".broken-" + strconv.FormatInt(time.Now().Unix(), 10)
	to := base
	for n := 2; ; n++ {
		if _, err := os.Lstat(to); errors.Is(err, os.ErrNotExist) {
			break
		}
		to = fmt.Sprintf("%s-%d", base, n)
	}
	return to, os.Rename(path, to)
}
