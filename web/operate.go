package web

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"todoshell/todo"
)

const (
	requestID    = "X-Request-Id"
	maxRequestID = 100 // of those that requests bring
)

// observed gives each request an id, unless it brings one, measures it, and logs
// it: as an error where the server is at fault, else for those who look closely.
func observed(log *slog.Logger, m *Metrics, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestID)
		if id == "" || len(id) > maxRequestID {
			id = strconv.FormatUint(rand.Uint64(), 36) // a count would tell how many others ask
		}
		w.Header()[requestID] = []string{id}
		began := time.Now()
		o := &observedWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(o, r)
		took := time.Since(began)
		m.answered(r.Method, o.route, o.status, took)
		level := slog.LevelDebug
		if o.status >= http.StatusInternalServerError {
			level = slog.LevelError
		}
		if log.Enabled(r.Context(), level) {
			attrs := []slog.Attr{slog.String("id", id), slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", o.status), slog.Duration("took", took), slog.String("from", r.RemoteAddr)}
			if o.cause != nil {
				attrs = append(attrs, slog.Any("error", o.cause))
			}
			log.LogAttrs(r.Context(), level, "request", attrs...)
		}
	})
}

// An observedWriter knows what was answered, and by which route.
type observedWriter struct {
	http.ResponseWriter
	status int
	route  string // "": none was come to
	begun  bool
	cause  error // of what is our fault
}

func (o *observedWriter) Unwrap() http.ResponseWriter { return o.ResponseWriter }

func (o *observedWriter) WriteHeader(status int) {
	if !o.begun {
		o.status, o.begun = status, status >= http.StatusOK
	}
	o.ResponseWriter.WriteHeader(status)
}

// observer returns the writer that knows what is answered through w, or nil.
func observer(w http.ResponseWriter) *observedWriter {
	for {
		switch inner := w.(type) {
		case *observedWriter:
			return inner
		case interface{ Unwrap() http.ResponseWriter }:
			w = inner.Unwrap()
		default:
			return nil
		}
	}
}

// noteCause leaves the cause of what is our fault to the log.
func noteCause(w http.ResponseWriter, p *problemDocument) {
	if o := observer(w); o != nil && p.cause != nil {
		o.cause = p.cause
	}
}

// routed tells the observer which route has answered.
func routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r)
		if o := observer(w); o != nil {
			o.route = r.Pattern
		}
	})
}

// methods are those of all routes.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete}

// unknown answers what no route is for.
func unknown(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range methods {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); pattern != "/" {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 || slices.Contains(allowed, r.Method) {
			problem(w, r, errNothingAt(r.URL.Path))
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		problem(w, r, &todo.Error{Code: wrongMethod, Message: fmt.Sprintf("%q is not for %q", todo.Shown(r.Method), todo.Shown(r.URL.Path)),
			Hint: "use " + strings.Join(allowed, ", ")})
	})
}

func errNothingAt(path string) error {
	return &todo.Error{Code: unknownPath, Message: fmt.Sprintf("there is nothing at %q", todo.Shown(path)), Hint: "see /openapi.json"}
}
