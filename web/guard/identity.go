package guard

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"todoshell/access"
	"todoshell/todo"

	"todoshell/web/problem"
)

// IdentityOf tells holders apart without telling of their tokens; "" is nobody's.
func IdentityOf(h access.Holder) string {
	if h.Name == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("id of " + h.Hash))
	return hex.EncodeToString(sum[:8])
}

// asHeader is a header in which the page sends the identity of the person it was loaded for. In another window, somebody
// else may have logged in since, and the browser sends their cookie with the page's requests.
const asHeader = "Todoshell-As"

// checkIdentity refuses a request of a page that was loaded for somebody else than the holder.
func checkIdentity(r *http.Request, h access.Holder) error {
	if meant, said := r.Header[asHeader]; said && meant[0] != IdentityOf(h) {
		return &todo.Error{Code: problem.SomebodyElse, Message: "somebody else has logged in meanwhile", Hint: "load the page anew"}
	}
	return nil
}
