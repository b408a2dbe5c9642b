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

type pageFile struct {
	content     []byte
	contentType string
	tag         string
}

// page serves the page at / and its files at /page/, with tags: a browser asks each time
// whether they are still the same, so that a new program has a new page at once.
func page() http.Handler {
	files := make(map[string]pageFile)
	entries, _ := pageFiles.ReadDir("page") // it is embedded
	for _, entry := range entries {
		content, _ := pageFiles.ReadFile(path.Join("page", entry.Name()))
		sum := sha256.Sum256(content)
		files["/page/"+entry.Name()] = pageFile{
			content:     content,
			contentType: pageTypes[path.Ext(entry.Name())],
			tag:         `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`,
		}
	}
	files["/"] = files["/page/index.html"]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", file.contentType)
		w.Header().Set("ETag", file.tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file.content))
	})
}
