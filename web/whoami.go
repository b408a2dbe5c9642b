package web

import (
	"context"
	"net/http"
)

// An identity is who asks, and what they may do.
type identity struct {
	Name     *string  `json:"name" doc:"That of the token; null where there are no tokens"`
	ReadOnly bool     `json:"read_only" doc:"They may change nothing"`
	Lists    []string `json:"lists" nullable:"true" doc:"What the names of their lists begin with; null for all lists"`
}

func (a *api) identityCalls() {
	register(a, http.MethodGet, "/v1/whoami", "whoami", "say who asks, and what they may do", http.StatusOK,
		func(ctx context.Context, _ *struct{}) (*answer[identity], error) {
			h := holderOf(ctx)
			who := identity{ReadOnly: h.ReadOnly}
			if h.Name != "" {
				who.Name = &h.Name
			}
			if h.Lists != "" {
				who.Lists = []string{h.Lists}
			}
			return &answer[identity]{who}, nil
		})
}
