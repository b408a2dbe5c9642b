package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"net/http"
	"path"
	"time"
)

//go:embed page
var pageFiles embed.FS

// pageTypes are the types of the page's files by their ending: what the system
// knows about endings differs from machine to machine.
var pageTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// A file is one that does not change while the program runs.
type file struct {
	content     []byte
	contentType string
	tag         string
}

func newFile(content []byte, contentType string) *file {
	sum := sha256.Sum256(content)
	return &file{content: content, contentType: contentType, tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`}
}

// ServeHTTP answers the file, or that the client has it.
func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", f.contentType)
	w.Header().Set("ETag", f.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
}

// page returns the page's files by the patterns of their routes: the page itself at /, and the others at /page/. They
// have tags: a browser asks each time whether they are still the same, so that a new program has a new page at once.
func page() map[string]http.Handler {
	files := make(map[string]http.Handler)
	entries, _ := pageFiles.ReadDir("page") // it is embedded
	for _, entry := range entries {
		content, _ := pageFiles.ReadFile(path.Join("page", entry.Name()))
		files["GET /page/"+entry.Name()] = newFile(content, pageTypes[path.Ext(entry.Name())])
	}
	files["GET /{$}"] = files["GET /page/index.html"]
	return files
}
