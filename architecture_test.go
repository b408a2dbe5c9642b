// Package todoshell_test holds the documents to what they are about.
package todoshell_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "todoshell/"

// imports returns which of the module's packages import which, without tests.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	list.Stderr = os.Stderr
	out, err := list.Output()
	require.NoError(t, err)
	of := map[string][]string{}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return of
		} else {
			require.NoError(t, err)
		}
		from, ok := strings.CutPrefix(p.ImportPath, module)
		if !ok {
			continue // the module's root, which holds this test
		}
		of[from] = nil
		for _, path := range p.Imports {
			if to, ok := strings.CutPrefix(path, module); ok {
				of[from] = append(of[from], to)
			}
		}
	}
}

// picture returns the arrows of the picture in ARCHITECTURE.md: "from --> to & to".
func picture(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("ARCHITECTURE.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "```mermaid\n")
	require.True(t, found, "there is a picture")
	drawn, _, found := strings.Cut(rest, "```")
	require.True(t, found)
	of := map[string][]string{}
	for _, line := range regexp.MustCompile(`(?m)^ *(\S+) --> (.+)$`).FindAllStringSubmatch(drawn, -1) {
		of[line[1]] = append(of[line[1]], strings.Split(line[2], " & ")...)
	}
	return of
}

// reach returns all packages that arrows lead to from a package.
func reach(of map[string][]string, from string) map[string]bool {
	reached := map[string]bool{}
	for todo := of[from]; len(todo) > 0; {
		next := todo[0]
		if todo = todo[1:]; !reached[next] {
			reached[next] = true
			todo = append(todo, of[next]...)
		}
	}
	return reached
}

// The picture shows each package with what it imports, but for what is imported by
// what it imports, too.
func TestPicture(t *testing.T) {
	imported, drawn := imports(t), picture(t)
	for _, from := range slices.Sorted(maps.Keys(imported)) {
		for _, to := range imported[from] {
			assert.True(t, reach(drawn, from)[to], "no arrow leads from %s to %s", from, to)
		}
	}
	for from, all := range drawn {
		for _, to := range all {
			assert.Contains(t, imported[from], to, "the arrow from %s", from)
			for _, other := range all {
				assert.False(t, reach(drawn, other)[to], "the arrow from %s to %s is needless: one leads there from %s", from, to, other)
			}
		}
	}
}
