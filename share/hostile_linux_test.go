package share

import "golang.org/x/sys/unix"

// setThreadUser changes the user of the calling thread alone.
func setThreadUser(uid int) error {
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid)); errno != 0 {
		return errno
	}
	return nil
}
