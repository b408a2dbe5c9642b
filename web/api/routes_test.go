package api

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/todo"
	"todoshell/web/guard"
	"todoshell/web/seal"
	"todoshell/web/webtest"
)

// A route needs no more than to be declared, here a call about a list and a text that is
// open to all: rights, parameters and the description follow from that.
func TestAnotherRoute(t *testing.T) {
	lists := open(t)
	require.NoError(t, lists.Call(t.Context(), "home/Bob", func(d *todo.Draft) error {
		_, err := d.Add(0, "Milk")
		return err
	}))
	routes := NewRoutes(lists, seal.New([16]byte{}))
	a := New(routes, noon, "")
	register(a, http.MethodGet, "/v1/lists/{list}/count", "count", "count the entries of a list", http.StatusOK,
		func(ctx context.Context, in *struct{ InList }) (*answer[int], error) {
			list, err := a.within(ctx).List(ctx, in.List)
			return &answer[int]{list.Len()}, err
		})
	routes.Handle("GET /hello", guard.Rule{Open: true}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		Text(w, []byte("hello\n"))
	}))
	assert.Contains(t, string(a.Describe()), `"/v1/lists/{list}/count"`)

	tokens := access.Open(access.Folder(t.TempDir()))
	token, err := tokens.Add("Ann", todo.Grant{Prefix: "home/"})
	require.NoError(t, err)
	h := guard.New(t.Context(), tokens, true, nil).Around(routes, routes.Rule)
	get := func(path string, header ...string) (int, string) {
		w := webtest.Answer(h, webtest.Request(http.MethodGet, path, header...))
		return w.Code, w.Body.String()
	}
	code, text := get("/hello")
	assert.Equal(t, http.StatusOK, code)
	assert.Equal(t, "hello\n", text)
	code, _ = get("/v1/lists/home%2FBob/count")
	assert.Equal(t, http.StatusUnauthorized, code)
	authorization := []string{"Authorization", "Bearer " + token}
	code, text = get("/v1/lists/home%2FBob/count", authorization...)
	assert.Equal(t, http.StatusOK, code)
	assert.Equal(t, "1\n", text)
	code, _ = get("/v1/lists/work/count", authorization...)
	assert.Equal(t, http.StatusForbidden, code)
	code, _ = get("/v1/lists/home%2FBob/count?more=1", authorization...)
	assert.Equal(t, http.StatusUnprocessableEntity, code)
}
