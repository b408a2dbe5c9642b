//go:build unix

package prompt

import (
	"os"
	"os/signal"
	"syscall"
)

// watchTerminal tells of what may happen to it while a line is being typed.
func watchTerminal(happened chan<- os.Signal) {
	signal.Notify(happened, syscall.SIGWINCH, resumed)
}

// resumed is the signal that comes when the job goes on.
const resumed = syscall.SIGCONT

const stopsJobs = true

// stopJob stops all processes of the job, as the terminal does when a line is not
// being typed. Without somebody to let it go on, the system does nothing.
func stopJob() { _ = syscall.Kill(0, syscall.SIGTSTP) }
