package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"todoshell/access"
	"todoshell/cache"
	"todoshell/server"
	"todoshell/todo"
)

// A problemDocument is an error on the wire: https://www.rfc-editor.org/rfc/rfc9457,
// with the shell's code and hint.
type problemDocument struct {
	Type   string              `json:"type" doc:"Always about:blank: the code says more"`
	Title  string              `json:"title" doc:"The status in words"`
	Status int                 `json:"status"`
	Detail string              `json:"detail" doc:"What was wrong, and what to do"`
	Code   todo.Code           `json:"code" doc:"The stable word for this kind of error"`
	Hint   string              `json:"hint,omitempty" doc:"What to do"`
	Errors []*huma.ErrorDetail `json:"errors,omitempty" doc:"Where the request is not what the description says"`
}

func (p *problemDocument) Error() string             { return p.Detail }
func (p *problemDocument) GetStatus() int            { return p.Status }
func (p *problemDocument) ContentType(string) string { return "application/problem+json" }

// The codes of errors that are about the call, not about lists.
const (
	badRequest     todo.Code = "bad_request"
	changed        todo.Code = "changed"
	unknownPath    todo.Code = "unknown_path"
	wrongMethod    todo.Code = "wrong_method"
	outcomeUnknown todo.Code = "outcome_unknown"
	internal       todo.Code = "internal"
)

// connectionClosed is the status where nobody reads the answer, as nginx has it.
const connectionClosed = 499

// statuses are those of errors which are not the request's form.
var statuses = map[todo.Code]int{
	todo.UnknownID:      http.StatusNotFound,
	todo.UnknownList:    http.StatusNotFound,
	unknownPath:         http.StatusNotFound,
	wrongMethod:         http.StatusMethodNotAllowed,
	changed:             http.StatusPreconditionFailed,
	todo.ListFull:       http.StatusConflict,
	todo.NothingToUndo:  http.StatusConflict,
	todo.NothingToRedo:  http.StatusConflict,
	todo.KeyReused:      http.StatusConflict,
	"conflict":          http.StatusConflict,
	cache.Forbidden:     http.StatusForbidden,
	todo.ReadOnly:       http.StatusForbidden,
	access.Unauthorized: http.StatusUnauthorized,
	crossOrigin:         http.StatusForbidden,
	somebodyElse:        http.StatusPreconditionFailed,
	tooSlow:             http.StatusRequestTimeout,
	tooLarge:            http.StatusRequestEntityTooLarge,
	tooMany:             http.StatusTooManyRequests,
	misdirected:         http.StatusMisdirectedRequest,
	badRequest:          http.StatusBadRequest,
	"disk_full":         http.StatusInsufficientStorage,
	"store_broken":      http.StatusServiceUnavailable,
	cache.Ending:        http.StatusServiceUnavailable,
	todo.Damaged:        http.StatusInternalServerError,
	access.CantSave:     http.StatusInternalServerError,
	outcomeUnknown:      http.StatusInternalServerError,
	internal:            http.StatusInternalServerError,
	server.Crashed:      http.StatusInternalServerError,
}

// problemOf puts any error into words for the wire.
func problemOf(err error) *problemDocument {
	if p, ok := errors.AsType[*problemDocument](err); ok {
		return p
	}
	var large *http.MaxBytesError
	e, known := errors.AsType[*todo.Error](err)
	switch {
	case errors.Is(err, todo.ErrOutcomeUnknown):
		e = &todo.Error{Code: outcomeUnknown, Message: strings.ReplaceAll(err.Error(), "\n", ": ")}
	case known:
	case errors.Is(err, access.ErrRevoked):
		e = &todo.Error{Code: access.Unauthorized, Message: err.Error(), Hint: "ask for a new one"}
	case errors.As(err, &large):
		e = &todo.Error{Code: tooLarge, Message: "the body is too large", Hint: "send less at once"}
	default:
		e = &todo.Error{Code: internal, Message: err.Error()}
	}
	status, ok := statuses[e.Code]
	switch {
	case errors.Is(err, context.Canceled):
		status = connectionClosed
	case !ok:
		status = http.StatusUnprocessableEntity
	}
	return &problemDocument{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: e.Error(), Code: e.Code, Hint: e.Hint}
}

// invalid is the problem of a request that is not what the description says.
func invalid(status int, message string, errs ...error) huma.StatusError {
	code := badRequest
	switch {
	case status == http.StatusRequestEntityTooLarge:
		code = tooLarge
	case status >= http.StatusInternalServerError:
		code = internal
	}
	p := &problemDocument{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: message, Code: code,
		Hint: "see /openapi.json"}
	for _, err := range errs {
		if detail, ok := err.(huma.ErrorDetailer); ok {
			p.Errors = append(p.Errors, detail.ErrorDetail())
			p.Detail += ": " + detail.ErrorDetail().Error()
		}
	}
	return p
}

// problem answers with an error.
func problem(w http.ResponseWriter, _ *http.Request, err error) {
	p := problemOf(err)
	w.Header().Set("Content-Type", p.ContentType(""))
	w.Header().Del("Content-Length")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // whoever has gone needs no answer
}
