package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"todoshell/prompt"
	"todoshell/repl"
)

// grace is how long what is under way may take to end after a signal.
const grace = 1500 * time.Millisecond

// shell runs the tasks, or else the prompt, or else standard input.
func (p *program) shell() error {
	env := p.environment()
	var typing *prompt.Prompt
	if p.prompts() {
		typing = prompt.New(env)
		env = typing.Environment()
	}
	shell, err := p.openShell(env)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP)
	if typing == nil { // at the prompt, an interrupt ends a line, not the program
		signal.Notify(signals, os.Interrupt)
	}
	defer signal.Stop(signals)

	finished := make(chan int, 1)
	go func() {
		code := p.work(ctx, shell, typing)
		if err := shell.close(ctx); err != nil {
			fmt.Fprintf(p.messages, "todoshell: %v\n", err)
			code = exitData
		}
		finished <- code
	}()
	p.code = codeOf(finished, signals, cancel)
	return nil
}

// codeOf returns the exit code of the work when that is finished. A signal cancels
// it, and is what counts then.
func codeOf(finished <-chan int, signals <-chan os.Signal, cancel func()) int {
	select {
	case code := <-finished:
		return code
	case s := <-signals:
		cancel()
		select {
		case <-finished:
		case <-time.After(grace): // what has been answered is durable, and the rest was never promised
		}
		return exitSignal + int(s.(syscall.Signal)) //nolint:errcheck // signals are of this type on all systems
	}
}

// work runs what there is to run and returns the exit code.
func (p *program) work(ctx context.Context, s *shell, typing *prompt.Prompt) int {
	err := p.runTasks(ctx, s, typing)
	switch {
	case errors.Is(err, syscall.EPIPE):
		return repl.ExitOK // whoever reads the output has stopped, as head does: that is no failure
	case err != nil:
		s.State().Fail(s.env.Err, err)
	}
	return s.code()
}

func (p *program) runTasks(ctx context.Context, s *shell, typing *prompt.Prompt) error {
	for _, t := range p.tasks {
		if s.State().Ended() || ctx.Err() != nil {
			break
		}
		err := s.Do(ctx, t)
		if errors.Is(err, syscall.EPIPE) {
			return err
		}
		if err != nil { // a script that can't be read fails as a command does: the others follow
			s.State().Fail(s.env.Err, err)
		}
	}
	switch {
	case len(p.tasks) > 0:
		return nil
	case typing != nil:
		return typing.Run(ctx, s, prompt.OpenHistory(p.historyFile()))
	}
	return s.Do(ctx, repl.Task{Kind: repl.Script, Text: "-"})
}

// panicked reports a panic that nobody caused on purpose.
func (p *program) panicked(name string, value any, stack []byte) {
	if value != repl.OnPurpose {
		fmt.Fprintf(p.stderr, "todoshell: the server of %q panicked: %v\n%s", name, value, stack)
	}
}

// tell says on standard error why the program is not ready yet.
func (p *program) tell(why string) { fmt.Fprintf(p.stderr, "todoshell: %s\n", why) }
