package web_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"todoshell/todo"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const axeVersion = "4.14.1"

// axe returns the source of axe-core: from the folder in AXE_CORE, or from npm,
// which is asked once.
func axe(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("AXE_CORE")
	if dir == "" {
		caches, err := os.UserCacheDir()
		require.NoError(t, err)
		dir = filepath.Join(caches, "todoshell", "axe-core-"+axeVersion)
	}
	path := filepath.Join(dir, "axe.min.js")
	source, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && os.Getenv("AXE_CORE") == "" {
		fetchAxe(t, dir)
		source, err = os.ReadFile(path)
	}
	require.NoError(t, err)
	return string(source)
}

func fetchAxe(t *testing.T, dir string) {
	t.Helper()
	npm := exec.CommandContext(t.Context(), "npm", "pack", "--silent", "axe-core@"+axeVersion)
	npm.Dir = t.TempDir()
	if out, err := npm.CombinedOutput(); err != nil {
		t.Skipf("axe-core can't be had: npm: %v: %s; install npm, or say in AXE_CORE which folder has axe.min.js", err, out)
	}
	file, err := os.Open(filepath.Join(npm.Dir, "axe-core-"+axeVersion+".tgz"))
	require.NoError(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	for files := tar.NewReader(unzipped); ; {
		header, err := files.Next()
		require.NoError(t, err, "axe.min.js is not in the package")
		if header.Name != "package/axe.min.js" {
			continue
		}
		source, err := io.ReadAll(files)
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(dir, 0o700))
		half := filepath.Join(dir, "half.js")
		require.NoError(t, os.WriteFile(half, source, 0o600))
		require.NoError(t, os.Rename(half, filepath.Join(dir, "axe.min.js")))
		return
	}
}

// No state of the page has what axe-core objects to, in light or dark, on a wide
// or a narrow screen.
func testAxe(s *site) {
	source := axe(s.t)
	p := s.open("")
	check := func(state string) {
		s.t.Helper()
		if !eval[bool](p, "typeof axe === 'object'") {
			p.do(chromedp.Evaluate[chromedp.Void](source + "; undefined"))
		}
		for _, scheme := range []string{"light", "dark"} {
			p.scheme(scheme)
			for _, width := range []int64{360, 1280} {
				p.size(width, 800)
				p.wait(`document.getAnimations().every(a => a.playState === "finished")`)
				found := eval[[]string](p, `axe.run({resultTypes: ["violations"]}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html + "\n" + n.failureSummary)))`)
				assert.Empty(s.t, strings.Join(found, "\n"), "%s, %s, %d", state, scheme, width)
			}
		}
	}
	p.see(".empty", "There are no lists yet")
	check("no lists")
	p.goTo("#/list/Bob")
	p.see(".empty", "This list is empty")
	check("empty list")
	for i, title := range []string{"Dentist", "Call the plumber", "Write", "שלום", "a", "b", "c", "d", "e", "f", "g"} {
		s.add("Bob", []string{dayFrom(0), dayFrom(0), dayFrom(-1), ""}[min(i, 3)], title)
	}
	for day, entries := range []int{1, 2, 4, 7} {
		for range entries {
			s.add("Bob", "2024-02-1"+string(rune('0'+day)), "Busy")
		}
	}
	s.call(http.MethodPost, "/v1/lists/Bob/done", map[string]any{"ids": []int{1}}, nil)
	p.wait(titles + `.length === 25`)
	p.press("j")
	check("list")
	p.press("e")
	p.wait(`document.querySelector("#editor").open`)
	s.call(http.MethodPatch, "/v1/lists/Bob/entries/12", map[string]any{"title": "Other"}, nil)
	p.see("#editor-other", "Other")
	p.write("#editor-title", " ")
	p.press(enter)
	p.see("#editor-error", "empty")
	check("editor")
	p.write("#editor-title", "Mine")
	p.press(enter)
	p.see(".card", "Changed elsewhere")
	check("conflict")
	p.press("?")
	p.wait(`document.querySelector("#help").open`)
	check("help")
	p.press(kb.Escape)
	p.goTo("#/list/Bob/month/2024-02-11")
	p.do(chromedp.WaitVisible(chromedp.CSS(".month .level4")))
	check("month")
	p.goTo("#/")
	p.see(".lists a", "Bob")
	p.write("#filter", "Bo")
	p.see(".begin", "New list Bo")
	check("lists")
	p.goTo("#/list/Bob")
	p.wait(titles + `.length === 25`)
	s.stop()
	p.see("#notice", "cannot be reached")
	p.write("#add-title", "Waits")
	p.press(enter)
	p.see(".badge", "Waiting to be added")
	check("offline")
	_, err := s.tokens.Add("someone", todo.Grant{})
	require.NoError(s.t, err)
	s.start()
	p.see("h1", "Log in")
	check("login")
}
