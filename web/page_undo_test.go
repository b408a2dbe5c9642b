package web_test

import (
	"net/http"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
)

// Undo takes back what the person has done on this page, and asks before it takes back
// anything else.
func testUndo(s *site) {
	s.add("Bob", "", "Other")
	p := s.open("#/list/Bob")
	p.seeTitles("Other")
	p.click("button[aria-label=Undo]")
	p.see("#ask", "The latest change of this list: added “Other”")
	p.press(kb.Escape)
	p.setDate("#add-date", "")
	p.write("#add-title", "Mine")
	p.press(enter)
	p.seeTitles("Other", "Mine")
	p.settled()
	p.click("button[aria-label=Undo]")
	p.see("#said", "Undone: added “Mine”")
	p.seeTitles("Other")
	assert.Regexp(s.t, `^"[0-9a-f]{32}"$`, <-s.undos, "the list as the person's change has left it")
	p.click("button[aria-label=Undo]") // what is left is another's
	p.see("#ask", "added “Other”")
	p.press(kb.Escape)
	p.click("button[aria-label=Redo]")
	p.see("#said", "Done again: added “Mine”")
	p.seeTitles("Other", "Mine")

	// Another change came after it: the own one can be taken back by hand.
	s.add("Bob", "", "Later")
	p.seeTitles("Other", "Mine", "Later")
	p.settled()
	p.do(chromedp.Blur(chromedp.CSS("#add-title")))
	p.press("u")
	p.see("#ask", "Yours: added “Mine”.")
	p.see("#ask", "Since then: added “Later”.")
	p.see("#ask", "Undo: added “Later”")
	p.see("#ask", "Leave it")
	p.click("#ask-choices :first-child")
	p.seeTitles("Other", "Later")
	p.settled()
	assert.Equal(s.t, []string{"Other", "Later"}, s.titles("Bob"))
	p.press("u")
	p.seeTitles("Other", "Mine", "Later")
	p.settled()

	// Or the other one, where the person says so.
	s.call(http.MethodPatch, "/v1/lists/Bob/entries/2", map[string]any{"title": "Not mine"}, nil)
	p.seeTitles("Other", "Not mine", "Later")
	p.press("u")
	p.see("#ask", "Undo: changed “Not mine”")
	p.wait(`document.querySelectorAll("#ask-choices button").length === 2`) // it is not as it was left
	p.click("#ask-choices :first-child")
	p.seeTitles("Other", "Mine", "Later")
	p.see("#said", "Undone: changed “Not mine”")
	p.press("r")
	p.seeTitles("Other", "Not mine", "Later")
}

// Each kind of change can be taken back by hand after others came.
func testByHand(s *site) {
	for _, title := range []string{"One", "Two", "Three", "Other"} {
		s.add("Bob", "", title)
	}
	s.call(http.MethodPost, "/v1/lists/Bob/done", map[string]any{"ids": []int{2}}, nil)
	p := s.open("#/list/Bob")
	p.seeTitles("One", "Two", "Three", "Other")
	after := func(offer string) {
		p.settled()
		s.call(http.MethodPost, "/v1/lists/Bob/done", map[string]any{"ids": []int{4}}, nil)
		s.call(http.MethodPost, "/v1/lists/Bob/reopen", map[string]any{"ids": []int{4}}, nil)
		p.click("button[aria-label=Undo]")
		p.see("#ask-choices", offer)
		p.click("#ask-choices :first-child")
	}
	p.click(row(1, "[data-act=toggle]"))
	p.see(".entry.done .title", "One")
	after("Open “One” again")
	p.wait(`!document.querySelector(".entry:first-child").matches(".done")`)
	p.settled()
	p.click(row(2, "[data-act=toggle]"))
	p.wait(`!document.querySelector(".entry.done")`)
	after("Mark “Two” as done")
	p.see(".entry.done .title", "Two")
	p.settled()
	p.click(row(3, "[data-act=edit]"))
	p.write("#editor-title", "Third")
	p.press(enter)
	p.seeTitles("One", "Two", "Third", "Other")
	after("Change “Third” back")
	p.seeTitles("One", "Two", "Three", "Other")
	p.settled()
	p.click(row(2, "[data-act=remove]"))
	p.seeTitles("One", "Three", "Other")
	after("Add “Two” again")
	p.seeTitles("One", "Three", "Other", "Two")
	p.settled()
	assert.Equal(s.t, "done", s.entries("Bob")[3].Status)
}

// Another change arrives just before the undo: the server refuses it.
func testUndoRace(s *site) {
	p := s.open("#/list/Bob")
	p.see(".empty", "This list is empty")
	p.write("#add-title", "Mine")
	p.press(enter)
	p.seeTitles("Mine")
	p.settled()
	other := func() { s.add("Bob", "", "Other") }
	s.before.Store(&other)
	p.click("button[aria-label=Undo]")
	p.see("#ask", "Since then: added “Other”.")
	p.press(kb.Escape)
	p.settled()
	assert.Equal(s.t, []string{"Mine", "Other"}, s.titles("Bob"))

	// A second page of the same person is another one here.
	q := s.open("#/list/Bob")
	q.seeTitles("Mine", "Other")
	q.click(row(1, "[data-act=remove]"))
	q.seeTitles("Other")
	q.settled()
	p.seeTitles("Other")
	p.do(chromedp.Blur(chromedp.CSS("#add-title")))
	p.press("u")
	p.see("#ask", "deleted “Mine”")
	p.press(kb.Escape)
	q.click("button[aria-label=Undo]")
	q.seeTitles("Mine", "Other")
	q.settled()

	// What was undone can't be redone once others went on.
	q.click("button[aria-label=Redo]")
	q.seeTitles("Other")
	q.click("button[aria-label=Undo]")
	q.seeTitles("Mine", "Other")
	s.add("Bob", "", "Last")
	q.seeTitles("Mine", "Other", "Last")
	q.click("button[aria-label=Redo]")
	q.see("#alarm", "here is nothing to redo")
	assert.Equal(s.t, []string{"Mine", "Other", "Last"}, s.titles("Bob"))
}
