package app

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/repl"
)

// The parts of the README that the tests hold to the program. In the session,
// [N] behind an answer is an exit code other than 0.
var (
	readmeSession  = regexp.MustCompile("(?s)```console\n(.*?)```\n")
	readmeScript   = regexp.MustCompile("(?s)the script `(morning\\.todo)`:\n\n```\n(.*?)```\n")
	readmeCommands = regexp.MustCompile(`(?s)<!-- commands: .*? -->\n(.*?\n)\n`)
)

func TestReadmeSession(t *testing.T) {
	readme := newReadme(t)
	home := t.TempDir()
	script := readme.part(t, readmeScript)
	require.NoError(t, os.WriteFile(filepath.Join(home, script[1]), []byte(script[2]), 0o600))

	session := readme.part(t, readmeSession)[1]
	var replayed strings.Builder
	for line := range strings.Lines(session) {
		command, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			continue
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", command) //nolint:gosec // it is what the README tells people to type
		cmd.Dir = home
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TZ=UTC", "GORACE=" + os.Getenv("GORACE")}
		answer, err := cmd.CombinedOutput()
		replayed.WriteString(line + string(answer))
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			fmt.Fprintf(&replayed, "[%d]\n", exit.ExitCode())
		} else {
			require.NoError(t, err)
		}
	}
	readme.expect(t, session, replayed.String())
}

func TestReadmeCommands(t *testing.T) {
	var table strings.Builder
	table.WriteString("| command | |\n| --- | --- |\n")
	for _, c := range repl.NewTable().Rows {
		fmt.Fprintf(&table, "| `%s` | %s |\n", strings.ReplaceAll(c.Usage(), "|", `\|`), c.Summary)
	}
	readme := newReadme(t)
	readme.expect(t, readme.part(t, readmeCommands)[1], table.String())
}

// The commands are explained where people look for them.
func TestHelpNamesAllCommands(t *testing.T) {
	for _, args := range []string{"man", "--memory -c help"} {
		t.Run(args, func(t *testing.T) {
			text, err := exec.CommandContext(t.Context(), "todoshell", strings.Fields(args)...).Output() //nolint:gosec // it is this test
			require.NoError(t, err)
			for _, c := range repl.NewTable().Rows {
				assert.Contains(t, string(text), c.Usage())
				assert.Contains(t, string(text), c.Summary)
			}
		})
	}
}

type readme struct{ path, text string }

func newReadme(t *testing.T) readme {
	t.Helper()
	path := filepath.FromSlash("../README.md")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return readme{path, string(text)}
}

// part returns the only match of a part, and its groups.
func (r readme) part(t *testing.T, part *regexp.Regexp) []string {
	t.Helper()
	found := part.FindAllStringSubmatch(r.text, -1)
	require.Len(t, found, 1, "%s", part)
	return found[0]
}

// expect compares a text of the README with what it should be. With -update, it
// takes its place.
func (r readme) expect(t *testing.T, text, want string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(r.path, []byte(strings.Replace(r.text, text, want, 1)), 0o600))
		return
	}
	assert.Equal(t, want, text, "go test ./app -update rewrites it")
}
