package prompt_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/prompt"
)

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "todoshell", "history")
	h := prompt.OpenHistory(path)
	assert.Empty(t, h.Lines())
	for _, line := range []string{"lists", "lists", " secret", "", "add Bob none Don't \"x\" 買い物", "two\nlines", "\x1b[2J",
		"\xff", strings.Repeat("x", 8<<10+1), "lists"} {
		h.Add(line)
	}
	want := []string{"lists", "add Bob none Don't \"x\" 買い物", "lists"}
	assert.Equal(t, want, h.Lines())
	assert.Equal(t, want, prompt.OpenHistory(path).Lines())
	if runtime.GOOS != "windows" {
		for name, mode := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): fs.ModeDir | 0o700} {
			info, err := os.Stat(name)
			require.NoError(t, err)
			assert.Equal(t, mode, info.Mode())
		}
	}
}

// A file may hold anything, for example what somebody has edited.
func TestHistoryLeavesOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	require.NoError(t, os.WriteFile(path, []byte("one\r\n\n two\n\x1b[2J\n\xff\nthree"), 0o600))
	assert.Equal(t, []string{"one", "three"}, prompt.OpenHistory(path).Lines())
}

func TestHistoryIsTrimmed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	lines := func(n int) []byte {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "find %d\n", i)
		}
		return []byte(b.String())
	}
	for n, left := range map[int]int{15_000: 15_000, 20_001: 10_000} {
		require.NoError(t, os.WriteFile(path, lines(n), 0o600))
		h := prompt.OpenHistory(path)
		assert.Len(t, h.Lines(), 10_000)
		assert.Equal(t, fmt.Sprintf("find %d", n-1), h.Lines()[9_999])
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, left, strings.Count(string(text), "\n"))
		files, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		assert.Len(t, files, 1)
	}
}

func TestHistoryOfTwoShells(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	const shells, each = 4, 200
	var running sync.WaitGroup
	for shell := range shells {
		running.Go(func() {
			h := prompt.OpenHistory(path)
			for i := range each {
				h.Add(fmt.Sprintf("find %d of shell %d %s", i, shell, strings.Repeat("x", i)))
			}
		})
	}
	running.Wait()
	next := make(map[string]int)
	for _, line := range prompt.OpenHistory(path).Lines() {
		var i, shell int
		var xs string
		n, _ := fmt.Sscanf(line, "find %d of shell %d %s", &i, &shell, &xs)
		require.GreaterOrEqual(t, n, 2, line)
		require.Len(t, xs, i)
		require.Equal(t, next[fmt.Sprint(shell)], i, "each shell's lines stay in order")
		next[fmt.Sprint(shell)]++
	}
	assert.Len(t, next, shells)
}

// A history that can't be written or read is no failure.
func TestHistoryNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, path := range []string{"", filepath.Join(file, "history"), filepath.Dir(file)} {
		h := prompt.OpenHistory(path)
		h.Add("lists")
		assert.Equal(t, []string{"lists"}, h.Lines())
	}
}
