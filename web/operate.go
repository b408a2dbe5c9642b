package web

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"time"

	"todoshell/todo"

	"todoshell/web/api"
	"todoshell/web/guard"
	"todoshell/web/problem"
)

const (
	requestID    = "X-Request-Id"
	maxRequestID = 100 // bytes of an id that a client may choose
)

// observed gives each request an id, unless it brings one, tells answered how long it took, and logs it: at the level of
// errors where the server is at fault, else at that of debugging.
func observed(log *slog.Logger, answered func(method, route string, status int, took time.Duration), next http.Handler) http.Handler {
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
		method := r.Method
		if !slices.Contains(api.Methods, method) {
			method = "other" // clients can make up any number of methods, and each would be counted for ever
		}
		answered(method, o.route, o.status, took)
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
	route  string // "": the guards refused it
	begun  bool
	cause  error // why the server is at fault
}

func (o *observedWriter) Unwrap() http.ResponseWriter { return o.ResponseWriter }

func (o *observedWriter) WriteHeader(status int) {
	if !o.begun {
		o.status, o.begun = status, status >= http.StatusOK
	}
	o.ResponseWriter.WriteHeader(status)
}

// NoteCause keeps the cause of a failure for the log.
func (o *observedWriter) NoteCause(err error) { o.cause = err }

// routed tells [observed] which route has answered.
func routed(routes http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		routes.ServeHTTP(w, r)
		w.(*observedWriter).route = r.Pattern //nolint:errcheck // nothing stands between
	})
}

// forAllLists refuses whoever may not see all lists. The metrics tell how much is done in all of them together, so whoever
// may see only some would learn from them what others do.
func forAllLists(metrics http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if guard.GrantOf(r.Context()).Prefix != "" {
			problem.Write(w, &todo.Error{Code: todo.Forbidden, Message: "the metrics are about all lists", Hint: "ask with a token for all lists"})
			return
		}
		metrics.ServeHTTP(w, r)
	})
}
