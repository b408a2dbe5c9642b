//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// What is between these lines of README.md is made by a run.
const (
	begin = "<!-- begin: written by go run . -->"
	end   = "<!-- end -->"
)

// write writes the charts of a folder, and the table into its README.md.
func (r *report) write(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "charts"), 0o755); err != nil {
		return err
	}
	made := &strings.Builder{}
	fmt.Fprintf(made, "%s\n\n%s\n%s\n", begin, r.machine, r.table())
	for _, c := range r.charts() {
		path := "charts/" + c.name + ".svg"
		if err := os.WriteFile(filepath.Join(dir, path), []byte(c.svg), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(made, "![%s](%s)\n\n", c.title, path)
	}
	made.WriteString(end)
	path := filepath.Join(dir, "README.md")
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := replace(string(old), made.String())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// replace puts made between the markers, with them.
func replace(text, made string) (string, error) {
	if text == "" {
		return made + "\n", nil
	}
	before, rest, found := strings.Cut(text, begin)
	_, after, found2 := strings.Cut(rest, end)
	if !found || !found2 {
		return "", fmt.Errorf("there are no lines %q and %q to write between", begin, end)
	}
	return before + made + after, nil
}
