package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/store"
)

// A Command is what differs between the commands that run this program, which may do so on storage
// engines of their own.
type Command struct {
	Name string // what people type; its folders have this name, too
	// Open opens the data folder, which may not exist yet. It tells why, where that takes
	// a while. Nil: the lists are in that folder, or in the cluster that flags name.
	Open  func(dir string, tell func(why string)) (Store, error)
	Flags func(*pflag.FlagSet) // adds flags that Open reads; nil: there are none
	Now   func() time.Time     // tells the time of changes; nil: the machine's clock does
}

// A Store keeps the lists of a data folder. [store.Store] is one; another engine that keeps
// a copy of its lists in such a folder can embed it.
type Store interface {
	cache.Log
	Ready() error // why nothing can be appended, if so
	Secret() [16]byte
	Fsyncs() (count uint64, seconds float64, upTo map[float64]uint64)
	Backup(dir string) error
	Check(ctx context.Context, problem func(error)) (store.Summary, error)
	Close() error
}

// Run runs a command with the arguments and the streams of this process, and returns the
// exit code.
func Run(c Command) int {
	// So a write to a closed pipe returns an error, which ends a script without a message.
	signal.Ignore(syscall.SIGPIPE)
	createPrivate()
	p := &program{Command: c, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, messages: messages(os.Stderr)}
	root := p.root()
	root.SetOut(p.stdout)
	root.SetErr(p.messages)
	if err := root.Execute(); err != nil {
		fmt.Fprintf(p.messages, "todoshell: %v\n", err)
		return exitUsage
	}
	return p.code
}

// The exit codes besides those of a session.
const (
	exitUsage  = 2
	exitData   = 4
	exitSignal = 128 // and the signal's number
)

// A program is one run of a command: what its flags say and what it works with.
type program struct {
	Command

	stdin, stdout, stderr *os.File
	messages              io.Writer // to stderr

	data    string
	memory  bool
	json    bool
	bail    bool
	color   string
	maxLive int
	tasks   []repl.Task

	connect   string
	insecure  bool // connect also without TLS
	tokenFile string
	http      httpFlags
	cluster   clusterFlags

	version bool
	code    int
}

// named returns a text about the program with the name of this command in it.
func (c Command) named(text string) string { return strings.ReplaceAll(text, "todoshell", c.Name) }

// nameHelp puts the name of this command into the help of a subcommand and of those below it.
func (c Command) nameHelp(command *cobra.Command) {
	command.Short, command.Long, command.Example = c.named(command.Short), c.named(command.Long), c.named(command.Example)
	for _, sub := range command.Commands() {
		c.nameHelp(sub)
	}
}
