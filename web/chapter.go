package web

import (
	"fmt"
	"net/http"
	"strings"

	"todoshell/todo"
)

// chapterCalls adds the two calls of the book's to-do server, in text.
func (a *api) chapterCalls(mux *http.ServeMux) {
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
	err := r.ParseForm()
	if err != nil {
		err = &todo.Error{Code: badRequest, Message: fmt.Sprintf("the form cannot be read: %v", err), Hint: "send list, date and title"}
	}
	if day := r.Form.Get("date"); err == nil && day != "" {
		date, err = todo.ParseISODate(day)
	}
	if err == nil {
		title, c := r.Form.Get("title"), Conditions{Key: r.Header.Get("Idempotency-Key")}
		_, err = a.change(r.Context(), r.Form.Get("list"), c, "chapter", []any{date, title}, adding(&date, title))
	}
	if err != nil {
		problem(w, r, err)
		return
	}
	text(w, []byte("OK"))
}

func text(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(b) // whoever has gone needs no answer
}
