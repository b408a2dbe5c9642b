package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// One browser shows a site of its own to each of these.
func TestPage(t *testing.T) {
	browser := openBrowser(t)
	for _, test := range []struct {
		name string
		run  func(*site)
	}{
		{"lists", testLists},
		{"mouse", testMouse},
		{"keyboard", testKeyboard},
		{"typing", testTyping},
		{"elsewhere", testElsewhere},
		{"month", testMonth},
		{"history", testHistory},
		{"connection lost", testLost},
		{"answer lost", testAnswerLost},
		{"refused", testRefused},
		{"conflict", testConflict},
		{"deleted while open", testDeletedWhileEdited},
		{"drafts", testDrafts},
		{"hostile names", testHostile},
		{"markup", testMarkup},
		{"long list", testLongList},
		{"scroll up", testScrollUp},
		{"more lost", testMoreLost},
		{"many lists", testManyLists},
		{"print", testPrint},
		{"print lists", testPrintLists},
		{"narrow", testNarrow},
		{"login", testLogin},
		{"owners", testOwners},
		{"somebody else", testElsewhereIn},
		{"reader", testReader},
		{"undo", testUndo},
		{"by hand", testByHand},
		{"undo race", testUndoRace},
		{"axe", testAxe},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			s.browser = browser
			test.run(s)
		})
	}
}

func testLists(s *site) {
	p := s.open("")
	p.see(".empty", "There are no lists yet")
	s.add("Bob", "", "Dentist")
	p.see(".lists a", "Bob")
	p.see(".lists .numbers", "1 open · 1 entry")
	s.add("Alice", "", "Dentist")
	s.call(http.MethodPost, "/v1/lists/Bob/done", map[string]any{"ids": []int{1}}, nil)
	p.see(".lists li:nth-child(2)", "0 open · 1 entry")

	p.press("/")
	p.press("B")
	p.wait(`document.querySelectorAll(".lists a").length === 1`)
	p.see(".begin", "New list B")
	p.do(chromedp.Reload())
	p.wait(`document.querySelector("#filter")?.value === "B" && document.querySelectorAll(".lists a").length === 1`)
	p.press("/")
	p.press(enter) // makes what is typed
	p.wait(`document.querySelector("h1").textContent === "B"`)
	p.do(chromedp.NavigateBack())
	p.see(".lists a", "Bob")
	p.press("/")
	p.press(kb.ArrowDown)
	p.wait(`document.activeElement.getAttribute("aria-activedescendant") === document.querySelector(".lists a[role=option][aria-selected=true]").id`)
	p.press(enter) // takes what was chosen
	p.see("h1", "Bob")
	p.do(chromedp.NavigateBack())
	p.see(".lists a", "Bob")
	p.press("/")
	p.press(kb.ArrowDown + kb.ArrowUp + enter)
	p.wait(`document.querySelector("h1").textContent === "B"`)
	p.do(chromedp.NavigateBack())
	p.see(".lists a", "Bob")
	p.press("/")
	p.press(kb.Tab + kb.Tab + enter) // past New list B
	p.see("h1", "Bob")
	p.do(chromedp.NavigateBack())
	p.see(".lists a", "Bob")
	p.write("#filter", "New")
	p.see(".empty", "No list begins so.")
	p.press(enter)
	p.see("h1", "New")
	p.press("l")
	p.see("h1", "Lists")
	p.see(".lists a", "Alice")
	p.press("jj" + enter)
	p.see("h1", "Bob")
	p.click(".up")
	p.see("h1", "Lists")
	s.call(http.MethodDelete, "/v1/lists/Bob", nil, nil)
	p.wait(`document.querySelectorAll(".lists a").length === 1`)
}

func testMouse(s *site) {
	p := s.open("#/list/Bob")
	p.see(".empty", "This list is empty")
	p.write("#add-title", "Dentist")
	p.setDate("#add-date", "2024-01-01")
	p.click("form.add .main")
	p.seeTitles("Dentist")
	p.see(".day h2", "Monday 1 January 2024")

	p.click(row(1, "[data-act=edit]"))
	p.write("#editor-title", "Dentist, again")
	p.click("#editor-undated")
	p.click("#editor .main")
	p.seeTitles("Dentist, again")
	p.see(".day h2", "No date")
	p.click(row(1, "[data-act=toggle]"))
	p.wait(`document.querySelector(".entry.done")`)
	p.see(".head", "0 open, 1 done")
	p.click(row(1, "[data-act=toggle]"))
	p.wait(`document.querySelector(".entry:not(.done)")`)
	p.click(row(1, "[data-act=remove]"))
	p.seeTitles()
	p.click("button[aria-label=Undo]")
	p.seeTitles("Dentist, again")
	p.click("button[aria-label=Redo]")
	p.seeTitles()
	p.click("button[aria-label=Undo]")
	p.seeTitles("Dentist, again")
	p.settled()
	assert.Equal(s.t, []string{"Dentist, again"}, s.titles("Bob"))

	p.click(row(1, "[data-act=toggle]"))
	p.wait(`document.querySelector(".entry.done")`)
	p.click(".head .check input")
	p.see(".empty", "Nothing is open.")
	p.click(".head .check input")
	p.seeTitles("Dentist, again")
	p.click("#help-button")
	p.see("#help", "Undo the latest change of the list")
	p.click("#help .main")
	p.do(chromedp.WaitNotVisible(chromedp.CSS("#help")))
}

