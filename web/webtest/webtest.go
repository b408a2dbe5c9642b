// Package webtest is what the tests of web and of the packages below it have in common: requests as they come from this
// machine, and what their answers say.
package webtest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Request returns a request to a server that listens on 127.0.0.1:5454. The headers are pairs.
func Request(method, target string, header ...string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), method, target, nil)
	r.Host = "localhost:5454"
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return At(r, "127.0.0.1:5454")
}

// At returns the request as one that has come to another address.
func At(r *http.Request, listening string) *http.Request {
	addr, err := net.ResolveTCPAddr("tcp", listening)
	if err != nil {
		panic(err)
	}
	return r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(addr)))
}

// Answer returns a handler's answer to a request.
func Answer(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// AssertProblem asserts that an answer is a problem document.
func AssertProblem(t *testing.T, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	assert.Equal(t, status, w.Code)
	assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	assert.Contains(t, w.Body.String(), `"code":"`+code+`"`)
}
