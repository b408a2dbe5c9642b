package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"todoshell/cluster"
	"todoshell/repl"
	"todoshell/store"
	"todoshell/todo"
)

func (p *program) checkCommand() *cobra.Command {
	heal := false
	c := &cobra.Command{
		Use:   "check",
		Short: "Read all data and report what is damaged",
		Args:  cobra.NoArgs,
		Run: func(*cobra.Command, []string) {
			if heal {
				p.end(p.heal())
			} else {
				p.end(p.checkData())
			}
		},
	}
	if p.Open == nil {
		c.Long = c.Short + `.

With --nats-url, all that the cluster has is read, too, and compared with the copy
in the data folder.`
		c.Flags().BoolVar(&heal, "heal", false, "make a copy of a cluster that is damaged anew from the cluster, and keep the old one aside")
	}
	return c
}

func (p *program) checkData() error {
	dir, err := p.existingDir()
	if err != nil {
		return err
	}
	found, err := p.checkFolder(dir)
	p.judge(found)
	return err
}

// judge sets the exit code for what a check has found.
func (p *program) judge(f findings) {
	if f.here+f.elsewhere > 0 {
		p.code = repl.ExitFailed
	}
}

// heal makes the folder anew from the cluster if it is damaged, and checks it again.
func (p *program) heal() error {
	if _, clustered, err := p.cluster.config(); err != nil || !clustered {
		return cmp.Or(err, error(&todo.Error{Code: store.CantOpen, Message: "there is no cluster to make the lists anew from",
			Hint: "say which one with --nats-url; lists that are kept on this machine come back from a backup"}))
	}
	dir, err := p.existingDir()
	if err != nil {
		return err
	}
	found, err := p.checkFolder(dir)
	switch {
	case found.elsewhere > 0:
		return errors.Join(err, &todo.Error{Code: cluster.Unfit, Message: "nothing was healed: the streams are damaged, and this folder may have what they lack",
			Hint: "see docs/cluster.md, Restoring"})
	case found.here == 0:
		return err
	case err != nil:
		repl.Report(p.messages, p.json, err)
	}
	aside, err := store.PutAside(dir, time.Now())
	if err != nil {
		return err
	}
	p.tell(fmt.Sprintf("the damaged folder is kept as %s, and all lists are read anew from the cluster", aside))
	found, err = p.checkFolder(dir)
	p.judge(found)
	return err
}

// findings counts the problems that a check has told.
type findings struct{ here, elsewhere int } // in the data folder; in the streams of the cluster

// checkFolder checks a data folder, if it can be opened. One that can't be, because it is damaged, has one problem, which is the error.
func (p *program) checkFolder(dir string) (found findings, err error) {
	data, err := p.openData(dir)
	if err != nil {
		if store.IsDamaged(err) || errors.Is(err, &todo.Error{Code: todo.Damaged}) {
			found.here = 1
		}
		return found, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	sum, err := data.Check(ctx, func(err error) {
		if errors.Is(err, &todo.Error{Code: cluster.Unfit}) {
			found.elsewhere++
		}
		repl.Report(p.messages, p.json, err)
	})
	if err != nil {
		return findings{}, errors.Join(err, data.Close())
	}
	found.here = sum.Problems - found.elsewhere
	fmt.Fprintf(p.stdout, "%d lists, %d entries, %d changes, %d problems\n",
		sum.Lists, sum.Entries, sum.Changes, sum.Problems)
	return found, data.Close()
}
