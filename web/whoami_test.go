package web

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWhoAmI(t *testing.T) {
	c := confined(t)
	for who, want := range map[string]string{
		"all":      `{"name":"all","read_only":false,"lists":null}`,
		"team":     `{"name":"team","read_only":false,"lists":["team-a/"]}`,
		"look":     `{"name":"look","read_only":true,"lists":["team-a/"]}`,
		"looksAll": `{"name":"looksAll","read_only":true,"lists":null}`,
	} {
		assert.JSONEq(t, want, c.ask(who, "GET", "/v1/whoami", "").Body.String())
	}
	assertProblem(t, c.ask("nobody", "GET", "/v1/whoami", ""), 401, "unauthorized")

	open := openPlace(t)
	assert.JSONEq(t, `{"name":null,"read_only":false,"lists":null}`, open.do("GET", "/v1/whoami", "").text)
	described := open.do("GET", "/openapi.json", "").text
	assert.Contains(t, described, `"lists":{"description":"What the names of their lists begin with; null for all lists","items":{"type":"string"},"type":["array","null"]}`)
	assert.Contains(t, described, `"name":{"description":"That of the token; null where there are no tokens","type":["string","null"]}`)
}
