package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
)

// findBrowser returns the path of a Chromium, or skips the test.
func findBrowser(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short leaves the browser out")
	}
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("there is no chromium, chromium-browser or google-chrome; install one, or say where it is in CHROMIUM")
	return ""
}

// openBrowser starts a browser with a profile of its own, which ends with the
// test.
func openBrowser(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(findBrowser(t)), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(await.Left(t)),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("force-color-profile", "srgb"))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until the browser is gone, and its profile can be removed
		cancel()
	})
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate("about:blank")))
	return ctx
}

// stoppedClock has it always be the same time on a page, and what the page says stay.
var stoppedClock = fmt.Sprintf(`const later = setTimeout
setTimeout = (f, ms, ...rest) => ms === 6000 ? 0 : later(f, ms, ...rest)
Date = class extends Date {
	constructor(...time) { super(...(time.length ? time : [%[1]d])) }
	static now() { return %[1]d }
}`, noon.UnixMilli())

// A tab is a tab of the browser that shows a site.
type tab struct {
	t    *testing.T
	ctx  context.Context
	site *site
}

// open opens the site at a fragment. The test fails when a script of the page
// throws.
func (s *site) open(fragment string) *tab {
	t := s.t
	t.Helper()
	ctx, cancel := chromedp.NewContext(s.browser)
	p := &tab{t: t, ctx: ctx, site: s}
	require.NoError(t, chromedp.Do(ctx)) // the tab lives as long as the context of its first step
	messages := chromedp.Console(ctx)
	var reading sync.WaitGroup
	reading.Go(func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			refused := strings.Contains(m.Text, "Content Security Policy")
			assert.False(t, m.IsException() || refused, "the page's console says: %v", m)
		}
	})
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancel()
		reading.Wait()
	})
	_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: stoppedClock})
	require.NoError(t, err)
	p.do(chromedp.EmulateViewport(1280, 800), chromedp.Navigate(s.url("/"+fragment)))
	return p
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := await.Context(p.ctx, p.t)
	defer cancel()
	require.NoError(p.t, chromedp.Do(ctx, steps...))
}

// eval returns what a script returns, or what it promises.
func eval[T any](p *tab, script string) T {
	p.t.Helper()
	ctx, cancel := await.Context(p.ctx, p.t)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	require.NoError(p.t, err, script)
	return value
}

// wait waits until a script says true.
func (p *tab) wait(script string) {
	p.t.Helper()
	ctx, cancel := await.Context(p.ctx, p.t)
	defer cancel()
	var err error
	for again := true; again; again = err != nil && ctx.Err() == nil { // it fails where the page is loaded anew
		_, err = chromedp.Run(ctx, chromedp.Poll[bool]("!!("+script+")", chromedp.WithPollingTimeout(0)))
	}
	if err != nil {
		telling, done := context.WithTimeout(p.ctx, 5*time.Second)
		defer done()
		shown, _ := chromedp.Run(telling, chromedp.Evaluate[string](`location.hash + "\n" + document.body.innerText`))
		require.FailNow(p.t, "this did not become true: "+script, "%v\nthe page shows:\n%s", err, shown)
	}
}

func quote(value any) string {
	text, _ := json.Marshal(value) // strings and numbers
	return string(text)
}

// see waits until an element holds a text.
func (p *tab) see(selector, text string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("[...document.querySelectorAll(%s)].some(e => e.checkVisibility() && e.textContent.includes(%s))", quote(selector), quote(text)))
}

// titles is what the rows show, day by day.
const titles = `[...document.querySelectorAll(".entry .title")].map(e => e.textContent)`

// seeTitles waits until the rows have these titles in this order.
func (p *tab) seeTitles(want ...string) {
	p.t.Helper()
	if want == nil {
		want = []string{}
	}
	p.wait(fmt.Sprintf("JSON.stringify(%s) === JSON.stringify(%s)", titles, quote(want)))
}

// settled waits until the server has answered all that was done on the page.
func (p *tab) settled() {
	p.t.Helper()
	p.wait(`document.querySelector("#link").textContent === "Up to date" && !document.querySelector(".entry.pending")`)
}

func (p *tab) click(selector string) { p.t.Helper(); p.do(chromedp.Click(chromedp.CSS(selector))) }

// press presses keys where the focus is. A character comes with the key's event,
// so that a script which takes the event takes the character too.
func (p *tab) press(keys string, modifiers ...chromedp.Modifier) {
	p.t.Helper()
	for _, r := range keys {
		events := kb.Encode(r)
		if len(events) == 3 { // down, character, up
			events[0].Text = events[1].Text
			events = slices.Delete(events, 1, 2)
		}
		for _, e := range events {
			for _, m := range modifiers {
				e.Modifiers |= int64(m)
			}
			_, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, *e)
			require.NoError(p.t, err)
		}
	}
}

// write replaces what is in a text field, at once, as pasting does.
func (p *tab) write(selector, text string) {
	p.t.Helper()
	eval[bool](p, fmt.Sprintf("{ const field = document.querySelector(%s); field.focus(); field.select() } true", quote(selector)))
	_, err := chromedp.Call(p.ctx, input.InsertText, input.InsertTextParams{Text: text})
	require.NoError(p.t, err)
}

// setDate fills in a date, whose field has an order of its own in each country.
func (p *tab) setDate(selector, date string) {
	p.t.Helper()
	eval[bool](p, fmt.Sprintf(`{
		const field = document.querySelector(%s)
		field.value = %s
		field.dispatchEvent(new Event("input", {bubbles: true}))
	} true`, quote(selector), quote(date)))
}

// row is the selector of a part of the row with this place, from 1.
func row(place int, part string) string {
	return ".day .entry:nth-child(" + strconv.Itoa(place) + ") " + part
}

// goTo follows an address as a link does.
func (p *tab) goTo(fragment string) {
	p.t.Helper()
	eval[string](p, "location.hash = "+quote(fragment))
}

func (p *tab) size(width, height int64) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(width, height))
}

func (p *tab) scheme(name string) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	require.NoError(p.t, err)
}

const enter = kb.Enter
