package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"todoshell/todo"

	"todoshell/web/problem"
)

// jsonFormat is how huma reads and writes JSON.
var jsonFormat = huma.Format{
	Marshal: encode,
	Unmarshal: func(text []byte, body any) error {
		body.(interface{ read(text []byte) }).read(text) //nolint:errcheck // each is a body
		return nil
	},
}

// encode writes a value piece by piece: whoever reads slowly holds no more than a piece
// of the text. A newline ends it.
func encode(w io.Writer, value any) error {
	_ = writeLine(w, value) // it is made of strings, numbers and dates, and whoever has gone needs no answer
	return nil
}

var newline = []byte("\n")

// A body is the JSON of a request. huma only describes it: it would check a text by the case of
// no letter, take of two members the last, and tell each of a thousand errors with all of the text.
type body[T any] struct {
	value T
	wrong *problem.Flaw
}

func (b *body[T]) read(text []byte) { b.wrong = decode(text, &b.value) }

// Resolve tells huma what is wrong with the body.
func (b *body[T]) Resolve(huma.Context) []error {
	if b.wrong == nil {
		return nil
	}
	return []error{b.wrong}
}

// Schema is that of the value.
func (*body[T]) Schema(r huma.Registry) *huma.Schema { return r.Schema(reflect.TypeFor[T](), true, "") }

// decode reads an object that somebody has sent. Its text is UTF-8, and each member is known
// and there once.
func decode(text []byte, value any) *problem.Flaw {
	err := jsonv2.Unmarshal(text, value, jsonv2.RejectUnknownMembers(true))
	if err == nil && jsontext.Value(text).Kind() != '{' {
		return &problem.Flaw{Location: "body", Message: "it must be an object", Value: todo.Shown(string(text))}
	}
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*jsonv2.SemanticError](err); ok {
		return whatIsWrong(e)
	}
	wrong := &problem.Flaw{Location: "body", Message: strings.TrimPrefix(err.Error(), "jsontext: "), Status: http.StatusBadRequest}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		wrong.Location = placeOf(e.JSONPointer)
		switch {
		case errors.Is(err, jsontext.ErrDuplicateName):
			wrong.Message = fmt.Sprintf("%q is a duplicate", todo.Shown(e.JSONPointer.LastToken()))
		case errors.Is(err, io.ErrUnexpectedEOF):
			wrong.Message = "it ends too early"
		default:
			wrong.Message = e.Err.Error()
		}
		wrong.Message = fmt.Sprintf("%s, at byte %d", todo.Shown(wrong.Message), e.ByteOffset+1)
	}
	return wrong
}

// whatIsWrong tells it without the words of Go.
func whatIsWrong(e *jsonv2.SemanticError) *problem.Flaw {
	wrong := &problem.Flaw{Location: placeOf(e.JSONPointer), Value: todo.Shown(string(e.JSONValue))}
	member := todo.Shown(strings.TrimPrefix(string(e.JSONPointer), "/"))
	switch {
	case errors.Is(e, jsonv2.ErrUnknownName):
		wrong.Message = fmt.Sprintf("there is no %q in it", todo.Shown(e.JSONPointer.LastToken()))
	case member == "":
		wrong.Message = "it must be an object"
	case len(e.JSONValue) > 0:
		wrong.Message = fmt.Sprintf("%s cannot be %s", member, wrong.Value)
	default:
		wrong.Message = member + " has a value of the wrong type"
	}
	return wrong
}

// placeOf is a place in a body as huma writes those in parameters.
func placeOf(p jsontext.Pointer) string {
	return todo.Shown("body" + strings.ReplaceAll(string(p), "/", "."))
}
