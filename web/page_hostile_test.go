package web_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func testMarkup(s *site) {
	const evil = `<img src=x onerror="document.title='pwned'"><script>document.title='pwned'</script><b>bold</b>`
	s.add("Bob", "", evil)
	s.add("%3Cimg%20src=x%20onerror=alert(1)%3E", "", evil)
	p := s.open("")
	p.see(".lists a", "<img src=x onerror=alert(1)>")
	p.click(".lists li:first-child a")
	p.seeTitles(evil)
	p.goTo("#/list/Bob")
	p.seeTitles(evil)
	p.click(row(1, "[data-act=edit]"))
	p.press(kb.Escape)
	s.call(http.MethodPatch, "/v1/lists/Bob/entries/1", map[string]any{"title": evil + evil}, nil)
	p.seeTitles(evil + evil)
	assert.Zero(s.t, eval[int](p, `document.querySelectorAll("main img, main b, main script, #said img, #said b").length`))
	assert.NotContains(s.t, eval[string](p, "document.title"), "pwned")
}

func testHostile(s *site) {
	p := s.open("")
	p.see(".empty", "There are no lists yet")
	names := []string{"a/b", "...", "it's \"quoted\"", "a?b#c%41", "קניות", "🛒 shopping", strings.Repeat("ä", 127), "a\\b", "+&=",
		"//", "a/../b", "../c", "./", "..\\", "%2e%2e", "%", "#", "?", "a\u2028b", "\u202eabc", ".. ", "\U0001f6d2\uffee"}
	for _, name := range names {
		p.write("#filter", name)
		p.press(enter)
		p.wait(`document.querySelector("h1").textContent === ` + quote(name))
		p.see(".empty", "This list is empty")
		p.write("#add-title", "In "+name)
		p.press(enter)
		p.seeTitles(strings.TrimSpace("In " + name))
		p.press(kb.Escape)
		p.goTo("#/")
		p.wait(`document.querySelector("h1").textContent === "Lists"`)
	}
	p.wait(fmt.Sprintf(`document.querySelectorAll(".lists a").length === %d`, len(names)))
	for name, why := range map[string]string{
		"..": "A browser can't ask for a list named “..”", ".": "A browser can't ask for a list named “.”", "/": "A browser can't ask for a list named “/”",
		strings.Repeat("ä", 128): "255", "a\nb": "control character", "  ": "nothing can be seen",
	} {
		for len(s.streams) > 0 {
			<-s.streams
		}
		p.goTo("#/list/" + eval[string](p, "encodeURIComponent("+quote(name)+")"))
		p.wait(fmt.Sprintf(`document.querySelector(".empty")?.textContent.toLowerCase().includes(%s)`, quote(strings.ToLower(why))))
		assert.False(s.t, eval[bool](p, `document.querySelector(".add")?.checkVisibility() ?? false`), name)
		p.goTo("#/")
		p.wait(`document.querySelector("h1").textContent === "Lists"`)
		for ours := true; ours; { // up to those of all lists, which this view follows
			at := <-s.streams
			ours = at != "/v1/events"
			assert.True(s.t, !ours || strings.HasPrefix(at, "/v1/lists/") && !strings.ContainsAny(name, "./"), "%q: %s", name, at)
		}
	}

	p.goTo("#/list/Bob")
	long := strings.Repeat("ab ", 1365) + "c"
	require.Len(s.t, long, 4096)
	fill := func(text string) {
		eval[bool](p, `{const f = document.querySelector("#add-title"); f.value = `+quote(text)+`; f.form.requestSubmit()} true`)
	}
	p.see(".empty", "This list is empty")
	fill(long + "d")
	p.see("#add-error", "4,097 bytes")
	assert.Equal(s.t, long+"d", eval[string](p, `document.querySelector("#add-title").value`))
	fill(long)
	p.seeTitles(long)
	fill("שלום עולם")
	p.wait(titles + `.length === 2`)
	fill("👩‍👩‍👧‍👦 family")
	p.wait(titles + `.length === 3`)
	p.settled()
	assert.Equal(s.t, []string{long, "שלום עולם", "👩‍👩‍👧‍👦 family"}, s.titles("Bob"))
}

func testNarrow(s *site) {
	s.add("Bob", dayFrom(0), strings.Repeat("Donaudampfschifffahrtsgesellschaft", 20))
	s.add("Bob", "", "Short")
	s.add(strings.Repeat("long", 60), "", "One")
	p := s.open("")
	p.size(360, 740)
	for _, fragment := range []string{"#/", "#/?filter=" + strings.Repeat("long", 20), "#/list/Bob", "#/list/Bob/month/" + dayFrom(0), "#/list/" + strings.Repeat("long", 60)} {
		p.goTo(fragment)
		p.wait(`document.querySelector(".entry, .lists a")`)
		assert.LessOrEqual(s.t, eval[int](p, "document.documentElement.scrollWidth"), 360, fragment)
	}
	p.goTo("#/list/Bob")
	p.wait(titles + `.length === 2`)
	p.click(row(1, "[data-act=edit]"))
	assert.LessOrEqual(s.t, eval[int](p, "document.documentElement.scrollWidth"), 360, "editor")
	p.press(kb.Escape)
	p.press("?")
	assert.LessOrEqual(s.t, eval[int](p, `document.querySelector("#help").getBoundingClientRect().right`), 360, "help")
}
