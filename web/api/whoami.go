package api

import (
	"context"
	"net/http"

	"todoshell/web/guard"
)

// An identity is who asks, and what they may do.
type identity struct {
	ID       *string  `json:"id" doc:"Another one for each token, also for one that is made anew with a name; null where there are no tokens"`
	Name     *string  `json:"name" doc:"That of the token; null where there are no tokens"`
	ReadOnly bool     `json:"read_only" doc:"They may change nothing"`
	Lists    []string `json:"lists" doc:"What the names of their lists begin with; an empty one for all lists"`
}

func (a *API) identityCalls() {
	register(a, http.MethodGet, "/v1/whoami", "whoami", "say who asks, and what they may do", http.StatusOK,
		func(ctx context.Context, _ *struct{}) (*answer[identity], error) {
			h := guard.HolderOf(ctx)
			who := identity{ReadOnly: h.ReadOnly, Lists: []string{h.Lists}}
			if h.Name != "" {
				who.Name, who.ID = &h.Name, new(guard.IdentityOf(h))
			}
			return &answer[identity]{who}, nil
		})
}
