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

// page serves the page at / and its files at /page/, with tags: a browser asks each time
// whether they are still the same, so that a new program has a new page at once.
func page() http.Handler {
	files := make(map[string]*file)
	entries, _ := pageFiles.ReadDir("page") // it is embedded
	for _, entry := range entries {
		content, _ := pageFiles.ReadFile(path.Join("page", entry.Name()))
		files["/page/"+entry.Name()] = newFile(content, pageTypes[path.Ext(entry.Name())])
	}
	files["/"] = files["/page/index.html"]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, ok := files[r.URL.Path]
		if !ok {
			problem(w, r, errNothingAt(r.URL.Path))
			return
		}
		file.ServeHTTP(w, r)
	})
}
