//go:build unix

package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
)

// Two shells, a script, a browser, and a client of the book's calls work on the
// same lists at the same time, through one server. Each sees what the others did,
// and nothing is lost when the server ends.
func TestTogether(t *testing.T) {
	data := t.TempDir()
	serving, url := serveData(t, data)
	first, second := startShell(t, data), startShell(t, data)
	assert.Equal(t, "1", first.ask("add Bob 2000-01-01 from the first shell"))
	page := openPage(t, url+"/#/list/Bob")

	const each = 200
	var working sync.WaitGroup
	work := func(f func(i int)) {
		working.Go(func() {
			for i := range each {
				f(i)
			}
		})
	}
	work(func(i int) { first.ask(fmt.Sprintf("add Bob none first %d", i)) })
	work(func(i int) { second.ask(fmt.Sprintf("add Alice none second %d", i)) })
	work(func(i int) {
		r, err := http.Post(fmt.Sprintf("%s/add_entry?list=Bob&date=2018-12-19&title=client+%d", url, i), "", nil) //nolint:noctx // it ends with the server
		if assert.NoError(t, err) {
			assert.Equal(t, http.StatusOK, r.StatusCode)
			assert.NoError(t, r.Body.Close())
		}
	})
	working.Go(func() {
		var script strings.Builder
		for i := range each {
			fmt.Fprintf(&script, "add Bob none script %d\nadd Alice none script %d\n", i, i)
		}
		assert.Equal(t, 2*each, strings.Count(runShell(t, data, script.String()), "\n"))
	})
	if page != nil {
		page.see("from the first shell")
		page.add("from the page")
		require.True(t, await.Until(t, func() bool { return strings.Contains(runShell(t, data, "find from the page"), "from the page") }))
	}
	working.Wait()

	last := "second shell is done"
	second.ask("add Bob 2000-01-02 " + last) // the page shows what comes first
	added := 1 + 3*each + 1
	if page != nil {
		added++
		page.see(last)
	}
	entries := strings.Split(strings.TrimSpace(runShell(t, data, "entries Bob")), "\n")
	assert.Len(t, entries, added)
	seen := map[string]bool{}
	for _, line := range entries {
		seen[line[strings.LastIndexByte(line, '\t')+1:]] = true
	}
	assert.Len(t, seen, added, "nothing came twice")
	assert.Len(t, strings.Split(strings.TrimSpace(runShell(t, data, "entries Alice")), "\n"), 2*each)

	first.end()
	second.end()
	require.NoError(t, serving.Process.Signal(syscall.SIGTERM))
	require.NoError(t, serving.Wait())
	assert.Equal(t, added, strings.Count(runShell(t, data, "entries Bob"), "\n"))
}

// programOn returns a run of this program on the data.
func programOn(t *testing.T, data string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "todoshell", args...) //nolint:gosec // it is this test
	c.Env = append(os.Environ(), "TODOSHELL_DATA="+data)
	c.Stderr = os.Stderr
	return c
}

var servingAt = regexp.MustCompile(`^todoshell: serving at (\S+)( \(every user of this machine may come in until there is a token: todoshell token add NAME\))?\n$`)

func serveData(t *testing.T, data string) (serving *exec.Cmd, url string) {
	t.Helper()
	serving = programOn(t, data, "serve", "--http", "127.0.0.1:0")
	out, err := serving.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, serving.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	match := servingAt.FindStringSubmatch(line)
	require.NotNil(t, match, line)
	return serving, match[1]
}

func runShell(t *testing.T, data, script string) string {
	t.Helper()
	c := programOn(t, data)
	c.Stdin = strings.NewReader(script)
	out, err := c.Output()
	if err != nil {
		t.Error(err)
	}
	return string(out)
}

// A conversation is with a shell whose input stays open.
type conversation struct {
	t   *testing.T
	c   *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startShell(t *testing.T, data string) *conversation {
	t.Helper()
	c := programOn(t, data)
	in, err := c.StdinPipe()
	require.NoError(t, err)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	return &conversation{t, c, in, bufio.NewReader(out)}
}

// ask sends a line and returns the answer's.
func (s *conversation) ask(line string) string {
	_, err := fmt.Fprintln(s.in, line)
	if err != nil {
		s.t.Error(line, err)
	}
	answer, err := s.out.ReadString('\n')
	if err != nil {
		s.t.Error(line, err)
	}
	return strings.TrimSuffix(answer, "\n")
}

func (s *conversation) end() {
	assert.NoError(s.t, s.in.Close())
	assert.NoError(s.t, s.c.Wait())
}

// A page is what a browser shows.
type page struct {
	t   *testing.T
	ctx context.Context
}

// openPage returns nil where there is no browser: the others work without.
func openPage(t *testing.T, url string) *page {
	t.Helper()
	browsers := []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"}
	at := slices.IndexFunc(browsers, func(name string) bool { _, err := exec.LookPath(name); return err == nil })
	if at < 0 || testing.Short() {
		t.Log("without a browser: there is none, or -short leaves it out")
		return nil
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), chromedp.ExecPath(browsers[at]), chromedp.Headless, chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(await.Left(t)),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancel()
	})
	require.NoError(t, chromedp.Do(ctx)) // the tab lives as long as the context of its first step
	p := &page{t, ctx}
	p.do(chromedp.Navigate(url))
	return p
}

func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := await.Context(p.ctx, p.t)
	defer cancel()
	require.NoError(p.t, chromedp.Do(ctx, steps...))
}

func (p *page) add(title string) {
	p.t.Helper()
	p.do(chromedp.WaitVisible("#add-title"), chromedp.SendKeys("#add-title", title+"\r"))
}

// see waits until the page shows all texts.
func (p *page) see(texts ...string) {
	p.t.Helper()
	ctx, cancel := await.Context(p.ctx, p.t)
	defer cancel()
	for _, text := range texts {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf("document.body.textContent.includes(%q)", text),
			chromedp.WithPollingTimeout(0)))
		require.NoError(p.t, err, text)
	}
}
