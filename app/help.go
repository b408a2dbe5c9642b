package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"todoshell/repl"
)

// helpCommand explains the program's own commands and the shell's.
func (p *program) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Explain a command, of the program or of the shell",
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return topics(c.Root()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			root := c.Root()
			found, rest, err := root.Find(args)
			switch {
			case err == nil && len(rest) == 0:
				found.InitDefaultHelpFlag()
				return found.Help()
			case len(args) > 1: // commands of the shell have no subcommands
				return fmt.Errorf("help: %q is too much; %s", args[len(args)-1],
					repl.DidYouMean(args[len(args)-1], subcommands(found), fmt.Sprintf("see %s help %s", root.Name(), args[0])))
			case !slices.Contains(repl.NewTable().Topics(), args[0]):
				return fmt.Errorf("unknown command %q; %s", args[0], repl.DidYouMean(args[0], topics(root), "see "+root.Name()+" help"))
			}
			return repl.NewSession(p.environment(), repl.State{Settings: p.settings()}).Run(context.Background(), "", strings.NewReader("help "+args[0]))
		},
	}
}

// topics are what can be explained: the subcommands, and what the shell explains.
func topics(root *cobra.Command) []string {
	return append(subcommands(root), repl.NewTable().Topics()...)
}

func subcommands(c *cobra.Command) (names []string) {
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

// flagError adds to the error of an unknown flag which flag may have been meant.
func flagError(c *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok || len(unknown.GetSpecifiedName()) < 2 {
		return err
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if name, ok := repl.Nearest(unknown.GetSpecifiedName(), names); ok {
		return fmt.Errorf("%w; did you mean --%s?", err, name)
	}
	return err
}
