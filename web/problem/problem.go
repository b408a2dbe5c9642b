package problem

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"todoshell/access"
	"todoshell/cache"
	"todoshell/server"
	"todoshell/todo"
)

// A Document is an error on the wire: https://www.rfc-editor.org/rfc/rfc9457,
// with the shell's code and hint.
type Document struct {
	Type   string    `json:"type" doc:"Always about:blank: the code says more"`
	Title  string    `json:"title" doc:"The status in words"`
	Status int       `json:"status"`
	Detail string    `json:"detail" doc:"What was wrong, and what to do"`
	Code   todo.Code `json:"code" doc:"The stable word for this kind of error"`
	Hint   string    `json:"hint,omitempty" doc:"What to do"`
	Errors []Flaw    `json:"errors,omitempty" maxItems:"10" doc:"Where the request is not what the description says: the first ten places"`

	cause error // the error itself, for the log, where the server is at fault
}

// A Flaw is where a request is not what the description says.
type Flaw struct {
	Message  string `json:"message"`
	Location string `json:"location" doc:"The place, as query.limit or body.ids.1"`
	Value    string `json:"value,omitempty" doc:"What was there, in at most 100 bytes"`

	Status int `json:"-"` // of the answer; 0: 422
}

func (f *Flaw) Error() string { return f.Message }

// GetStatus is for huma.
func (f *Flaw) GetStatus() int { return cmp.Or(f.Status, http.StatusUnprocessableEntity) }

// maxFlaws is how many flaws one document names.
const maxFlaws = 10

func (p *Document) Error() string { return p.Detail }

// GetStatus is for huma.
func (p *Document) GetStatus() int { return p.Status }

// ContentType is for huma.
func (p *Document) ContentType(string) string { return "application/problem+json" }

// The codes of errors that are about the call, not about lists.
const (
	BadMedia    todo.Code = "bad_media_type"
	Busy        todo.Code = "busy"
	Changed     todo.Code = "changed"
	UnknownPath todo.Code = "unknown_path"
	WrongMethod todo.Code = "wrong_method"
	internal    todo.Code = "internal"

	CrossOrigin  todo.Code = "cross_origin"
	Misdirected  todo.Code = "misdirected"
	SomebodyElse todo.Code = "somebody_else"
	TooLarge     todo.Code = "too_large"
	TooSlow      todo.Code = "too_slow"
	TooMany                = cache.TooMany
)

// connectionClosed is the status in the log where the client has closed the connection, as nginx has it.
const connectionClosed = 499

// statuses are the HTTP statuses of the codes. A code that is not here has 422: something in the request is wrong.
var statuses = map[todo.Code]int{
	todo.UnknownID:          http.StatusNotFound,
	todo.UnknownList:        http.StatusNotFound,
	UnknownPath:             http.StatusNotFound,
	WrongMethod:             http.StatusMethodNotAllowed,
	Changed:                 http.StatusPreconditionFailed,
	todo.ListFull:           http.StatusConflict,
	todo.NothingToUndo:      http.StatusConflict,
	todo.NothingToRedo:      http.StatusConflict,
	todo.KeyReused:          http.StatusConflict,
	todo.Conflict:           http.StatusConflict,
	todo.Forbidden:          http.StatusForbidden,
	todo.ReadOnly:           http.StatusForbidden,
	access.Unauthorized:     http.StatusUnauthorized,
	CrossOrigin:             http.StatusForbidden,
	SomebodyElse:            http.StatusPreconditionFailed,
	TooSlow:                 http.StatusRequestTimeout,
	TooLarge:                http.StatusRequestEntityTooLarge,
	BadMedia:                http.StatusUnsupportedMediaType,
	TooMany:                 http.StatusTooManyRequests,
	Misdirected:             http.StatusMisdirectedRequest,
	todo.BadRequest:         http.StatusBadRequest,
	todo.DiskFull:           http.StatusInsufficientStorage,
	todo.StoreBroken:        http.StatusServiceUnavailable,
	todo.ClusterUnavailable: http.StatusServiceUnavailable,
	Busy:                    http.StatusServiceUnavailable,
	cache.Ending:            http.StatusServiceUnavailable,
	todo.Damaged:            http.StatusInternalServerError,
	todo.ClusterUnfit:       http.StatusInternalServerError,
	access.CantSave:         http.StatusInternalServerError,
	todo.OutcomeUnknown:     http.StatusInternalServerError,
	internal:                http.StatusInternalServerError,
	server.Crashed:          http.StatusInternalServerError,
}

