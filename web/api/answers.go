package api

import (
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"

	"todoshell/web/problem"
)

// compressed sends a handler's long answers compressed to whoever takes that. Between two writes a compressor
// holds nothing, so that slow readers, however many, cost no memory. The guards let no page of another site make a
// browser ask for anything here, so that nobody can try out by an answer's length what else is in it (BREACH).
var compressed = func() func(http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.EnableZstd(false), gzhttp.CompressionLevel(gzip.StatelessCompression), gzhttp.SuffixETag(tagEnd))
	if err != nil {
		panic(err)
	}
	return func(next http.Handler) http.Handler {
		long := wrap(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header["Accept-Encoding"] == nil { // the wrapper would only cost time
				next.ServeHTTP(w, r)
				return
			}
			long(w, r)
		})
	}
}()

// tagEnd ends the entity tag of a compressed answer, before the quote.
const tagEnd = "-gzip"

// matches tells whether a header of entity tags, or of * for any, holds one that is right. Proxies may have marked it as weak
// or as that of a compressed answer.
func matches(header string, right func(tag string) bool) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if opaque, ok := strings.CutSuffix(tag, tagEnd+`"`); ok {
			tag = opaque + `"`
		}
		if tag == "*" || tag != "" && right(tag) {
			return true
		}
	}
	return false
}

// conditional answers "not modified" where the answer has an entity tag that the client knows, and an error where it has
// another one than the client wants.
func conditional(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known, wanted := r.Header.Get("If-None-Match"), r.Header.Get("If-Match")
		if known == "" && wanted == "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(&conditionalWriter{ResponseWriter: w, known: known, wanted: wanted}, r)
	})
}

type conditionalWriter struct {
	http.ResponseWriter
	known  string
	wanted string
	begun  bool
	ended  bool // there is no body, or another one
}

func (w *conditionalWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *conditionalWriter) WriteHeader(status int) {
	header := w.Header()
	if tag := header.Get("ETag"); !w.begun && status == http.StatusOK && tag != "" {
		is := func(other string) bool { return other == tag }
		failed := w.wanted != "" && !matches(w.wanted, is)
		if failed || matches(w.known, is) {
			w.ended, status = true, http.StatusNotModified
			header.Del("Content-Type")
			header.Del("Content-Length")
			header.Del("Content-Disposition")
		}
		if failed {
			w.begun = true
			header.Del("ETag")
			problem.Write(w.ResponseWriter, errChanged)
			return
		}
	}
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *conditionalWriter) Write(b []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	if w.ended {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// headOnly ends an answer of any length to HEAD where its body would begin.
func headOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w = headWriter{w}
		}
		next.ServeHTTP(w, r)
	})
}

type headWriter struct{ http.ResponseWriter }

func (w headWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (headWriter) Write([]byte) (int, error) { return 0, http.ErrBodyNotAllowed }
