//go:build unix

package torture

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
	"todoshell/todo"
)

// program is the real program, built once for all tests that run it.
var program struct {
	once sync.Once
	dir  string
	path string
	err  error
}

func TestMain(m *testing.M) {
	if code, isOne := runAsChild(); isOne {
		os.Exit(code)
	}
	code := m.Run()
	if program.dir != "" {
		_ = os.RemoveAll(program.dir)
	}
	os.Exit(code)
}

// buildProgram builds the program, if nobody has. A test calls it before its
// part begins, so that building takes none of the part's time.
func buildProgram(t *testing.T) {
	t.Helper()
	program.once.Do(func() {
		//nolint:usetesting // it outlives the test
		if program.dir, program.err = os.MkdirTemp("", "torture"); program.err != nil {
			return
		}
		program.path = filepath.Join(program.dir, "todoshell")
		build := exec.CommandContext(t.Context(), "go", "build", "-o", program.path, "todoshell/cmd/todoshell")
		if output, err := build.CombinedOutput(); err != nil {
			program.err = fmt.Errorf("%w: %s", err, output)
		}
	})
	require.NoError(t, program.err, "the program can be built")
}

// runProgram runs the program to its end, and returns what it has written and
// its exit code.
func runProgram(p *part, args ...string) (output string, code int) {
	p.Helper()
	c := exec.CommandContext(p.Context(), program.path, args...)
	b, _ := c.CombinedOutput()
	return string(b), c.ProcessState.ExitCode()
}

// A process is the program at work on a script that comes through a pipe. Its
// answers and its errors go into one pipe, where they are in the order of the
// commands.
type process struct {
	*exec.Cmd
	in    *os.File
	out   *os.File
	lines *bufio.Reader // of out
}

// startProgram starts the program on a data folder; kill ends it at the latest.
func startProgram(p *part, data string) *process {
	p.Helper()
	theirIn, in, err := os.Pipe()
	require.NoError(p, err)
	out, theirOut, err := os.Pipe()
	require.NoError(p, err)
	c := exec.CommandContext(p.Context(), program.path, "--json", "--data", data)
	c.Stdin, c.Stdout, c.Stderr = theirIn, theirOut, theirOut
	require.NoError(p, c.Start())
	require.NoError(p, theirIn.Close())
	require.NoError(p, theirOut.Close())
	return &process{Cmd: c, in: in, out: out, lines: bufio.NewReaderSize(out, 64<<10)}
}

// kill ends the process, if it has not ended, and closes its pipes.
func (c *process) kill() {
	if c.ProcessState == nil {
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	_ = c.in.Close()
	_ = c.out.Close()
}

// finish ends the script. When the program has ended, it returns what has not
// been read, and the exit code.
func (c *process) finish() (rest string, code int) {
	_ = c.in.Close()
	b, _ := io.ReadAll(c.lines)
	_ = c.Wait() // it may have been waited for
	_ = c.out.Close()
	return string(b), c.ProcessState.ExitCode()
}

// ask gives the program some commands and returns the next n lines that it
// writes, or fewer if there are no more.
func (c *process) ask(p *part, n int, commands ...string) []string {
	p.Helper()
	var writing sync.WaitGroup
	defer writing.Wait()
	writing.Go(func() {
		_, _ = c.in.WriteString(strings.Join(commands, "\n") + "\n") // no answer will tell
	})
	_ = c.out.SetReadDeadline(time.Now().Add(await.Left(p.T)))
	answers := make([]string, 0, n)
	for range n {
		line, err := c.lines.ReadString('\n')
		if err != nil {
			_ = c.Process.Kill() // whatever it is at, the writer must not wait for it
			break
		}
		answers = append(answers, line)
	}
	return answers
}

// How the program answers, in the form of objects.

func jsonText(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string can be encoded
	return strings.TrimSuffix(b.String(), "\n")
}

func objectLine(list string, e todo.Entry) string {
	date := "null"
	if e.Date != 0 {
		date = `"` + e.Date.String() + `"`
	}
	return `{"list":` + jsonText(list) + `,"id":` + strconv.FormatUint(e.ID, 10) + `,"date":` + date +
		`,"status":"` + e.Status.String() + `","title":` + jsonText(e.Title) + "}\n"
}

func objectLines(list string, entries ...todo.Entry) string {
	var b strings.Builder
	for _, e := range entries {
		b.WriteString(objectLine(list, e))
	}
	return b.String()
}

// A failureObject is the error of a command.
type failureObject struct {
	Code    todo.Code `json:"code"`
	Message string    `json:"message"`
	Hint    string    `json:"hint,omitempty"`
	File    string    `json:"file,omitempty"`
	Line    int       `json:"line,omitempty"`
}

// failureBegins is how the error of a command begins.
func failureBegins(code todo.Code) string { return `{"error":{"code":` + jsonText(string(code)) + `,` }

// readFailure reads an answer that is an error, and tells whether it is.
func readFailure(answer string) (failureObject, bool) {
	var e struct{ Error failureObject }
	err := json.Unmarshal([]byte(answer), &e)
	return e.Error, err == nil && e.Error.Code != ""
}
