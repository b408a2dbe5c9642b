//go:build unix

package prompt

import (
	"os"
	"os/signal"
	"syscall"
)

// watchTerminal sends the signals that concern a terminal while a line is being typed:
// it has another size, or the job goes on after it was stopped.
func watchTerminal(signals chan<- os.Signal) {
	signal.Notify(signals, syscall.SIGWINCH, resumed)
}

// resumed is the signal that comes when the job goes on.
const resumed = syscall.SIGCONT

const stopsJobs = true

// stopJob stops all processes of the job, as the terminal itself does on Ctrl-Z while a
// command runs. If there is nobody who could let the job go on, the system does nothing.
func stopJob() { _ = syscall.Kill(0, syscall.SIGTSTP) }