// Of returns the problem document for any error. An error that is the server's own fault gets a general text, since its
// own could tell a stranger of folders or of others' data; the log gets the error itself.
func Of(err error) *Document {
	if p, ok := errors.AsType[*Document](err); ok {
		return p
	}
	var large *http.MaxBytesError
	e, known := errors.AsType[*todo.Error](err)
	switch {
	case errors.Is(err, todo.ErrOutcomeUnknown):
		e = todo.ErrOutcomeUnknown // without its cause
	case errors.Is(err, server.ErrCrashed):
		e = &todo.Error{Code: server.Crashed, Message: server.ErrCrashed.Message, Hint: "nothing was changed; the list has a new server"}
	case known && e.Code == todo.DiskFull:
		e = &todo.Error{Code: e.Code, Message: "the server's disk is full", Hint: "its operator must make room; nothing was changed"}
	case known && e.Code == todo.ClusterUnavailable:
		e = &todo.Error{Code: e.Code, Message: "the other machines can't be reached", Hint: "try again in a moment"}
	case known && e.Code == todo.StoreBroken:
		e = &todo.Error{Code: e.Code, Message: "the data can no longer be written", Hint: "the server's operator must start it again"}
	case known:
	case errors.Is(err, access.ErrRevoked):
		e = &todo.Error{Code: access.Unauthorized, Message: err.Error(), Hint: "ask for a new one"}
	case errors.As(err, &large):
		e = &todo.Error{Code: TooLarge, Message: "the body is too large", Hint: "send less at once"}
	default:
		e = &todo.Error{Code: internal, Message: "the server could not do it", Hint: "its log says why"}
	}
	status, ok := statuses[e.Code]
	switch {
	case errors.Is(err, context.Canceled):
		status = connectionClosed
	case !ok:
		status = http.StatusUnprocessableEntity
	}
	p := New(status, e.Code, e.Error(), e.Hint)
	if status >= http.StatusInternalServerError {
		p.cause = err
	}
	return p
}

// New returns a problem.
func New(status int, code todo.Code, detail, hint string) *Document {
	return &Document{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Code: code, Hint: hint}
}

// Flawed returns the problem of a request that is not what the description says, with its first flaws.
func Flawed(status int, message string, flaws []*Flaw) *Document {
	slices.SortFunc(flaws, func(a, b *Flaw) int {
		return cmp.Or(cmp.Compare(a.Location, b.Location), cmp.Compare(a.Message, b.Message))
	})
	code := todo.BadRequest
	switch {
	case status == http.StatusRequestEntityTooLarge:
		code = TooLarge
	case status == http.StatusRequestTimeout:
		code = TooSlow
	case status >= http.StatusInternalServerError:
		code = internal
	}
	p := New(status, code, message, "see /openapi.json")
	var details []string
	for _, f := range flaws[:min(len(flaws), maxFlaws)] {
		shown := Flaw{shown(f.Message), shown(f.Location), shown(f.Value), 0}
		p.Errors = append(p.Errors, shown)
		details = append(details, fmt.Sprintf("%s: %s", shown.Location, shown.Message))
	}
	if more := len(flaws) - maxFlaws; more > 0 {
		details = append(details, fmt.Sprintf("and %d more", more))
	}
	if len(details) > 0 {
		p.Detail += ": " + strings.Join(details, "; ")
	}
	return p
}

// shown is what to show of what a client has sent, which need not be UTF-8.
func shown(text string) string { return todo.Shown(strings.ToValidUTF8(text, "\ufffd")) }

// retryLater are the codes of errors that go away by themselves, so that the client should try again soon.
var retryLater = []todo.Code{Busy, TooMany, cache.Ending, todo.ClusterUnavailable}

// A Logger is a response writer that logs the request, and with it the cause of an error.
type Logger interface{ NoteCause(err error) }

// noteCause tells the log, if there is one behind the writer, why the server is at fault: the client is not told.
func noteCause(w http.ResponseWriter, cause error) {
	for {
		switch inner := w.(type) {
		case Logger:
			inner.NoteCause(cause)
			return
		case interface{ Unwrap() http.ResponseWriter }:
			w = inner.Unwrap()
		default:
			return
		}
	}
}

// Announce does what an error needs besides its document: the log gets the cause, the client the time to try again.
func Announce(w http.ResponseWriter, p *Document) {
	if p.cause != nil {
		noteCause(w, p.cause)
	}
	if slices.Contains(retryLater, p.Code) && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "1")
	}
}

// Write answers with an error.
func Write(w http.ResponseWriter, err error) {
	p := Of(err)
	Announce(w, p)
	w.Header().Set("Content-Type", p.ContentType(""))
	w.Header().Del("Content-Length")
	w.WriteHeader(p.Status)
	_ = jsonv2.MarshalWrite(w, p, jsontext.AllowInvalidUTF8(true)) // whoever has gone needs no answer
	_, _ = w.Write([]byte("\n"))
}
