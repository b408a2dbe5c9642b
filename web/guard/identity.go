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

// asHeader holds the id of whom the page was made for. The browser's cookie can be
// another's by the time that a request is sent.
const asHeader = "Todoshell-As"

// as refuses what was meant to be sent as another one.
func as(r *http.Request, h access.Holder) error {
	if meant, said := r.Header[asHeader]; said && meant[0] != IdentityOf(h) {
		return &todo.Error{Code: problem.SomebodyElse, Message: "somebody else has logged in meanwhile", Hint: "load the page anew"}
	}
	return nil
}
