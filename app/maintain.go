package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"todoshell/attach"
	"todoshell/cluster"
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
	if isInUse(err) {
		return p.askForBackup(target, err)
	}
	if err != nil {
		return err
	}
	return errors.Join(data.Backup(target), data.Close())
}

// askForBackup lets the process that holds the data make the backup; inUse is the
// error that said so.
func (p *program) askForBackup(target string, inUse error) error {
	ctx := context.Background()
	client, err := p.attach(ctx, repl.Environment{Out: p.stdout, Err: p.messages},
		repl.State{Settings: repl.Settings{JSON: p.json}})
	if err != nil {
		return unattached(inUse, err)
	}
	defer client.Close()
	err = client.Do(ctx, repl.Task{Kind: repl.Typed, Text: "backup " + repl.Quote(target)})
	p.code = client.State().Code()
	return err
}

// openExisting opens data that must exist already: a mistyped name of a folder must not
// make an empty one.
func (p *program) openExisting() (Store, error) {
	dir, err := p.existingDir()
	if err != nil {
		return nil, err
	}
	return p.openData(dir)
}

func (p *program) existingDir() (string, error) {
	dir, err := p.dataDir()
	if err != nil {
		return "", err
	}
	return dir, p.existing(dir)
}

// openFolder opens a folder that keeps lists itself, and exists.
func (p *program) openFolder(dir string) (*store.Store, error) {
	if err := p.existing(dir); err != nil {
		return nil, err
	}
	return store.OpenTelling(dir, p.tell)
}

func (p *program) existing(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return &todo.Error{Code: store.CantOpen, Message: fmt.Sprintf("there is no data folder %s", dir),
			Hint: "say where the lists are with --data"}
	}
	return p.keepPrivate(dir)
}

// noData are the codes of errors after which there is no data to work with.
var noData = []todo.Code{store.CantOpen, store.InUse, attach.CantConnect, attach.Unauthorized, repl.ServerGone, repl.ServerLost, repl.ServerRefused,
	cluster.Unavailable, cluster.Unfit}

// end sets the exit code for how a subcommand has ended, and says why.
func (p *program) end(err error) {
	if err == nil {
		return
	}
	repl.Report(p.messages, p.json, err)
	p.code = repl.ExitFailed
	if e, ok := errors.AsType[*todo.Error](err); ok && slices.Contains(noData, e.Code) {
		p.code = exitData
	}
}
