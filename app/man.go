package app

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"todoshell/repl"
)

func (p *program) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "Print the man page: todoshell man | man -l -",
		Args:  cobra.NoArgs,
		Run: func(c *cobra.Command, _ []string) {
			root := c.Root()
			root.Long = p.manual()
			root.DisableAutoGenTag = true
			p.end(doc.GenMan(root, &doc.GenManHeader{Title: strings.ToUpper(p.Name), Section: "1", Source: p.Name}, p.stdout))
		},
	}
}

// manual is the body of the man page: the commands come from the shell's table.
func (p *program) manual() string {
	var b strings.Builder
	b.WriteString(p.named(long) + "\n\n# COMMANDS\n\n")
	for _, c := range repl.NewTable().Rows {
		fmt.Fprintf(&b, "**%s**\n: %s\n\n", c.Usage(), c.Summary)
	}
	b.WriteString("# EXIT CODES\n\n")
	for _, e := range exitCodes {
		fmt.Fprintf(&b, "**%s**\n: %s\n\n", e[0], e[1])
	}
	b.WriteString("# SERVER\n\n" + p.named(serverText) + "\n\n")
	b.WriteString("# FILES\n\n" +
		p.named("**$TODOSHELL_DATA**, or **$XDG_DATA_HOME/todoshell**, or **~/.local/share/todoshell**\n: the lists\n\n") +
		"**tokens.json** in that folder\n: the hashes of the tokens that let others in\n\n" +
		"**todoshell.sock** in that folder\n: where other shells attach to the one that holds the lists\n\n" +
		p.named("**$XDG_STATE_HOME/todoshell/history**, or **~/.local/state/todoshell/history**\n: the lines typed at the prompt\n"))
	return b.String()
}

const serverText = `**todoshell serve** serves the lists over HTTP: a page at /, a JSON API below /v1, which describes itself at
/openapi.json, and second shells (**--connect**). **--http** does so beside a shell. Other machines can connect only to an address that
names them, and only with a token: **todoshell token add NAME**. **/healthz**, **/readyz** and **/metrics** are for operators.`

// exitCodes are what the program can end with.
var exitCodes = [][2]string{
	{"0", "all commands succeeded"},
	{"1", "some command failed"},
	{"2", "wrong usage of the program"},
	{"3", "stopped by --bail"},
	{"4", "the data could not be opened, or was lost underway"},
	{"130, 143", "ended by SIGINT, SIGTERM"},
	{"N", "what the command \"exit N\" says"},
}
