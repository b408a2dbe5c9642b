package app

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// alone are the scripts in which no other process can hold the data.
var alone = map[string]string{
	"check":         "needs the folder for itself",
	"check_damaged": "needs the folder for itself",
	"kill":          "ends with a check",
	"in_use":        "has a holder of its own",
	"help":          "sees that there is no folder",
	"memory":        "sees that there is no folder",
	"usage":         "sees that there is no folder",
	"second":        "has a holder of its own",
	"gone":          "has a holder of its own",
	"second_gone":   "has a holder of its own",
	"second_many":   "starts holders of its own",
	"unicode":       "counts the servers that a process has started",
	"private":       "needs the folder for itself",
	"token":         "has no shell",
	"token_errors":  "has no shell",
}

// TestAttached runs the scripts of TestScript once more, while another process
// holds the data: nobody can tell the difference.
func TestAttached(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Files:               attachable(t, "testdata/script"),
		Setup:               setupAttached,
		Cmds:                commands,
		Condition:           condition,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// attachable are the scripts of a folder that another process can hold the data of.
func attachable(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	require.NoError(t, err)
	return slices.DeleteFunc(files, func(file string) bool {
		return alone[strings.TrimSuffix(filepath.Base(file), ".txtar")] != ""
	})
}

func setupAttached(e *testscript.Env) error {
	if err := setup(e); err != nil {
		return err
	}
	e.Setenv("ATTACHED", "yes")
	return hold(e)
}

// hold starts a process that holds the data of a script until that ends. It runs
// in another folder and another time zone.
func hold(e *testscript.Env) error {
	dir := filepath.Join(e.WorkDir, "elsewhere")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	h, err := newHolder(dir, append(e.Vars, "GORACE="+os.Getenv("GORACE"), "TZ=Pacific/Kiritimati"))
	if err == nil {
		e.Defer(h.end)
	}
	return err
}

// A holderProcess holds the data until its input ends.
type holderProcess struct {
	*exec.Cmd
	stdin io.Closer
}

func newHolder(dir string, vars []string) (*holderProcess, error) {
	h := &holderProcess{Cmd: exec.Command("todoshell")} //nolint:gosec,noctx // it is this test
	h.Dir, h.Env = dir, vars
	stdin, err := h.StdinPipe()
	if err != nil {
		return nil, err
	}
	h.stdin = stdin
	stdout, err := h.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err = h.Start(); err != nil {
		return nil, err
	}
	if _, err = io.WriteString(stdin, "help exit\n"); err != nil {
		return nil, err
	}
	_, err = bufio.NewReader(stdout).ReadString('\n') // it has the data
	return h, err
}

func (h *holderProcess) end() {
	_ = h.stdin.Close()
	_ = h.Wait()
}

// holders are those that scripts have started, by the script.
var holders sync.Map

// runHolder is the command holder of scripts:
//
//	holder start    starts a process that holds the data
//	holder kill     kills it
//	holder end      lets it end
func runHolder(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: holder start|kill|end")
	}
	if args[0] == "start" {
		var vars []string
		for _, name := range []string{"HOME", "XDG_DATA_HOME", "GORACE", "TODOSHELL_NATS_URL", "TODOSHELL_NATS_REPLICAS"} {
			vars = append(vars, name+"="+ts.Getenv(name))
		}
		h, err := newHolder(ts.MkAbs("."), vars)
		ts.Check(err)
		holders.Store(ts, h)
		ts.Defer(h.end)
		return
	}
	found, _ := holders.Load(ts)
	h, ok := found.(*holderProcess)
	if !ok {
		ts.Fatalf("there is no holder")
	}
	if args[0] == "kill" {
		ts.Check(h.Process.Kill())
	}
	h.end()
}
