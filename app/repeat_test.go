//go:build unix

package app

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
)

// A line is the way of a shell to the one that holds the data. From some moment on, no
// answers pass.
type line struct {
	net.Listener
	holder  string // the path of its socket
	client  net.Conn
	sent    chan struct{} // closed when the shell has sent a task
	severed atomic.Bool
}

// tapLine puts a line between the holder of the data and the next shell.
func tapLine(t *testing.T, data string) *line {
	t.Helper()
	path := filepath.Join(data, "todoshell.sock")
	l := &line{holder: filepath.Join(data, "tapped"), sent: make(chan struct{})}
	require.NoError(t, os.Rename(path, l.holder))
	var err error
	l.Listener, err = net.Listen("unix", path) //nolint:noctx // nothing is waited for
	require.NoError(t, err)
	l.Listener.(*net.UnixListener).SetUnlinkOnClose(false) //nolint:errcheck // the next holder's socket has this path
	go l.carry()
	return l
}

func (l *line) carry() {
	client, err := l.Accept()
	if err != nil {
		return
	}
	l.client = client
	holder, err := net.Dial("unix", l.holder) //nolint:noctx // it is there
	if err != nil {
		return
	}
	go func() {
		b := make([]byte, 64<<10)
		for {
			n, err := holder.Read(b)
			if err != nil {
				return // the shell is not told
			}
			if !l.severed.Load() {
				_, _ = client.Write(b[:n])
			}
		}
	}()
	b := make([]byte, 64<<10)
	for sends := 1; ; sends++ {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		if sends == 2 { // the first one was the connection's request
			l.severed.Store(true)
			close(l.sent)
		}
		_, _ = holder.Write(b[:n])
	}
}

// A command whose answer is lost with the shell that holds the data is given to the
// next one, which may be the same shell that gave it. It is done once, and answered.
func TestRepeated(t *testing.T) {
	for _, test := range []struct{ command, answer, log string }{
		{"add Bob none three", "3\n", "3\tadd"},
		{"undo Bob", "", "3\tundo"}, // the first shell's answer, and not that to a second undo
		{"drop Bob -y", "", ""},
	} {
		for _, next := range []string{"itself", "another"} {
			t.Run(strings.Fields(test.command)[0]+" by "+next, func(t *testing.T) {
				data := filepath.Join(t.TempDir(), "data")
				runShell(t, data, "add Bob none one\nadd Bob none two\n")
				before := runShell(t, data, "log Bob")
				vars := append(os.Environ(), "TODOSHELL_DATA="+data)
				first, err := newHolder(t.TempDir(), vars)
				require.NoError(t, err)
				t.Cleanup(first.end)
				tapped := tapLine(t, data)
				t.Cleanup(func() { _ = tapped.Close() })

				second := programOn(t, data, "-c", test.command)
				var out, errs bytes.Buffer
				second.Stdout, second.Stderr = &out, &errs
				require.NoError(t, second.Start())
				<-tapped.sent
				require.NoError(t, os.Rename(tapped.holder, filepath.Join(data, "todoshell.sock")))
				require.True(t, await.Until(t, func() bool { return runShell(t, data, "log Bob") != before }), "the change was made")
				require.NoError(t, first.Process.Kill())
				first.end()
				if next == "another" {
					another, starting := newHolder(t.TempDir(), vars)
					require.NoError(t, starting)
					defer another.end()
				}
				require.NoError(t, tapped.client.Close())
				require.NoError(t, second.Wait(), errs.String())
				assert.Empty(t, errs.String())
				assert.Equal(t, test.answer, out.String())
				var last string
				lines := strings.Split(strings.TrimSpace(runShell(t, data, "log Bob")), "\n")
				if fields := strings.Split(lines[len(lines)-1], "\t"); len(fields) > 2 {
					last = fields[0] + "\t" + fields[2]
				}
				assert.Equal(t, test.log, last)
			})
		}
	}
}
