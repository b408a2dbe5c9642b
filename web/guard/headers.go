package guard

import (
	"net/http"
	"strings"
)

// contentPolicy lets the page run its own files and speak to its own server. Nothing
// else: a title that gets into the page as markup does nothing there.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const yearOfTLS = "max-age=31536000"

// The values of headers, shared by all answers.
var (
	policyValue     = []string{contentPolicy}
	noSniffValue    = []string{"nosniff"}
	noReferrerValue = []string{"no-referrer"}
	sameOriginValue = []string{"same-origin"}
	noCacheValue    = []string{"no-cache"}
	noStoreValue    = []string{"no-store"}
)

// secure tells browsers to be strict with what is answered. Some headers matter for
// documents alone: an answer with more than eight in all costs twice as much.
func secure(h http.Header, r *http.Request, document bool) {
	h["Content-Security-Policy"] = policyValue
	h["X-Content-Type-Options"] = noSniffValue
	h["Cross-Origin-Resource-Policy"] = sameOriginValue
	h["Cache-Control"] = noStoreValue
	if document {
		h["Referrer-Policy"] = noReferrerValue
		h["Cross-Origin-Opener-Policy"] = sameOriginValue
		h["Cache-Control"] = noCacheValue
	}
	// For localhost, browsers would then use TLS at all ports, also those of other programs.
	if name, _, _ := strings.Cut(r.Host, ":"); r.TLS != nil && !strings.EqualFold(name, "localhost") {
		h.Set("Strict-Transport-Security", yearOfTLS)
	}
}
