package web

import (
	"net/http"
	"strings"
)

// contentPolicy lets the page run its own files and speak to its own server. Nothing
// else: a title that gets into the page as markup does nothing there.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const yearOfTLS = "max-age=31536000"

// secured tells browsers to be strict with what is answered.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if isPage(r.URL.Path) {
			h.Set("Cache-Control", "no-cache")
		} else {
			h.Set("Cache-Control", "no-store")
		}
		// Browsers would ask for TLS at all ports of localhost, whosever they are.
		if name, _, _ := strings.Cut(r.Host, ":"); r.TLS != nil && !strings.EqualFold(name, "localhost") {
			h.Set("Strict-Transport-Security", yearOfTLS)
		}
		next.ServeHTTP(w, r)
	})
}
