// Command todoshell is a to-do shell for many lists at once, which keeps them in a folder
// of this machine.
package main

import (
	"os"

	"todoshell/app"
	"todoshell/store"
)

func main() {
	os.Exit(app.Run(app.Command{
		Name: "todoshell",
		Open: func(dir string, tell func(why string)) (app.Store, error) { return store.OpenTelling(dir, tell) },
	}))
}
