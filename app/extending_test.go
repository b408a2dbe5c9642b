package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The steps of docs/extending.md begin with a file, and name what is in it. What has other
// letters than those of a name, or is a command to type, is not looked for.
func TestExtendingNamesWhatIsThere(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash("../docs/extending.md"))
	require.NoError(t, err)
	steps := regexp.MustCompile(`(?m)^\d+\. `).Split(string(text), -1)[1:]
	assert.Greater(t, len(steps), 12)
	quoted := regexp.MustCompile("`([^`]+)`")
	name := regexp.MustCompile(`^\w+$`)
	for _, step := range steps {
		step, _, _ = strings.Cut(step, "\n\n")
		words := quoted.FindAllStringSubmatch(step, -1)
		require.NotEmpty(t, words, step)
		source, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(words[0][1])))
		require.NoError(t, err, step)
		for _, word := range words[1:] {
			if name.MatchString(word[1]) && word[1] != "help" {
				assert.Regexp(t, `\b`+word[1]+`\b`, string(source), step)
			}
		}
	}
}
