package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"todoshell/repl"
	"todoshell/store"
	"todoshell/todo"
)

// A taskFlag collects -c and -f in the order in which they are given.
type taskFlag struct {
	tasks *[]repl.Task
	kind  repl.TaskKind
}

func (f taskFlag) String() string { return "" }

func (f taskFlag) Type() string {
	if f.kind == repl.Script {
		return "FILE"
	}
	return "COMMAND"
}

func (f taskFlag) Set(text string) error {
	t := repl.Task{Kind: f.kind, Text: text}
	if t.Kind == repl.Given {
		t.Number = 1
		for _, before := range slices.Backward(*f.tasks) {
			if before.Kind == repl.Given {
				t.Number = before.Number + 1
				break
			}
		}
	}
	*f.tasks = append(*f.tasks, t)
	return nil
}

const long = `A to-do shell for many lists at once.

At a terminal, todoshell shows a prompt: type "help". Otherwise it runs the
commands on standard input, a line each. Everything answered is on disk.
"todoshell help add" explains the command add.`

const examples = `  todoshell                                        # the prompt
  todoshell -c 'add Bob 2024-01-01 Dentist' -c 'entries Bob'
  todoshell -f morning.todo                        # a script
  generate | todoshell --json | jq .               # a pipe
  todoshell backup /mnt/usb/todo                   # copy all data`

// root returns the command line: flags, subcommands, help.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           p.Name,
		Short:         "A to-do shell for many lists at once",
		Long:          long,
		Example:       examples,
		Args:          noArguments,
		SilenceErrors: true,
		SilenceUsage:  true,
		Run:           func(*cobra.Command, []string) { p.end(p.runRoot()) },
	}
	flags := root.Flags()
	flags.SortFlags = false
	flags.VarP(taskFlag{&p.tasks, repl.Given}, "command", "c", "run one command; may be given more than once")
	flags.VarP(taskFlag{&p.tasks, repl.Script}, "file", "f", "run a script (- is standard input); may be given more than once")
	flags.BoolVar(&p.bail, "bail", false, "end at the first failed command")
	flags.BoolVar(&p.json, "json", false, "answer in NDJSON, one object a line")
	flags.StringVar(&p.color, "color", "auto", "auto, always or never")
	flags.IntVar(&p.maxLive, "max-live", 1_000_000, "how many lists to keep in memory")
	flags.BoolVar(&p.memory, "memory", false, "keep nothing")
	flags.StringVar(&p.connect, "connect", "", "use the lists of the server at this URL")
	flags.BoolVar(&p.insecure, "insecure", false, "let --connect use http:// to another machine: others can read and change what is sent")
	flags.StringVar(&p.tokenFile, "token-file", "", "a file with the token for --connect (default: $TODOSHELL_TOKEN)")
	p.http.add(flags, "", "serve the lists at this address, too, as "+defaultAddress)
	root.InitDefaultHelpFlag()
	// Cobra's own flag would take a template, and with text/template the linker keeps all
	// exported methods: four megabytes.
	flags.BoolVarP(&p.version, "version", "v", false, "version for "+p.Name)
	root.PersistentFlags().StringVar(&p.data, "data", "",
		p.named("where the lists are kept (default: $TODOSHELL_DATA, or $XDG_DATA_HOME/todoshell, or ~/.local/share/todoshell)"))
	if p.Open == nil {
		p.cluster.add(root.PersistentFlags())
	}
	if p.Flags != nil {
		p.Flags(root.PersistentFlags())
	}
	root.PreRunE = func(*cobra.Command, []string) error { return p.check() }
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(p.helpCommand())
	root.AddCommand(p.serveCommand(), p.backupCommand(), p.checkCommand(), p.manCommand(), p.tokenCommand())
	if p.Open == nil {
		root.AddCommand(p.uploadCommand())
	}
	p.nameHelp(root)
	return root
}

func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unknown argument %q; %s", args[0],
			repl.DidYouMean(args[0], subcommands(c), "run one command with -c, see "+c.CommandPath()+" --help"))
	}
	return nil
}

// check refuses flags that make no sense.
func (p *program) check() error {
	switch {
	case p.version:
		return nil
	case p.color != "auto" && p.color != "always" && p.color != "never":
		return fmt.Errorf("--color %q is none of auto, always and never", p.color)
	case p.maxLive < 1:
		return errors.New("--max-live must be at least 1")
	case p.memory && p.data != "":
		return errors.New("--memory keeps nothing in --data; choose one of them")
	case p.connect != "" && (p.memory || p.data != ""):
		return errors.New("--connect uses the lists of a server; leave --data and --memory out")
	case p.tokenFile != "" && p.connect == "":
		return errors.New("--token-file is for --connect")
	case p.insecure && p.connect == "":
		return errors.New("--insecure is for --connect")
	case p.connect != "" && p.http.address != "":
		return errors.New("--connect uses the lists of a server; --http serves those of this machine")
	}
	if _, clustered, _ := p.cluster.config(); clustered && p.memory {
		return errors.New("--memory keeps nothing, and --nats-url names a cluster that does; choose one of them")
	}
	return errors.Join(p.checkConnect(), p.http.check())
}

// runRoot is what the command does without a subcommand.
func (p *program) runRoot() error {
	if p.version {
		_, err := fmt.Fprintln(p.stdout, p.Name, version())
		return err
	}
	return p.shell()
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	return v + " " + info.GoVersion
}

// dataDir returns the folder of the lists: flag, variable, default.
func (p *program) dataDir() (string, error) {
	if p.data != "" {
		return p.data, nil
	}
	if dir := os.Getenv("TODOSHELL_DATA"); dir != "" {
		return dir, nil
	}
	dir, err := p.xdg("XDG_DATA_HOME", ".local/share")
	if err != nil {
		return "", &todo.Error{Code: store.CantOpen, Message: fmt.Sprintf("there is no home folder: %v", err),
			Hint: "say where the lists are with --data"}
	}
	return dir, nil
}

// xdg returns the command's folder below that of a variable, or else below the
// home folder: https://specifications.freedesktop.org/basedir-spec, by which a
// relative path counts as none.
func (c Command) xdg(variable, below string) (string, error) {
	if dir := os.Getenv(variable); filepath.IsAbs(dir) {
		return filepath.Join(dir, c.Name), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, filepath.FromSlash(below), c.Name), nil
}
