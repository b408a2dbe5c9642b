package prompt

import (
	"os"
	"syscall"
)

func watchTerminal(chan<- os.Signal) {}

// resumed never comes: there are no jobs to stop.
const resumed = syscall.SIGTERM

const stopsJobs = false

func stopJob() {}
