package main

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// ownSession takes the background node out of the console, so that Ctrl-C and a closed window do not reach it.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
}
