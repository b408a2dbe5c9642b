package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"todoshell/repl"
	"todoshell/store"
	"todoshell/todo"
)

func (p *program) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup DIR",
		Short: "Copy all data into a new folder, while work goes on",
		Long: `Copy all data into a new folder, which "todoshell --data DIR" opens.

If another todoshell holds the data, that one makes the copy, and goes on with
its work meanwhile.`,
		Args: cobra.ExactArgs(1),
		Run:  func(_ *cobra.Command, args []string) { p.end(p.backup(args[0])) },
	}
}

func (p *program) backup(target string) error {
	target, err := filepath.Abs(target)
	if err != nil {
		return err
	}
	data, err := p.openExisting()
	if e, ok := errors.AsType[*todo.Error](err); ok && e.Code == store.InUse {
		return p.askForBackup(target, err)
	}
	if err != nil {
		return err
	}
	return errors.Join(data.Backup(target), data.Close())
}

func (p *program) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Read all data and report what is damaged",
		Args:  cobra.NoArgs,
		Run:   func(*cobra.Command, []string) { p.end(p.checkData()) },
	}
}

func (p *program) checkData() error {
	data, err := p.openExisting()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	sum, err := data.Check(ctx, func(err error) { repl.Report(p.stderr, p.json, err) })
	if err != nil {
		return errors.Join(err, data.Close())
	}
	fmt.Fprintf(p.stdout, "%d lists, %d entries, %d changes, %d problems\n",
		sum.Lists, sum.Entries, sum.Changes, sum.Problems)
	if sum.Problems > 0 {
		p.code = repl.ExitFailed
	}
	return data.Close()
}

// openExisting is open for who wants data that is there: a mistyped name of a
// folder must not make an empty one.
func (p *program) openExisting() (*store.Store, error) {
	dir, err := p.dataDir()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, &todo.Error{Code: store.CantOpen, Message: fmt.Sprintf("there is no data folder %s", dir),
			Hint: "say where the lists are with --data"}
	}
	return p.open()
}

// end sets the exit code for how a subcommand has ended, and says why.
func (p *program) end(err error) {
	if err == nil {
		return
	}
	repl.Report(p.stderr, p.json, err)
	p.code = repl.ExitFailed
	if e, ok := errors.AsType[*todo.Error](err); ok && (e.Code == store.CantOpen || e.Code == store.InUse) {
		p.code = exitData
	}
}
