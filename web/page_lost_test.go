package web_test

import (
	"net/http"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
)

// The server goes away and comes back: what was done meanwhile is kept, over a
// reload too, and arrives once.
func testLost(s *site) {
	for _, title := range []string{"One", "Two", "Three", "Four"} {
		s.add("Bob", "", title)
	}
	p := s.open("#/list/Bob")
	p.seeTitles("One", "Two", "Three", "Four")
	p.write("#add-title", "Half a tho")
	s.stop()
	p.see("#notice", "The server cannot be reached")
	p.see("#link", "Offline")
	assert.Equal(s.t, "Half a tho", eval[string](p, `document.querySelector("#add-title").value`))
	p.setDate("#add-date", "")
	p.write("#add-title", "Half a thought")
	p.press(enter)
	p.see(".entry.pending", "Waiting to be added")
	p.click(row(1, "[data-act=toggle]"))
	p.click(row(2, "[data-act=remove]"))
	p.click(row(3, "[data-act=edit]"))
	p.write("#editor-title", "Third")
	p.press(enter)
	p.seeTitles("One", "Two", "Third", "Four", "Half a thought")
	p.see("#notice", "4 changes waiting.")
	p.click("button[aria-label=Undo]")
	p.see("#said", "Taken back before it was sent: “Third”")
	p.seeTitles("One", "Two", "Three", "Four", "Half a thought")
	p.click("button[aria-label=Redo]")
	p.see("#alarm", "The server cannot be reached: redo again when it is back.")
	p.click(row(3, "[data-act=edit]"))
	p.write("#editor-title", "Third")
	p.press(enter)
	p.see("#notice", "4 changes waiting.")

	// It is back when the page is loaded anew.
	p.write("#add-title", "A draft")
	s.start()
	p.do(chromedp.Reload())
	p.seeTitles("One", "Third", "Four", "Half a thought")
	p.settled()
	p.see(".entry.done .title", "One")
	assert.Equal(s.t, "A draft", eval[string](p, `document.querySelector("#add-title").value`))
	p.settled()
	assert.Equal(s.t, []string{"One", "Third", "Four", "Half a thought"}, s.titles("Bob"))

	// And without a reload.
	s.stop()
	p.see("#link", "Offline")
	p.press("n" + enter)
	p.write("#add-title", "Two at once")
	p.press(enter)
	p.see("#notice", "2 changes waiting.")
	s.start()
	p.see("#link", "Up to date")
	p.seeTitles("One", "Third", "Four", "Half a thought", "A draft", "Two at once")
	p.settled()
	assert.Equal(s.t, []string{"One", "Third", "Four", "Half a thought", "A draft", "Two at once"}, s.titles("Bob"))
	s.add("Bob", "", "Still live")
	p.see(".entry .title", "Still live")
}

// Changes are carried out, but their answers never come: asked again, they
// happen once.
func testAnswerLost(s *site) {
	s.add("Bob", "", "One")
	p := s.open("#/list/Bob")
	p.seeTitles("One")
	p.setDate("#add-date", "")
	s.losing.Store(true)
	p.write("#add-title", "Two")
	p.press(enter)
	p.click(row(1, "[data-act=edit]"))
	p.write("#editor-title", "First")
	p.press(enter)
	<-s.lost
	<-s.lost // a change is sent, and sent again
	s.losing.Store(false)
	p.settled()
	p.seeTitles("First", "Two")
	p.settled()
	assert.Equal(s.t, []string{"First", "Two"}, s.titles("Bob"))
}

// What the server refuses stays with the person, as they typed it.
func testRefused(s *site) {
	s.add("Bob", "", "One")
	p := s.open("#/list/Bob")
	p.seeTitles("One")
	const unseen = "\u200b" // which the page takes for something
	p.write("#add-title", unseen)
	p.press(enter)
	p.see(".card h2", "Not added")
	p.see("#alarm", "othing can be seen of the title")
	p.do(chromedp.Reload())
	p.see(".card .title", unseen)
	p.click(".card .main")
	p.see("#alarm", "othing can be seen of the title")
	p.click(".card .plain")
	assert.Equal(s.t, unseen, eval[string](p, `document.querySelector("#editor-title").value`))
	p.write("#editor-title", "\u200b\u200b")
	p.press(enter)
	p.see(".card .title", "\u200b\u200b")
	p.goTo("#/")
	p.see("#notice", "Not saved: Bob.")
	p.click("#notice a")
	p.click(".card .plain")
	p.write("#editor-title", "Mine")
	p.press(enter)
	p.see(".entry .title", "Mine")
	p.wait(`!document.querySelector(".card")`)
	p.settled()
	assert.ElementsMatch(s.t, []string{"One", "Mine"}, s.titles("Bob"))
}

