package main

import "golang.org/x/sys/unix"

// touchBytes is what a transfer of 1 GiB takes up, its target and its processes.
// More would be given back to the host while it runs. Of memory that is nearly full
// it is no more than half of the free part.
const touchBytes = 1280 * mib

// touchMemory takes free memory and gives it back. A virtual machine leaves what
// has been free for seconds to its host and pays half a second for each GiB it
// wants again; without this, whoever comes after a pause would pay for it.
func touchMemory() {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return // the times are noisier without
	}
	n := min(touchBytes, int64(info.Freeram)*int64(info.Unit)/2)
	if memory, err := unix.Mmap(-1, 0, int(n), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_POPULATE); err == nil {
		_ = unix.Munmap(memory)
	}
}