func testKeyboard(s *site) {
	s.add("Bob", "", "One")
	s.add("Bob", "", "Two")
	s.add("Bob", "", "Three")
	p := s.open("#/list/Bob")
	p.seeTitles("One", "Two", "Three")
	p.press("n")
	p.press("Four" + enter)
	p.see(".day h2", "Today")
	p.seeTitles("Four", "One", "Two", "Three")
	p.settled()
	p.do(chromedp.Blur(chromedp.CSS("#add-title")))

	focused := func(title string) {
		p.wait(`document.activeElement.querySelector(".title")?.textContent === ` + quote(title))
	}
	p.press("jj")
	focused("One")
	p.press(kb.ArrowDown)
	focused("Two")
	p.press("k" + kb.ArrowUp)
	focused("Four")
	p.press("x")
	p.wait(`document.activeElement.matches(".done")`)
	p.press(" ")
	p.wait(`document.activeElement.matches(".entry:not(.done)")`)
	p.press("e")
	p.write("#editor-title", "For")
	p.press(kb.Enter, chromedp.ModifierShift)
	p.press("tea" + enter)
	p.seeTitles("For\ntea", "One", "Two", "Three")
	focused("For\ntea")
	p.press(enter)
	p.wait(`document.querySelector("#editor").open`)
	p.press(kb.Escape)
	p.wait(`!document.querySelector("#editor").open`)
	p.press("d")
	p.seeTitles("One", "Two", "Three")
	focused("One")
	p.press("u")
	p.seeTitles("For\ntea", "One", "Two", "Three")
	p.press("r")
	p.seeTitles("One", "Two", "Three")
	p.press("m")
	p.see(".monthbar h2", "20")
	p.press("m")
	p.seeTitles("One", "Two", "Three")
	p.press("t")
	p.see(".panel", dayFrom(0)[:4])
	p.press("?")
	p.wait(`document.querySelector("#help").open`)
	p.press("l") // rests while a dialog is open
	p.press(kb.Escape)
	p.wait(`!document.querySelector("#help").open && location.hash !== "#/"`)
	p.settled()
	assert.Len(s.t, s.titles("Bob"), 3)
}

// Keys must not do anything while someone types, nor when they are off.
func testTyping(s *site) {
	s.add("Bob", "", "One")
	p := s.open("#/list/Bob")
	p.seeTitles("One")
	const all = "/njkxedurmtl?"
	p.write("#add-title", all)
	assert.Equal(s.t, all, eval[string](p, `document.querySelector("#add-title").value`))
	assert.Equal(s.t, "#/list/Bob", eval[string](p, "location.hash"))
	assert.False(s.t, eval[bool](p, `document.querySelector("dialog[open]") !== null`))
	p.do(chromedp.Blur(chromedp.CSS("#add-title")))
	p.press("n", chromedp.ModifierAlt)
	assert.False(s.t, eval[bool](p, `document.activeElement.matches("textarea")`))

	p.press("?")
	p.click("#keys-on")
	p.press(kb.Escape)
	p.press("l")
	p.press("?")
	assert.Equal(s.t, "#/list/Bob", eval[string](p, "location.hash"))
	assert.False(s.t, eval[bool](p, `document.querySelector("#help").open`))
	p.settled()
	assert.Equal(s.t, []string{"One"}, s.titles("Bob"))
}

// The second client changes everything that can change.
func testElsewhere(s *site) {
	p := s.open("#/list/Bob")
	p.see(".empty", "This list is empty")
	one := s.add("Bob", "", "One")
	p.seeTitles("One")
	p.see("#said", "Changed elsewhere (add): “One”")
	path := fmt.Sprintf("/v1/lists/Bob/entries/%d", one.ID)
	s.call(http.MethodPatch, path, map[string]any{"title": "First", "date": "2024-01-01"}, nil)
	p.seeTitles("First")
	p.see(".day h2", "1 January 2024")
	s.call(http.MethodPatch, path, map[string]any{"status": "done"}, nil)
	p.wait(`document.querySelector(".entry.done")`)
	s.call(http.MethodPost, "/v1/lists/Bob/undo", nil, nil)
	p.wait(`document.querySelector(".entry:not(.done)")`)
	s.call(http.MethodDelete, path, nil, nil)
	p.seeTitles()
	s.call(http.MethodPost, "/v1/lists/Bob/undo", nil, nil)
	p.seeTitles("First")
	s.add("Bob", "2023-01-01", "Before")
	p.seeTitles("Before", "First")
	s.call(http.MethodDelete, "/v1/lists/Bob", nil, nil)
	p.seeTitles()
	s.add("Bob", "", "Anew")
	p.seeTitles("Anew")
	p.write("#add-title", "Mine")
	p.press(enter)
	p.wait(titles + `.length === 2`)
	p.settled()
	require.ElementsMatch(s.t, []string{"Anew", "Mine"}, s.titles("Bob"))
}
