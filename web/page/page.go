package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"net/http"
	"path"
	"time"
)

//go:embed *.html *.css *.js *.svg
var pageFiles embed.FS

// pageTypes are the types of the page's files by their ending: what the system
// knows about endings differs from machine to machine.
var pageTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// A File is one that does not change while the program runs.
type File struct {
	content     []byte
	contentType string
	tag         string
}

// NewFile returns a file with a type, and a tag that is made of its content.
func NewFile(content []byte, contentType string) *File {
	sum := sha256.Sum256(content)
	return &File{content: content, contentType: contentType, tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`}
}

// ServeHTTP answers the file, or that the client has it.
func (f *File) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", f.contentType)
	w.Header().Set("ETag", f.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
}

// Files returns the page's files by the patterns of their routes: the page itself at /, and the others at /page/. They
// have tags: a browser asks each time whether they are still the same, so that a new program has a new page at once.
func Files() map[string]http.Handler {
	files := make(map[string]http.Handler)
	entries, _ := pageFiles.ReadDir(".") // it is embedded
	for _, entry := range entries {
		content, _ := pageFiles.ReadFile(entry.Name())
		files["GET /page/"+entry.Name()] = NewFile(content, pageTypes[path.Ext(entry.Name())])
	}
	files["GET /{$}"] = files["GET /page/index.html"]
	return files
}
