//go:build unix

package main

import "syscall"

// ownSession takes the background node out of the terminal's process group, so that Ctrl-C and a closed terminal do not reach it.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
