package api

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"

	"todoshell/format"
	"todoshell/todo"

	"todoshell/web/guard"
	"todoshell/web/problem"
)

func (a *API) fileCalls() {
	a.routes.Handle("POST /v1/lists/{list}/import", guard.Rule{MaxBody: format.MaxBytes}, http.HandlerFunc(a.importFile))
	a.routes.Handle("GET /v1/lists/{list}/export", guard.Rule{}, headOnly(http.HandlerFunc(a.exportFile)))
}

// fileFormat is that which a request names, or that of its body, or json.
func fileFormat(r *http.Request) (format.Format, error) {
	if name := r.URL.Query().Get("format"); name != "" {
		return format.Parse(name)
	}
	sent, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	for _, f := range format.Formats() {
		if known, _, _ := mime.ParseMediaType(f.ContentType()); known == sent {
			return f, nil
		}
	}
	return format.JSON, nil
}

func (a *API) importFile(w http.ResponseWriter, r *http.Request) {
	ctx, list := r.Context(), r.PathValue("list")
	f, err := fileFormat(r)
	upload := a.cache.Upload(ctx, r.Body, false)
	defer upload.Close()
	defer guard.BodyWhile(upload.Context(), r.Body)()
	var read format.Import
	if err == nil {
		read, err = f.Read(upload, a.now().Location())
	}
	if err != nil {
		problem.Write(w, err)
		return
	}
	c := Conditions{Key: r.Header.Get("Idempotency-Key"), IfMatch: r.Header.Get("If-Match")}
	out, err := a.ask(ctx, list, c, todo.Command{Kind: todo.Import, Entries: read.Entries}, read.Entries).do(ctx)
	if err != nil {
		problem.Write(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = encode(w, imported{list, out.revision, len(read.Entries), read.LeftOut})
}

type imported struct {
	List     string `json:"list"`
	Revision uint64 `json:"revision"`
	Imported int    `json:"imported"`

	LeftOut []format.LeftOut `json:"left_out,omitempty" doc:"What the file says of entries and they have no place for"`
}

func (a *API) exportFile(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("list")
	f, err := fileFormat(r)
	var list todo.List
	if err == nil {
		list, err = a.within(r.Context()).List(r.Context(), name)
	}
	if err != nil {
		problem.Write(w, err)
		return
	}
	w.Header().Set("Content-Type", f.ContentType())
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename*=UTF-8''%s.%s", url.PathEscape(name), f))
	if is := a.tags.of(list); is != "" {
		w.Header().Set("ETag", is)
	}
	_ = f.Write(w, name, list.Entries(todo.Always), a.now()) // whoever has gone needs no answer
}
