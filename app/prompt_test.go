//go:build unix

package app

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
)

// TestPrompt types at the prompt. ttyin would type before there is one, when
// Ctrl-C, Ctrl-D and TAB have another meaning, so there are commands for it:
//
//	open [COLUMNSx] [ARGS...]   runs todoshell in a terminal
//	open job [ARGS...]          does so in a job of a shell, which lets it go on once it has stopped
//	type KEYS                   as in a Go string: 'add Bob\t', '\x03'
//	see PATTERN                 waits until that is written, from where the latest see ended
//	signal TERM|HUP|INT         sends a signal
//	end CODE                    waits for the end, and sees that the terminal is as before
//
// What a terminal has been sent is $WORK/screen after end.
func TestPrompt(t *testing.T) {
	files, err := filepath.Glob("testdata/prompt/*.txtar")
	require.NoError(t, err)
	runPrompt(t, files, setup)
}

// TestPromptAttached does the same while another process holds the data: where a
// script would use none, too.
func TestPromptAttached(t *testing.T) {
	runPrompt(t, attachable(t, "testdata/prompt"), setupAttached)
}

func runPrompt(t *testing.T, files []string, setup func(*testscript.Env) error) {
	t.Helper()
	var terminals sync.Map // *terminal by *testscript.TestScript
	on := func(f func(*terminal, *testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
		return func(ts *testscript.TestScript, neg bool, args []string) {
			if neg {
				ts.Fatalf("! has no meaning here")
			}
			opened, _ := terminals.Load(ts)
			at, ok := opened.(*terminal)
			if !ok {
				ts.Fatalf("no terminal is open")
			}
			f(at, ts, args)
		}
	}
	testscript.Run(t, testscript.Params{
		Files: files,
		Setup: setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"open":   func(ts *testscript.TestScript, _ bool, args []string) { terminals.Store(ts, open(t, ts, args)) },
			"type":   on((*terminal).typeKeys),
			"see":    on((*terminal).see),
			"signal": on((*terminal).signal),
			"end":    on((*terminal).end),
			"holder": runHolder,
		},
		Condition:           condition,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// A terminal is one that a program runs in.
type terminal struct {
	t       *testing.T
	keys    *os.File
	tty     *os.File
	before  string // its settings
	program *exec.Cmd

	mu     sync.Mutex
	more   *sync.Cond
	screen []byte // all that was written to it
	seen   int
	closed bool
}

func open(t *testing.T, ts *testscript.TestScript, args []string) *terminal {
	t.Helper()
	columns := 80
	if len(args) > 0 && strings.HasSuffix(args[0], "x") {
		var err error
		columns, err = strconv.Atoi(strings.TrimSuffix(args[0], "x"))
		ts.Check(err)
		args = args[1:]
	}
	if ts.Getenv("ATTACHED") != "" {
		args = slices.DeleteFunc(args, func(arg string) bool { return arg == "--memory" })
	}
	keys, tty, err := pty.Open()
	ts.Check(err)
	ts.Check(pty.Setsize(keys, &pty.Winsize{Rows: 24, Cols: uint16(columns)}))
	command := append([]string{"todoshell"}, args...)
	if len(args) > 0 && args[0] == "job" {
		command = append([]string{"sh", "-c", `set -m; "$@"; echo suspended; fg`, "sh", "todoshell"}, args[1:]...)
	}
	term := &terminal{t: t, keys: keys, tty: tty, program: exec.Command(command[0], command[1:]...)} //nolint:gosec,noctx // it is this test
	term.more = sync.NewCond(&term.mu)
	term.before = term.settings(ts)
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "TZ", "TERM", "NO_COLOR", "PATH"} {
		term.program.Env = append(term.program.Env, name+"="+ts.Getenv(name))
	}
	term.program.Dir = ts.MkAbs(".")
	term.program.Stdin, term.program.Stdout, term.program.Stderr = tty, tty, tty
	term.program.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	ts.Check(term.program.Start())
	go term.watch()
	ts.Defer(func() {
		_ = term.program.Process.Kill()
		_ = keys.Close()
		_ = tty.Close()
	})
	return term
}

// settings are those that stty shows.
func (t *terminal) settings(ts *testscript.TestScript) string {
	stty := exec.Command("stty", "-a") //nolint:noctx // it asks the kernel
	stty.Stdin = t.tty
	text, err := stty.Output()
	ts.Check(err)
	return string(text)
}

// watch reads what is written to the terminal.
func (t *terminal) watch() {
	b := make([]byte, 4096)
	for {
		n, err := t.keys.Read(b)
		t.mu.Lock()
		t.screen = append(t.screen, b[:n]...)
		t.closed = err != nil
		t.more.Broadcast()
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (t *terminal) typeKeys(ts *testscript.TestScript, args []string) {
	keys, err := strconv.Unquote(`"` + strings.ReplaceAll(args[0], `"`, `\"`) + `"`)
	ts.Check(err)
	_, err = io.WriteString(t.keys, keys)
	ts.Check(err)
}

func (t *terminal) see(ts *testscript.TestScript, args []string) {
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	late := time.AfterFunc(await.Left(t.t), func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.closed = true
		t.more.Broadcast()
	})
	defer late.Stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		if at := pattern.FindIndex(t.screen[t.seen:]); at != nil {
			t.seen += at[1]
			return
		}
		if t.closed {
			ts.Fatalf("no %q in %q", args[0], t.screen[t.seen:])
		}
		t.more.Wait()
	}
}

func (t *terminal) signal(ts *testscript.TestScript, args []string) {
	ts.Check(t.program.Process.Signal(map[string]syscall.Signal{
		"TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "INT": syscall.SIGINT}[args[0]]))
}

func (t *terminal) end(ts *testscript.TestScript, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	await.End(t.t, "the program in the terminal", func() { err = t.program.Wait() })
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = nil
		if got := exit.ExitCode(); got != want {
			ts.Fatalf("exit code %d instead of %d", got, want)
		}
	} else if want != 0 {
		ts.Fatalf("exit code 0 instead of %d", want)
	}
	ts.Check(err)
	if after := t.settings(ts); after != t.before {
		ts.Fatalf("the terminal is not as before:\n%s%s", t.before, after)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	ts.Check(os.WriteFile(ts.MkAbs("screen"), t.screen, 0o600))
}
