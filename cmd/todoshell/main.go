// Command todoshell is a to-do shell for many lists at once, which keeps them in a folder
// of this machine, or on the servers of a cluster.
package main

import (
	"os"

	"todoshell/app"
)

func main() { os.Exit(app.Run(app.Command{Name: "todoshell"})) }
