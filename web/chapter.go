package web

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"todoshell/todo"
)

// chapterCalls adds the two calls of the book's to-do server, in text.
func (a *api) chapterCalls(mux *routes) {
	mux.HandleFunc("GET /entries", a.chapterEntries)
	mux.HandleFunc("POST /add_entry", a.chapterAdd)
}

var oneLine = strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`)

// chapterEntries answers a line for each entry of a date, or of all without one.
func (a *api) chapterEntries(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	span := todo.Always
	if query.Has("date") {
		date, err := todo.ParseISODate(query.Get("date"))
		if err != nil {
			problem(w, r, err)
			return
		}
		span = todo.Span{From: date, To: date}
	}
	list, err := a.within(r.Context()).List(r.Context(), query.Get("list"))
	if err != nil {
		problem(w, r, err)
		return
	}
	var b []byte
	for e := range list.Entries(span) {
		if len(b) > 0 {
			b = append(b, '\n')
		}
		b = append(e.Date.Append(b), ' ')
		b = append(b, oneLine.Replace(e.Title)...)
	}
	text(w, b)
}

func (a *api) chapterAdd(w http.ResponseWriter, r *http.Request) {
	var date todo.Date
	form, err := sentForm(r, "list", "date", "title")
	if day := form.Get("date"); err == nil && day != "" {
		date, err = todo.ParseISODate(day)
	}
	if err == nil {
		title, c := form.Get("title"), Conditions{Key: r.Header.Get("Idempotency-Key")}
		add := todo.Command{Kind: todo.Add, Patch: todo.Patch{Date: &date, Title: &title}}
		_, err = a.ask(r.Context(), form.Get("list"), c, add, date, title).do(r.Context())
	}
	if err != nil {
		problem(w, r, err)
		return
	}
	text(w, []byte("OK"))
}

// sentForm returns the fields of a request, from its query and its body. There are no others than these.
func sentForm(r *http.Request, fields ...string) (url.Values, error) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.ContentLength != 0 && media != formType {
		return nil, &todo.Error{Code: badMedia, Message: fmt.Sprintf("the body is %q", todo.Shown(r.Header.Get("Content-Type"))),
			Hint: "send a form, Content-Type: " + formType}
	}
	if err := r.ParseForm(); err != nil {
		return nil, badForm(err)
	}
	known := make(map[string]bool)
	for _, field := range fields {
		known[field] = true
	}
	if flaws := checkQuery(nil, known, r.Form); len(flaws) > 0 {
		return nil, flawed(http.StatusUnprocessableEntity, "the request is not as described", flaws)
	}
	return r.Form, nil
}

const formType = "application/x-www-form-urlencoded"

func text(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(b) // whoever has gone needs no answer
}
