//go:build unix && !linux

package share

import "errors"

func setThreadUser(int) error { return errors.ErrUnsupported }
