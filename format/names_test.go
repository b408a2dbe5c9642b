package format

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The documentation has all names.
func TestNamesAreDocumented(t *testing.T) {
	var table strings.Builder
	for r, what := range []string{"id", "title", "date", "status", "completed", "cancelled", "percent", "kind of row"} {
		var known []string
		for name, k := range names {
			if k.role == role(r) {
				known = append(known, name)
			}
		}
		slices.SortFunc(known, func(a, b string) int { return cmp.Compare(names[a].rank, names[b].rank) })
		fmt.Fprintf(&table, "| %s | %s |\n", what, strings.Join(known, ", "))
	}
	text, err := os.ReadFile("../docs/formats.md")
	require.NoError(t, err)
	assert.Contains(t, string(text), "| what | names |\n| --- | --- |\n"+table.String()+"\n")
}
