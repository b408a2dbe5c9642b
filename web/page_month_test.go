package web_test

import (
	"fmt"
	"net/http"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
)

func testMonth(s *site) {
	for i := range 8 {
		s.add("Bob", "2024-02-29", fmt.Sprint("Leap ", i+1))
	}
	s.add("Bob", "2024-02-01", "One")
	s.add("Bob", "2024-03-01", "Later")
	p := s.open("#/list/Bob/month/2024-02")
	p.see(".month a.level4", "Thursday 29 February 2024: 8 open")
	p.see(".month a.level4 .count", "8")
	p.see(".month a.level1", "Thursday 1 February 2024: 1 open")
	p.see(".month a.level0", "Friday 2 February 2024: nothing")
	assert.Equal(s.t, 29, eval[int](p, `document.querySelectorAll(".month td a").length`))
	s.call(http.MethodPost, "/v1/lists/Bob/done", map[string]any{"ids": []int{1, 2}}, nil)
	p.see(".month a.level3", "Thursday 29 February 2024: 6 open, 2 done")

	p.click(`.month a[href$="2024-02-01"]`)
	p.see(".panel", "Thursday 1 February 2024")
	p.seeTitles("One")
	p.write("#add-title", "Two")
	p.press(enter)
	p.seeTitles("One", "Two")
	p.settled()
	assert.Equal(s.t, "2024-02-01", *s.entries("Bob")[1].Date)

	p.do(chromedp.Focus(chromedp.CSS(`.month a[href$="2024-02-01"]`)))
	p.press(kb.ArrowRight + kb.ArrowDown + enter)
	p.see(".panel", "Friday 9 February 2024")
	p.see(".empty", "Nothing on this day.")
	p.do(chromedp.NavigateBack())
	p.see(".panel", "Thursday 1 February 2024")
	p.press(kb.PageDown)
	p.see(".monthbar h2", "March 2024")
	p.seeTitles("Later")
	p.click(`button[aria-label="Month before"]`)
	p.see(".monthbar h2", "February 2024")
	p.click(".parts a:first-child")
	p.wait(titles + `.length === 11`)
}

func testHistory(s *site) {
	s.add("Bob", "2024-02-01", "One")
	s.add("Alice", "", "Other")
	p := s.open("")
	p.click(`.lists a[href="#/list/Bob"]`)
	p.seeTitles("One")
	p.click(".parts a:last-child")
	p.see(".monthbar h2", "20")
	p.do(chromedp.NavigateBack())
	p.seeTitles("One")
	p.do(chromedp.NavigateBack())
	p.see("h1", "Lists")
	p.do(chromedp.NavigateForward())
	p.seeTitles("One")
	p.do(chromedp.Reload())
	p.seeTitles("One")
	p.goTo("#/list/Alice")
	p.seeTitles("Other")
	p.goTo("#/list/Bob/month/2024-02-01")
	p.see(".panel", "Thursday 1 February 2024")
	p.do(chromedp.Reload())
	p.see(".panel", "Thursday 1 February 2024")
	p.goTo("#/nowhere/%zz")
	p.see("h1", "Lists")
}
