package web

import (
	"net/url"
	"strings"
	"testing"

	"todoshell/web/webtest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What needs no token: the way is as narrow as the paths are. A redirect to another spelling of one shows nothing.
func TestOpenToAll(t *testing.T) {
	h := confined(t).h
	for _, open := range []string{
		"GET /", "HEAD /", "GET /healthz", "GET /readyz", "GET /openapi.json", "GET /page/app.js", "POST /logout",
	} {
		method, target, _ := strings.Cut(open, " ")
		w := webtest.Answer(h, webtest.Request(method, target))
		assert.Less(t, w.Code, 400, open)
	}
	for _, missing := range []string{"/page/of-yesterday.js", "/page/..%2fv1/lists", "/page/%2e%2e/v1/lists"} {
		webtest.AssertProblem(t, webtest.Answer(h, webtest.Request("GET", missing)), 404, "unknown_path")
	}
	for _, closed := range []string{
		"GET /v1/lists", "GET /V1/lists", "GET /entries", "GET /metrics", "GET /v1/shell", "GET /v1/events", "GET /page", "GET /healthz/",
		"GET /healthz/x", "GET /readyz/../v1/lists", "GET /page/../v1/lists",
		"GET /page//../v1/lists", "GET /page/./x", "GET //v1/lists", "GET /page/..", "GET /PAGE/x", "GET /v1/lists/healthz",
		"GET /v1/lists/%2fpage%2f", "GET /anything", "POST /", "POST /page/x", "POST /healthz", "DELETE /", "OPTIONS /", "PUT /login",
		"POST /login/", "POST /login/../v1/bulk", "POST /v1/bulk", "POST /add_entry", "GET /login", "GET /logout", "CONNECT /page/../v1/x",
		"PROPFIND /page/x", "get /",
	} {
		method, target, _ := strings.Cut(closed, " ")
		r := webtest.Request(method, "/")
		u, err := url.Parse("http://localhost:5454" + target)
		require.NoError(t, err)
		r.URL = u
		assert.Contains(t, []int{401, 301, 307}, webtest.Answer(h, r).Code, closed)
	}
}
