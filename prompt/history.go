package prompt

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"todoshell/repl"
)

const (
	maxHistory     = 10_000  // lines
	maxHistoryLine = 8 << 10 // bytes; nobody would want to edit a longer line
)

// A History is the lines that were typed at the prompt, and the file that keeps them.
// Several shells may share the file. If it can't be read or written, the lines last as
// long as the shell.
type History struct {
	path  string
	lines []string
}

// OpenHistory returns the history that a file holds. Without a path there is no
// file.
func OpenHistory(path string) *History {
	h := &History{path: path}
	if path == "" {
		return h
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return h
	}
	all := 0
	for line := range strings.Lines(string(text)) {
		h.remember(strings.TrimRight(line, "\r\n"))
		all++
	}
	h.lines = slices.Clone(h.lines[max(0, len(h.lines)-maxHistory):])
	if all > 2*maxHistory {
		_ = h.trim(int64(len(text))) // if that fails, the next shell tries again
	}
	return h
}

// Lines returns the lines, oldest first.
func (h *History) Lines() []string { return h.lines }

// Add adds a line, unless it is the same as the one before it, or begins with a blank:
// that is how a person keeps a line out of the history.
func (h *History) Add(line string) {
	if h.remember(line) && h.path != "" {
		_ = h.append(line) // a history that can't be written is no failure
	}
}

func (h *History) remember(line string) bool {
	if line == "" || len(line) > maxHistoryLine || !utf8.ValidString(line) ||
		line[0] == ' ' || strings.ContainsFunc(line, unicode.IsControl) ||
		len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return false
	}
	h.lines = append(h.lines, line)
	return true
}

// append adds a line to the file. It opens the file each time, since another shell
// may have replaced it.
func (h *History) append(line string) error {
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(h.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, line+"\n") // one write: lines of two shells don't mix
	return errors.Join(err, file.Close())
}

var errGrown = errors.New("another shell has added lines")

// trim removes all but the latest lines from the file, unless the file has another
// size than when it was read: then another shell has added lines.
func (h *History) trim(size int64) error {
	return repl.OS{}.Replace(h.path, func(w io.Writer) error {
		if _, err := io.WriteString(w, strings.Join(h.lines, "\n")+"\n"); err != nil {
			return err
		}
		info, err := os.Stat(h.path)
		if err == nil && info.Size() != size {
			err = errGrown
		}
		return err
	})
}
