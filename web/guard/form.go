package guard

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"unicode/utf8"

	"todoshell/todo"

	"todoshell/web/problem"
)

// Form returns the fields of a request, from its query and its body. There are no others than these.
func Form(r *http.Request, fields ...string) (url.Values, error) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.ContentLength != 0 && media != FormType {
		return nil, &todo.Error{Code: problem.BadMedia, Message: fmt.Sprintf("the body is %q", todo.Shown(r.Header.Get("Content-Type"))),
			Hint: "send a form, Content-Type: " + FormType}
	}
	if err := r.ParseForm(); err != nil {
		return nil, badForm(err)
	}
	known := make(map[string]bool)
	for _, field := range fields {
		known[field] = true
	}
	if flaws := CheckQuery(nil, known, r.Form); len(flaws) > 0 {
		return nil, problem.Flawed(http.StatusUnprocessableEntity, "the request is not as described", flaws)
	}
	return r.Form, nil
}

// FormType is the Content-Type of a form.
const FormType = "application/x-www-form-urlencoded"

// badForm puts into our words what net/http says; the body's own errors have them.
func badForm(err error) error {
	if _, ok := errors.AsType[*todo.Error](err); ok {
		return err
	}
	return &todo.Error{Code: todo.BadRequest, Message: "the form cannot be read", Hint: "percent-encode its fields, with & between them"}
}

// CheckQuery finds what is unknown, not UTF-8, or there twice.
func CheckQuery(flaws []*problem.Flaw, known map[string]bool, query url.Values) []*problem.Flaw {
	for name, values := range query {
		message := ""
		switch {
		case !known[name]:
			message = "there is no such parameter"
		case len(values) > 1:
			message = "it is there more than once"
		case !utf8.ValidString(values[0]):
			message = "it is not valid UTF-8"
		default:
			continue
		}
		flaws = append(flaws, &problem.Flaw{Message: message, Location: "query." + name, Value: values[0]})
	}
	return flaws
}
