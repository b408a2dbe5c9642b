package web_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The page's files come with their types, once; whoever has them is told so.
func TestPageFiles(t *testing.T) {
	s := newSite(t)
	get := func(path, tag string) (status int, header http.Header, text string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url(path), nil)
		require.NoError(t, err)
		r.Header.Set("If-None-Match", tag)
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, response.Header, string(body)
	}
	for path, contentType := range map[string]string{
		"/": "text/html; charset=utf-8", "/page/index.html": "text/html; charset=utf-8", "/page/style.css": "text/css; charset=utf-8",
		"/page/app.js": "text/javascript; charset=utf-8", "/page/icon.svg": "image/svg+xml",
	} {
		status, header, text := get(path, "")
		assert.Equal(t, http.StatusOK, status, path)
		assert.Equal(t, contentType, header.Get("Content-Type"))
		assert.NotEmpty(t, text)
		tag := header.Get("ETag")
		assert.True(t, strings.HasPrefix(tag, `"`), "a strong tag: %s", tag)
		status, _, text = get(path, tag)
		assert.Equal(t, http.StatusNotModified, status, path)
		assert.Empty(t, text)
	}
	for _, path := range []string{"/page/", "/page/none.js", "/page/page.go", "/page/../page.go", "/page/%2e%2e/page.go"} {
		status, _, _ := get(path, "")
		assert.Equal(t, http.StatusNotFound, status, path)
	}
	_, _, text := get("/", "")
	assert.NotContains(t, text, "<style", "the policy lets no style in")
	assert.NotContains(t, text, " style=", "the policy lets no style in")
	assert.NotContains(t, text, "://", "nothing comes from elsewhere")
}