func testConflict(s *site) {
	s.add("Bob", "", "One")
	p := s.open("#/list/Bob")
	p.seeTitles("One")
	conflict := func(mine, other string) {
		p.click(row(1, "[data-act=edit]"))
		s.call(http.MethodPatch, "/v1/lists/Bob/entries/1", map[string]any{"title": other}, nil)
		p.see("#editor-other", "It is now: "+other)
		p.write("#editor-title", mine)
		p.press(enter)
		p.see(".card h2", "Changed elsewhere while you edited it")
		p.see(".card dd", mine)
		p.see(".card dd", other)
		p.seeTitles(other)
		p.settled()
		assert.Equal(s.t, []string{other}, s.titles("Bob"))
	}
	conflict("Mine", "Other")
	p.click(".card .main")
	p.seeTitles("Mine")
	p.wait(`!document.querySelector(".card")`)
	conflict("Mine again", "Another")
	p.click(".card .plain:last-child")
	p.wait(`!document.querySelector(".card")`)
	p.seeTitles("Another")
	conflict("Half", "Whole")
	p.click(".card .plain")
	p.write("#editor-title", "Half and whole")
	p.press(enter)
	p.seeTitles("Half and whole")
	p.wait(`!document.querySelector(".card")`)

	// Marked as done meanwhile: an edit of the title leaves that.
	p.click(row(1, "[data-act=edit]"))
	s.call(http.MethodPost, "/v1/lists/Bob/done", map[string]any{"ids": []int{1}}, nil)
	p.wait(`document.querySelector(".entry.done")`)
	p.write("#editor-title", "Both")
	p.press(enter)
	p.seeTitles("Both")
	p.settled()
	assert.Equal(s.t, []item{{ID: 1, Status: "done", Title: "Both"}}, s.entries("Bob"))
}

func testDeletedWhileEdited(s *site) {
	s.add("Bob", "", "One")
	p := s.open("#/list/Bob")
	p.seeTitles("One")
	p.click(row(1, "[data-act=edit]"))
	s.call(http.MethodDelete, "/v1/lists/Bob/entries/1", nil, nil)
	p.see("#editor-other", "deleted elsewhere")
	p.write("#editor-title", "Many words")
	p.press(enter)
	p.see(".card .title", "Many words")
	p.click(".card .main")
	p.seeTitles("Many words")
	p.settled()
	assert.Equal(s.t, []string{"Many words"}, s.titles("Bob"))
}

// What is being typed survives a reload, and a look at another list.
func testDrafts(s *site) {
	s.add("Bob", "", "One")
	p := s.open("#/list/Bob")
	p.seeTitles("One")
	p.write("#add-title", "To be")
	p.setDate("#add-date", "2024-05-05")
	p.click(row(1, "[data-act=edit]"))
	p.write("#editor-title", "One and")
	p.do(chromedp.Reload())
	p.wait(`document.querySelector("#editor").open`)
	p.goTo("#/")
	p.see("h1", "Lists")
	assert.False(s.t, eval[bool](p, `document.querySelector("#editor").open`))
	p.goTo("#/list/Bob")
	p.wait(`document.querySelector("#editor").open`)
	assert.Equal(s.t, "One and", eval[string](p, `document.querySelector("#editor-title").value`))
	p.press(" two" + enter)
	p.seeTitles("One and two")
	assert.Equal(s.t, "To be 2024-05-05", eval[string](p, `document.querySelector("#add-title").value + " " + document.querySelector("#add-date").value`))
	p.click(row(1, "[data-act=edit]"))
	p.write("#editor-title", "Given up")
	p.press(kb.Escape)
	p.do(chromedp.Reload())
	p.seeTitles("One and two")
	assert.False(s.t, eval[bool](p, `document.querySelector("#editor").open`))
}
