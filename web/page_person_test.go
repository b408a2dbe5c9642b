package web_test

import (
	"net/http"
	"strings"

	"todoshell/todo"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (s *site) newToken(name string, grant todo.Grant) string {
	s.t.Helper()
	token, err := s.tokens.Add(name, grant)
	require.NoError(s.t, err)
	return token
}

// logIn fills in the form that the page shows.
func (p *tab) logIn(token, name string) {
	p.t.Helper()
	p.see("h1", "Log in")
	p.write("#token", token)
	p.press(enter)
	p.see("#me", name)
}

func testLogin(s *site) {
	s.add("Bob", "", "One")
	p := s.open("#/list/Bob")
	p.seeTitles("One")
	s.token = s.newToken("all", todo.Grant{}) // from now on the page is a stranger
	p.write("#add-title", "Before the login")
	p.press(enter)
	p.see("h1", "Log in")
	p.write("#token", strings.Repeat("x", 20))
	p.press(enter)
	p.see("#token-error", "The server does not know this token.")
	for said := ""; !strings.Contains(said, "before you try another one."); { // it is soon forgotten
		for range 6 { // others at the same address
			r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url("/login"), nil)
			require.NoError(s.t, err)
			answer, err := http.DefaultClient.Do(r)
			require.NoError(s.t, err)
			require.NoError(s.t, answer.Body.Close())
		}
		p.press(enter)
		p.wait(`document.querySelector("#token-error").textContent`)
		said = eval[string](p, `document.querySelector("#token-error").textContent`)
	}
	p.logIn(s.token, "all")
	p.seeTitles("One") // what nobody in particular has written is not sent as theirs
	p.settled()
	p.click("#logout")
	p.see(".login .check", "1 change made here before anyone had to log in waits to be sent. It is mine.")
	p.click("#adopt")
	p.logIn(s.token, "all")
	p.goTo("#/list/Bob")
	p.see(".entry .title", "Before the login")
	p.settled()
	assert.ElementsMatch(s.t, []string{"One", "Before the login"}, s.titles("Bob"))
	p.click("#logout")
	p.see("h1", "Log in")
	p.wait(`location.hash === "#/" && !document.querySelector(".login .check") && !document.body.innerText.includes("Bob")`)
}

// What one person has typed is neither shown nor sent for the next one who logs in.
func testOwners(s *site) {
	s.add("Bob", "", "One")
	ann, ben := s.newToken("ann", todo.Grant{}), s.newToken("ben", todo.Grant{})
	s.token = ben
	p := s.open("#/list/Bob")
	p.logIn(ann, "ann")
	p.seeTitles("One")
	s.busy.Store(true)
	p.write("#add-title", "Ann's secret")
	p.press(enter)
	p.see(".entry.pending .title", "Ann's secret")
	p.write("#add-title", "Ann's draft")
	p.click("#logout")
	p.see("#ask", "1 change is not saved yet")
	p.click("#ask-choices :last-child")
	p.see("#me", "ann")
	p.click("#logout")
	p.click("#ask-choices :first-child")
	p.see("h1", "Log in")
	assert.NotContains(s.t, eval[string](p, "document.body.innerText"), "1 change")

	s.busy.Store(false)
	p.logIn(ben, "ben")
	p.see(".lists .numbers", "1 open · 1 entry")
	p.goTo("#/list/Bob")
	p.seeTitles("One")
	p.settled()
	assert.Empty(s.t, eval[string](p, `document.querySelector("#add-title").value`))
	assert.Equal(s.t, []string{"One"}, s.titles("Bob"))
	p.click("#logout")

	// The same name is not the same person.
	require.NoError(s.t, s.tokens.Revoke("ben"))
	s.token = s.newToken("ben", todo.Grant{})
	p.logIn(s.token, "ben")
	p.click("#logout")
	p.logIn(ann, "ann")
	p.goTo("#/list/Bob")
	p.see(".entry .title", "Ann's secret")
	p.settled()
	assert.ElementsMatch(s.t, []string{"One", "Ann's secret"}, s.titles("Bob"))
	assert.Equal(s.t, "Ann's draft", eval[string](p, `document.querySelector("#add-title").value`))
}

// Another page of the browser lets somebody else in.
func testElsewhereIn(s *site) {
	s.add("Bob", "", "One")
	ann, ben := s.newToken("ann", todo.Grant{}), s.newToken("ben", todo.Grant{})
	s.token = ben
	p := s.open("#/list/Bob")
	p.logIn(ann, "ann")
	p.seeTitles("One")
	q := s.open("#/list/Bob")
	q.seeTitles("One")
	q.see("#me", "ann")
	q.click("#logout")
	p.see("h1", "Log in")
	q.logIn(ben, "ben")
	p.see("#me", "ben")

	// And something that is no page of ours.
	p.goTo("#/list/Bob")
	p.seeTitles("One")
	eval[*struct{}](p, "fetch('/login', {method: 'POST', body: new URLSearchParams({token: "+quote(ann)+"})}).then(() => null)")
	p.write("#add-title", "Ben's")
	p.press(enter)
	p.see("#me", "ann")
	p.seeTitles("One")
	p.settled()
	assert.Equal(s.t, []string{"One"}, s.titles("Bob"))
}

// Who may only look sees nothing to change anything with.
func testReader(s *site) {
	s.add("Bob", dayFrom(0), "One")
	s.token = s.newToken("all", todo.Grant{})
	p := s.open("#/?filter=New")
	p.logIn(s.newToken("reader", todo.Grant{ReadOnly: true}), "reader")
	p.see(".empty", "No list begins so.")
	assert.False(s.t, eval[bool](p, `document.querySelector(".begin").checkVisibility()`))
	p.goTo("#/list/Bob")
	p.seeTitles("One")
	for _, control := range []string{"form.add", ".acts", ".entry input", "button[aria-label=Undo]", "button[aria-label=Redo]"} {
		assert.Zero(s.t, eval[int](p, `[...document.querySelectorAll(`+quote(control)+`)].filter(e => e.checkVisibility()).length`), control)
	}
	p.press("j")
	p.wait(`document.activeElement.matches(".entry")`)
	p.press("xedurn" + enter)
	p.press("?")
	p.see("#help", "Go to the next entry or list")
	assert.NotContains(s.t, eval[string](p, `document.querySelector("#help").innerText`), "Undo")
	p.click("#help .main")
	assert.False(s.t, eval[bool](p, `document.querySelector("dialog[open]") !== null`))
	p.see(".state", "")
	s.call("POST", "/v1/lists/Bob/done", map[string]any{"ids": []int{1}}, nil)
	p.wait(`document.querySelector(".entry.done .state[aria-label=Done]")`)
	p.do(chromedp.Reload())
	p.see("#me", "reader")
	assert.Equal(s.t, []item{{ID: 1, Date: new(dayFrom(0)), Status: "done", Title: "One"}}, s.entries("Bob"))

	// Who may use some lists is offered to begin no others.
	p.goTo("#/")
	p.click("#logout")
	p.logIn(s.newToken("home", todo.Grant{Prefix: "home/"}), "home")
	p.write("#filter", "work")
	p.see(".empty", "No list begins so.")
	assert.False(s.t, eval[bool](p, `document.querySelector(".begin").checkVisibility()`))
	p.write("#filter", "home/work")
	p.see(".begin", "New list home/work")
}
