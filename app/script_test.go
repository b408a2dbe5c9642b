package app

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "rewrite what the tests expect")

// The test binary is the program, too: scripts run it under its name.
func TestMain(m *testing.M) {
	if os.Getenv("GORACE") == "" {
		os.Setenv("GORACE", "atexit_sleep_ms=0") // otherwise each process sleeps for a second
	}
	var name string // of a drawer in the data folder
	testscript.Main(m, map[string]func(){
		"todoshell": func() { os.Exit(Run(Command{Name: "todoshell"})) },
		"tododrawer": func() {
			os.Exit(Run(Command{
				Name: "tododrawer",
				Open: func(dir string, tell func(string)) (Store, error) { return openDrawer(filepath.Join(dir, name), tell) },
				Flags: func(flags *pflag.FlagSet) {
					flags.StringVar(&name, "drawer", "top", "which lists of the data folder")
				},
			}))
		},
	})
}

var commands = map[string]func(*testscript.TestScript, bool, []string){
	"code": code, "signal": signalAmid, "holder": runHolder,
}

func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               setup,
		Cmds:                commands,
		Condition:           condition,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// setup gives each script a home of its own.
func setup(e *testscript.Env) error {
	e.Setenv("HOME", e.WorkDir)
	e.Setenv("XDG_DATA_HOME", filepath.Join(e.WorkDir, "share"))
	e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
	e.Setenv("TZ", noonZone(time.Now()))
	e.Setenv("TERM", "xterm")
	e.Setenv("ESC", "\x1b")
	return nil
}

// noonZone returns a zone where it is about noon: no script may break because a day
// ends.
func noonZone(now time.Time) string {
	behind := now.UTC().Hour() - 12
	return fmt.Sprintf("Etc/GMT%+d", behind) // which has it the other way round
}

func condition(name string) (bool, error) {
	if name == "root" {
		return os.Geteuid() == 0, nil
	}
	return false, fmt.Errorf("unknown condition %s", name)
}

// code runs a program as exec does, and fails unless it ends with an exit code:
//
//	code N program args...
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := exitCode(ts, ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("exit code %d instead of %d", got, want)
	}
}

// exitCode is what a shell would show: 128 and the signal's number for a
// process that a signal has ended.
func exitCode(ts *testscript.TestScript, err error) int {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		ts.Check(err)
		return 0
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitSignal + int(status.Signal())
	}
	return exit.ExitCode()
}

// signalAmid runs todoshell with a script as its standard input, which stays
// open, and sends it a signal as soon as it has answered anything. It fails
// unless todoshell then ends, with the signal's exit code. The whole lines of what it has answered go into a file:
//
//	signal NAME script answers
func signalAmid(ts *testscript.TestScript, neg bool, args []string) {
	names := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}
	if neg || len(args) != 3 || names[args[0]] == 0 {
		ts.Fatalf("usage: signal INT|TERM|KILL script answers")
	}
	cmd := exec.Command("todoshell") //nolint:gosec,noctx // it is this test
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "TZ", "GORACE"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	stdin, err := cmd.StdinPipe()
	ts.Check(err)
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	ts.Check(cmd.Start())
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		_, _ = io.WriteString(stdin, ts.ReadFile(args[1])) // fails when the reader ends
	}()

	answers := make([]byte, 1)
	_, err = io.ReadFull(stdout, answers)
	ts.Check(err)
	ts.Check(cmd.Process.Signal(names[args[0]]))
	rest, err := io.ReadAll(stdout)
	ts.Check(err)
	err = cmd.Wait()
	<-fed
	ts.Logf("[stderr]\n%s", &stderr)
	if got, want := exitCode(ts, err), exitSignal+int(names[args[0]]); got != want {
		ts.Fatalf("exit code %d instead of %d", got, want)
	}
	answers = slices.Concat(answers, rest)
	answers = answers[:bytes.LastIndexByte(answers, '\n')+1]
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), answers, 0o600))
}
