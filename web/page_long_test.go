package web_test

import (
	"fmt"
	"iter"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// around are two entries on each of a thousand days, today in their middle.
func around() iter.Seq[item] {
	return func(yield func(item) bool) {
		for i := range 2000 {
			day := i/2 - 500
			if !yield(item{Date: new(dayFrom(day)), Status: "open", Title: fmt.Sprintf("Entry %d of day %d", i%2+1, day)}) {
				return
			}
		}
	}
}

// inSight tells whether an element that has this text is on the screen, below what
// stays at its top.
func inSight(selector, text string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(%s)].some(e => e.textContent.includes(%s) &&
		e.getBoundingClientRect().top >= document.querySelector(".add").getBoundingClientRect().bottom - 1 && e.getBoundingClientRect().bottom <= innerHeight)`, quote(selector), quote(text))
}

const pagesAsked = `performance.getEntriesByType("resource").map(e => e.name).filter(name => /entries[?]|lists[?]/.test(name))`

// A long list opens at today, has the rest come as one goes there, and shows what was
// just added.
func testLongList(s *site) {
	s.fill("Bob", around())
	p := s.open("#/list/Bob")
	p.wait(inSight(".day h2", "Today"))
	p.wait(inSight(".entry", "Entry 2 of day -1"))
	p.wait(inSight(".entry", "Entry 2 of day 0"))
	p.see(".head", "2,000 open")
	assert.Less(s.t, eval[int](p, titles+".length"), 1000, "and yet most are not here")

	// Up and down, all are there in the end, and each page was asked for once.
	const ends = `(() => {
		const all = ` + titles + `
		return all[0] === "Entry 1 of day -500" && all.at(-1) === "Entry 2 of day 499" ? all.length : 0
	})()`
	eval[bool](p, `new Promise(done => {
		const go = setInterval(() => {
			const first = document.querySelector(".entry")
			scrollTo(0, document.querySelector(".more").hidden ? document.documentElement.scrollHeight : 100)
			if (`+ends+`) { clearInterval(go); done(true) }
		}, 20)
	})`)
	assert.Equal(s.t, 2000, eval[int](p, ends))
	assert.Equal(s.t, 2000, eval[int](p, "new Set("+titles+").size"))
	assert.Equal(s.t, eval[int](p, pagesAsked+".length"), eval[int](p, "new Set("+pagesAsked+").size"))
	p.see(".head", "2,000 open")
	p.click(".parts a:first-child")
	p.wait(inSight(".day h2", "Today"))

	add := func(title, date string) {
		p.setDate("#add-date", date)
		p.write("#add-title", title)
		p.press(enter)
		p.wait(inSight(".entry:not(.pending)", title))
	}
	add("Soon", dayFrom(30))
	add("Far away", dayFrom(498))
	add("Long ago", dayFrom(-499))
	add("Some time", "")
	add("Today's", dayFrom(0))
	p.see(".head", "2,005 open")
	s.add("Bob", dayFrom(0), "Another's")
	p.see(".head", "2,006 open")
	p.click(".parts a:first-child")
	p.wait(inSight(".day h2", "Today"))
	p.click(".head .check input") // what is done is hidden
	p.wait(inSight(".day h2", "Today"))
	p.see(".head", "2,006 open")
}

// What is on the screen stays there while more comes above it.
func testScrollUp(s *site) {
	s.fill("Bob", around())
	p := s.open("#/list/Bob")
	p.wait(inSight(".day h2", "Today"))
	before := eval[int](p, titles+".length")
	first := eval[string](p, titles+"[0]")
	p.do(chromedp.Evaluate[chromedp.Void]("scrollTo(0, 0)"))
	p.wait(fmt.Sprintf("%s.length > %d", titles, before))
	p.wait(inSight(".entry", first))

	// Without a mouse: the button is there for the keyboard.
	p.do(chromedp.Focus(chromedp.CSS(".more:not([hidden])")))
	p.press(enter)
	p.wait(fmt.Sprintf("%s.length > %d", titles, before+200))
}

// What could not be loaded is not asked for again and again: the button does, and a
// connection that is back.
func testMoreLost(s *site) {
	s.fill("Bob", around())
	p := s.open("#/list/Bob")
	p.wait(inSight(".day h2", "Today"))
	s.failing.Store(true)
	p.do(chromedp.Evaluate[chromedp.Void]("scrollTo(0, 0)"))
	<-s.failed
	eval[bool](p, `new Promise(done => {
		let frames = 60 // in each of which it could ask again
		const next = () => (frames-- ? requestAnimationFrame(next) : done(true))
		next()
	})`)
	assert.Less(s.t, len(s.failed), 5)
	s.failing.Store(false)
	before := eval[int](p, titles+".length")
	p.click(".more:not([hidden])")
	p.wait(fmt.Sprintf("%s.length > %d", titles, before))
}

// All of 5,000 lists come as one goes there, each page once.
func testManyLists(s *site) {
	for i := range 5000 {
		require.NoError(s.t, s.put(fmt.Sprintf("list %04d", i)))
	}
	p := s.open("")
	p.see(".lists a", "list 0000")
	assert.Less(s.t, eval[int](p, `document.querySelectorAll(".lists a").length`), 1000)
	eval[bool](p, `new Promise(done => {
		const down = setInterval(() => {
			scrollTo(0, document.documentElement.scrollHeight)
			if (document.querySelectorAll(".lists a").length === 5000) { clearInterval(down); done(true) }
		}, 20)
	})`)
	assert.Equal(s.t, 50, eval[int](p, pagesAsked+".length"))
	assert.Equal(s.t, 50, eval[int](p, "new Set("+pagesAsked+").size"))
	s.add("list%204999", "", "Another")
	p.wait(`document.querySelector(".lists li:last-child").textContent === "list 49992 open · 2 entries"`)
	s.add("list%204444a", "", "New")
	p.wait(`document.querySelector(".lists li:nth-child(4446)").textContent === "list 4444a1 open · 1 entry"`)
	assert.Equal(s.t, 52, eval[int](p, pagesAsked+".length"), "only these two were looked at again")
}
