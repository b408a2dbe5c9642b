// Command todoshell is a to-do shell for many lists at once, which keeps them in a folder
// of this machine, or on the servers of a cluster.
package main

import (
	"os"

	"todoshell/app"
	"todoshell/cmd/internal/engine"
)

func main() { os.Exit(app.Run(engine.Command("todoshell"))) }
