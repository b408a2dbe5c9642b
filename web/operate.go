package web

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
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

// NoteCause keeps the cause of a failure for the log.
func (o *observedWriter) NoteCause(err error) { o.cause = err }

// routed tells [observed] which route has answered.
func routed(routes http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		routes.ServeHTTP(w, r)
		w.(*observedWriter).route = r.Pattern //nolint:errcheck // nothing stands between
	})
}
