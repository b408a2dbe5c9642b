package api

import (
	"net/http"
	"strings"

	"todoshell/todo"

	"todoshell/web/guard"
	"todoshell/web/problem"
)

// chapterCalls adds the two calls of the book's to-do server, in text.
func (a *API) chapterCalls() {
	a.routes.HandleFunc("GET /entries", a.chapterEntries)
	a.routes.HandleFunc("POST /add_entry", a.chapterAdd)
}

var oneLine = strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`)

// chapterEntries answers a line for each entry of a date, or of all without one.
func (a *API) chapterEntries(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	span := todo.Always
	if query.Has("date") {
		date, err := todo.ParseISODate(query.Get("date"))
		if err != nil {
			problem.Write(w, err)
			return
		}
		span = todo.Span{From: date, To: date}
	}
	list, err := a.within(r.Context()).List(r.Context(), query.Get("list"))
	if err != nil {
		problem.Write(w, err)
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
	Text(w, b)
}

func (a *API) chapterAdd(w http.ResponseWriter, r *http.Request) {
	var date todo.Date
	form, err := guard.Form(r, "list", "date", "title")
	if day := form.Get("date"); err == nil && day != "" {
		date, err = todo.ParseISODate(day)
	}
	if err == nil {
		title, c := form.Get("title"), Conditions{Key: r.Header.Get("Idempotency-Key")}
		add := todo.Command{Kind: todo.Add, Patch: todo.Patch{Date: &date, Title: &title}}
		_, err = a.ask(r.Context(), form.Get("list"), c, add, date, title).do(r.Context())
	}
	if err != nil {
		problem.Write(w, err)
		return
	}
	Text(w, []byte("OK"))
}

// Text answers plain text.
func Text(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(b) // whoever has gone needs no answer
}
