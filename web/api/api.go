package api

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"todoshell/cache"
	"todoshell/todo"

	"todoshell/web/guard"
	"todoshell/web/problem"
)

// An API is the calls that answer JSON.
type API struct {
	huma.API
	routes      *Routes
	cache       *cache.Cache
	now         func() time.Time
	tags        tags
	limiter     limiter
	windows     windows // of bulk
	longAnswers longAnswers
}

// asProblems makes huma answer with problems of our own.
var asProblems = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.NewError = invalid
	huma.NewErrorWithContext = func(_ huma.Context, status int, message string, errs ...error) huma.StatusError {
		return invalid(status, message, errs...)
	}
})

const description = `Many to-do lists, each with a server of its own. Everything answered is on disk.

A list needs no creation: it is there as soon as something is added. Names of lists are one path segment, percent-encoded. Errors are
problem documents (RFC 9457) with a stable code. Every change takes an Idempotency-Key.`

// New adds the calls of the API to the routes.
func New(rs *Routes, now func() time.Time, version string) *API {
	asProblems()
	config := huma.DefaultConfig("todoshell", version)
	config.CreateHooks = nil // no links to schemas in the answers
	config.DocsPath, config.SchemasPath = "", ""
	config.OpenAPIPath = "" // see [api.describe]
	config.Info.Description = description
	config.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat} // also what ends in +json
	config.Transformers = []huma.Transformer{func(ctx huma.Context, _ string, body any) (any, error) {
		if p, ok := body.(*problem.Document); ok {
			_, w := humago.Unwrap(ctx)
			problem.Announce(w, p)
		}
		return body, nil
	}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "A token of todoshell token add, as soon as there is any"}}
	config.Security = []map[string][]string{{"token": {}}, {}}
	a := &API{API: humago.New(rs, config), routes: rs, cache: rs.cache, now: now, tags: rs.tags}
	a.listCalls()
	a.entryCalls()
	a.queryCalls()
	a.identityCalls()
	a.chapterCalls()
	a.fileCalls()
	rs.Handle("POST "+bulkPath, guard.Rule{Stream: true, MaxBody: guard.Endless}, http.HandlerFunc(a.bulk))
	return a
}

// within returns the lists that the caller may use.
func (a *API) within(ctx context.Context) *cache.Cache { return a.cache.Within(guard.GrantOf(ctx)) }

func (a *API) today() todo.Date { return todo.DateOf(a.now()) }

// register adds a call. Its errors go out as problems.
func register[I, O any](a *API, method, path, id, summary string, status int, f func(context.Context, *I) (*O, error)) {
	huma.Register(a.API, huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, DefaultStatus: status,
		Errors: []int{http.StatusBadRequest}, SkipValidateBody: true, MaxBodyBytes: -1, BodyReadTimeout: -1}, // see decode, limitedBody
		func(ctx context.Context, in *I) (*O, error) {
			out, err := f(ctx, in)
			if err != nil {
				return nil, problem.Of(err)
			}
			return out, nil
		})
}

// InList are the parameters of a call about one list.
type InList struct {
	List string `path:"list" doc:"The list's name, percent-encoded"`
}

// KnownTags are described for each call whose answer has an entity tag; see [conditional] and [Routes.fresh].
type KnownTags struct {
	IfNoneMatch string `header:"If-None-Match" doc:"Answer 304, and no body, if the entity tag is still one of these; nothing older than them"`
	IfMatch     string `header:"If-Match" doc:"Answer 412 if the entity tag is none of these"`
}

// An answer has no headers of its own.
type answer[T any] struct{ Body T }

// A tagged answer has an entity tag.
type tagged[T any] struct {
	Tag  string `header:"ETag"`
	Body T
}

func tag[T any](is string, body T) *tagged[T] { return &tagged[T]{is, body} }

// invalid is the problem of a request that is not what the description says, as huma found it.
func invalid(status int, message string, errs ...error) huma.StatusError {
	flaws := make([]*problem.Flaw, 0, len(errs))
	for _, err := range errs {
		switch err := err.(type) {
		case *problem.Flaw:
			flaws = append(flaws, err)
		case huma.ErrorDetailer:
			detail := err.ErrorDetail()
			flaws = append(flaws, &problem.Flaw{Location: detail.Location, Message: detail.Message, Value: fmt.Sprint(detail.Value)})
		default: // of the body's connection
			return problem.Of(err)
		}
	}
	return problem.Flawed(status, message, flaws)
}
