package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// A closed pipe is an error of a write, and ends a script quietly.
	signal.Ignore(syscall.SIGPIPE)
	createPrivate()
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
