package web_test

import (
	"bytes"
	"fmt"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// On paper there is the list, all of it, in black on white, and nothing to press.
func testPrint(s *site) {
	s.fill("Bob", around())
	p := s.open("#/list/Bob")
	p.wait(inSight(".day h2", "Today"))
	assert.Less(s.t, eval[int](p, titles+".length"), 1000)
	p.scheme("dark")
	pdf, err := chromedp.Run(p.ctx, chromedp.PrintToPDF())
	require.NoError(s.t, err)
	assert.Greater(s.t, bytes.Count(pdf, []byte("/Type /Page\n")), 20, "1,000 days")
	assert.Equal(s.t, 2000, eval[int](p, titles+".length"))

	_, err = chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print",
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
	require.NoError(s.t, err)
	p.see("h1", "Bob")
	p.see(".head", "2,000 open")
	p.see(".entry .title", "Entry 1 of day -500")
	assert.Zero(s.t, eval[int](p, `[...document.querySelectorAll("button, textarea, input:not([type=checkbox]), a, .said p")].filter(e => e.checkVisibility()).length`))
	for selector, colours := range map[string]string{"body": "rgb(0, 0, 0) on rgb(255, 255, 255)", ".entry .title": "rgb(0, 0, 0) on rgba(0, 0, 0, 0)"} {
		assert.Equal(s.t, colours, eval[string](p, fmt.Sprintf(`(s => s.color + " on " + s.backgroundColor)(getComputedStyle(document.querySelector(%s)))`, quote(selector))))
	}
}

func testPrintLists(s *site) {
	for i := range 1500 {
		require.NoError(s.t, s.put(fmt.Sprintf("list %04d", i)))
	}
	p := s.open("")
	p.see(".lists a", "list 0000")
	_, err := chromedp.Run(p.ctx, chromedp.PrintToPDF())
	require.NoError(s.t, err)
	assert.Equal(s.t, 1500, eval[int](p, `document.querySelectorAll(".lists a").length`))

	// Where not all can be had, the paper says so.
	p.do(chromedp.Reload())
	p.see(".lists a", "list 0000")
	s.stop()
	p.see("#link", "Offline")
	p.do(chromedp.Evaluate[chromedp.Void](`dispatchEvent(new Event("beforeprint"))`))
	p.wait(`document.querySelector(".onpaper").textContent === "The server cannot be reached: not all lists are printed."`)
}
