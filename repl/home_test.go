package repl_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/repl"
)

// homes makes a home folder and, as the folder where the session is, one in which
// names begin with ~.
func homes(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	t.Chdir(t.TempDir())
	write(t, filepath.Join(home, "in.csv"), "title\nat home\n")
	write(t, filepath.Join(home, "My files", "in.csv"), "title\nin a folder with a blank\n")
	write(t, filepath.Join(home, "all.todo"), "add Bob none sourced\n")
	write(t, filepath.Join("~", "in.csv"), "title\nin a folder named ~\n")
	write(t, "~ann.csv", "title\nin a file named ~ann.csv\n")
	return home
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// A ~ is the home folder where a shell would have it so.
func TestHome(t *testing.T) {
	for line, title := range map[string]string{
		`import Bob ~/in.csv`:                     "at home",
		`import Bob --format csv ~/in.csv`:        "at home",
		`import Bob ~/in.csv --format=csv`:        "at home",
		`import Bob ~/"My files"/in.csv`:          "in a folder with a blank",
		`import Bob ~/My\ files/in.csv`:           "in a folder with a blank",
		`import Bob ~/'My files/../in.csv'`:       "at home",
		`source ~/all.todo`:                       "sourced",
		`import Bob "~/in.csv"`:                   "in a folder named ~",
		`import Bob '~/in.csv'`:                   "in a folder named ~",
		`import Bob "~"/in.csv`:                   "in a folder named ~",
		`import Bob \~/in.csv`:                    "in a folder named ~",
		`import Bob ./~/in.csv`:                   "in a folder named ~",
		`import Bob "~ann.csv"`:                   "in a file named ~ann.csv",
		`import Bob ./~ann.csv`:                   "in a file named ~ann.csv",
		"import Bob\t --format csv\t~/in.csv  \t": "at home",
	} {
		t.Run(line, func(t *testing.T) {
			homes(t)
			out, errs, _ := script(t, repl.Settings{}, line+"\nentries Bob")
			assert.Empty(t, errs)
			assert.Contains(t, out, "\t"+title+"\n")
		})
	}
}

func TestHomeWritten(t *testing.T) {
	home := homes(t)
	var asked string
	var errs strings.Builder
	s := newSession(t, repl.Environment{Out: io.Discard, Err: &errs, Backup: func(dir string) error {
		asked = dir
		return nil
	}}, repl.Settings{})
	require.NoError(t, s.Run(t.Context(), "test", strings.NewReader(
		"add Bob none Milk\nexport Bob ~/out.csv\nexport Bob ~/out --format csv\nbackup ~/copy\n"+`export Bob "~/out.csv"`)))
	assert.Empty(t, errs.String())
	for _, path := range []string{filepath.Join(home, "out.csv"), filepath.Join(home, "out"), filepath.Join("~", "out.csv")} {
		assert.FileExists(t, path)
	}
	assert.Equal(t, home+"/copy", asked)
}

func TestHomeErrors(t *testing.T) {
	home := homes(t)
	for line, want := range map[string]string{
		"import Bob ~ann.csv":            `~ann.csv: ~ stands for your own home folder only; write the whole path; a file that is named so is quoted: "~ann.csv"`,
		"export Bob ~root/x":             `~root: ~ stands for your own home folder only; write the whole path; a file that is named so is quoted: "~root/x"`,
		"import Bob ~ --format csv":      home + ": is a directory; check the path",
		"import Bob ~/missing.csv":       home + "/missing.csv: no such file or directory; check the path",
		"add Bob none ~/is in the title": "",
	} {
		_, errs, _ := script(t, repl.Settings{}, line)
		if want != "" {
			want = "todoshell: test:1: " + want + "\n"
		}
		assert.Equal(t, want, errs, line)
	}
}

func TestCompleteHome(t *testing.T) {
	homes(t)
	s := after(t, "add ~/Bob none Milk")
	for line, completed := range map[string]string{
		"import Bob ~":             "import Bob ~/",
		"source ~/al":              "source ~/all.todo ",
		"backup ~/My":              `backup ~/"My files/`,
		`import Bob ~/"My files/i`: `import Bob ~/"My files/in.csv" `,
		`import Bob ~/My\ f`:       `import Bob ~/"My files/`,
		"export Bob ~ann":          "export Bob ./~ann.csv ",
		`export Bob "~/i`:          `export Bob ./~/in.csv `,
		"export Bob ./~/i":         "export Bob ./~/in.csv ",
		"entries ~/B":              "entries ~/Bob ",
	} {
		c := s.Complete(line)
		assert.Equal(t, completed, line[:c.From]+c.Insert, line)
	}
	c := s.Complete("import Bob ~/")
	var words []string
	for _, w := range c.Words {
		words = append(words, w.Text)
	}
	assert.Equal(t, "~/My files/|~/all.todo|~/in.csv", strings.Join(words, "|"))
}
