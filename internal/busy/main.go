// Command busy runs a command while twice as many busy loops as there are
// processors run beside it:
//
//	go run ./internal/busy go test ./...
//
// The loops are its own, so that they end with it, however it ends. Its exit code is
// the command's.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(command []string) int {
	if len(command) == 0 {
		fmt.Fprintln(os.Stderr, "usage: busy COMMAND [ARG...]")
		return 2
	}
	loops := 2 * runtime.NumCPU()
	runtime.GOMAXPROCS(loops + 1) // each has a thread, and so a share of the machine
	for range loops {
		go func() {
			for i := 0; ; i++ {
			}
		}()
	}
	c := exec.Command(command[0], command[1:]...) //nolint:gosec,noctx // it is what somebody has typed
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := c.Run(); c.ProcessState == nil {
		fmt.Fprintf(os.Stderr, "busy: %v\n", err)
		return 1
	}
	if code := c.ProcessState.ExitCode(); code >= 0 {
		return code
	}
	return 1 // a signal has ended it
}
