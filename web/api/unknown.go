package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"todoshell/todo"

	"todoshell/web/problem"
)

// Methods are those of all routes.
var Methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete}

// Unknown answers requests for which there is no route: with the methods that the path has, or that there is nothing.
func (rs *Routes) Unknown(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range Methods {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := rs.mux.Handler(other); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 || slices.Contains(allowed, r.Method) {
		problem.Write(w, errNothingAt(r.URL.Path))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	problem.Write(w, &todo.Error{Code: problem.WrongMethod, Message: fmt.Sprintf("%q is not for %q", todo.Shown(r.Method), todo.Shown(r.URL.Path)),
		Hint: "use " + strings.Join(allowed, ", ")})
}

func errNothingAt(path string) error {
	return &todo.Error{Code: problem.UnknownPath, Message: fmt.Sprintf("there is nothing at %q", todo.Shown(path)), Hint: "see /openapi.json"}
}
