package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// installed skips the test where a program is not there. CI has them all: see .ci/run.
func installed(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("SKIPPED: %s is not installed", program)
	}
}

// write writes a file of this folder into another one, with old texts replaced by new ones, each of
// which must be there, and returns its path.
func write(t *testing.T, dir, name string, oldNew ...string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	for i := 0; i < len(oldNew); i += 2 {
		require.Contains(t, string(text), oldNew[i], name)
	}
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte(strings.NewReplacer(oldNew...).Replace(string(text))), 0o600))
	return path
}

var certificateCommands = regexp.MustCompile("(?s)<!-- certificates: .*? -->\n```sh\n(.*?)```")

// certificates makes the certificates by the commands of docs/cluster.md, also for 127.0.0.1, and returns their folder.
func certificates(t *testing.T) string {
	t.Helper()
	installed(t, "sh")
	installed(t, "openssl")
	page, err := os.ReadFile("../docs/cluster.md")
	require.NoError(t, err)
	found := certificateCommands.FindStringSubmatch(string(page))
	require.NotNil(t, found)
	name := "subjectAltName=DNS:$name.example.org"
	require.Contains(t, found[1], name)
	dir := t.TempDir()
	script := "set -e\n" + strings.ReplaceAll(found[1], name, name+",IP:127.0.0.1")
	run(t, exec.CommandContext(t.Context(), "sh", "-c", script), dir)
	return filepath.Join(dir, "certs")
}

func run(t *testing.T, c *exec.Cmd, dir string) {
	t.Helper()
	c.Dir = dir
	out, err := c.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// systemd finds nothing wrong with the units, and little that they could do to the machine.
func TestUnits(t *testing.T) {
	installed(t, "systemd-analyze")
	dir := t.TempDir()
	self, err := os.Executable() // the programs that the units name are not installed here
	require.NoError(t, err)
	for unit, program := range map[string]string{
		"nats-server.service": "/usr/local/bin/nats-server",
		"todoshell.service":   "/usr/local/bin/todoshell",
	} {
		path := write(t, dir, unit, program, self)
		out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", path).CombinedOutput() //nolint:gosec // a file of ours
		require.NoError(t, err, "%s", out)
		assert.NotContains(t, string(out), unit, "it warns")
		run(t, exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=yes", "--threshold=15", path), dir) //nolint:gosec // a file of ours
	}
}
