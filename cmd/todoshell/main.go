// Command todoshell is a to-do shell for many lists at once.
package main

import (
	"os"

	"todoshell/app"
)

func main() { os.Exit(app.Run()) }
