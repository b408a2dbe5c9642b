package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"todoshell/access"
	"todoshell/todo"
)

// An identity is who asks, and what they may do.
type identity struct {
	ID       *string  `json:"id" doc:"Another one for each token, also for one that is made anew with a name; null where there are no tokens"`
	Name     *string  `json:"name" doc:"That of the token; null where there are no tokens"`
	ReadOnly bool     `json:"read_only" doc:"They may change nothing"`
	Lists    []string `json:"lists" doc:"What the names of their lists begin with; an empty one for all lists"`
}

func (a *api) identityCalls() {
	register(a, http.MethodGet, "/v1/whoami", "whoami", "say who asks, and what they may do", http.StatusOK,
		func(ctx context.Context, _ *struct{}) (*answer[identity], error) {
			h := holderOf(ctx)
			who := identity{ReadOnly: h.ReadOnly, Lists: []string{h.Lists}}
			if h.Name != "" {
				who.Name, who.ID = &h.Name, new(idOf(h))
			}
			return &answer[identity]{who}, nil
		})
}

// idOf tells holders apart without telling of their tokens; "" is nobody's.
func idOf(h access.Holder) string {
	if h.Name == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("id of " + h.Hash))
	return hex.EncodeToString(sum[:8])
}

// asHeader holds the id of whom the page was made for. The browser's cookie can be
// another's by the time that a request is sent.
const asHeader = "Todoshell-As"

const somebodyElse todo.Code = "somebody_else"

// as refuses what was meant to be sent as another one.
func as(r *http.Request, h access.Holder) error {
	if meant, said := r.Header[asHeader]; said && meant[0] != idOf(h) {
		return &todo.Error{Code: somebodyElse, Message: "somebody else has logged in meanwhile", Hint: "load the page anew"}
	}
	return nil
}
