package web

import (
	"encoding/json"
	"testing"

	"todoshell/web/webtest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/web/problem"
)

func TestWhoAmI(t *testing.T) {
	c, ids := confined(t), make(map[any]bool)
	for who, want := range map[string]string{
		"all":      `{"name":"all","read_only":false,"lists":[""]}`,
		"team":     `{"name":"team","read_only":false,"lists":["team-a/"]}`,
		"look":     `{"name":"look","read_only":true,"lists":["team-a/"]}`,
		"looksAll": `{"name":"looksAll","read_only":true,"lists":[""]}`,
	} {
		var got map[string]any
		require.NoError(t, json.Unmarshal(c.ask(who, "GET", "/v1/whoami", "").Body.Bytes(), &got))
		ids[got["id"]] = true
		delete(got, "id")
		text, err := json.Marshal(got)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(text))
	}
	assert.Len(t, ids, 4, "each has an id of their own")
	webtest.AssertProblem(t, c.ask("nobody", "GET", "/v1/whoami", ""), 401, "unauthorized")

	open := openPlace(t)
	assert.JSONEq(t, `{"id":null,"name":null,"read_only":false,"lists":[""]}`, open.do("GET", "/v1/whoami", "").text)
	described := open.do("GET", "/openapi.json", "").text
	assert.Contains(t, described, `"lists":{"description":"What the names of their lists begin with; an empty one for all lists","items":{"type":"string"},"type":"array"}`)
	assert.Contains(t, described, `"name":{"description":"That of the token; null where there are no tokens","type":["string","null"]}`)
}

// A page says whom it was made for: the cookie may be another's by now.
func TestMeantAsAnother(t *testing.T) {
	c := confined(t)
	idIs := func(who string) string {
		var got struct{ ID string }
		require.NoError(t, json.Unmarshal(c.ask(who, "GET", "/v1/whoami", "").Body.Bytes(), &got))
		return got.ID
	}
	for _, test := range []struct {
		meant string
		is    int
	}{{idIs("all"), 201}, {idIs("team"), 412}, {"", 412}} {
		w := c.ask("all", "POST", "/v1/lists/new/entries", `{"title":"x"}`, "Todoshell-As", test.meant)
		assert.Equal(t, test.is, w.Code, "%q: %s", test.meant, w.Body)
		if test.is == 412 {
			webtest.AssertProblem(t, w, 412, "somebody_else")
		}
	}
	assert.Contains(t, c.ask("all", "GET", "/v1/lists/new", "").Body.String(), `"entries":1`)

	open := openPlace(t)
	assert.Equal(t, 201, open.do("POST", "/v1/lists/new/entries", `{"title":"x"}`, "Todoshell-As", "").StatusCode)
	open.do("POST", "/v1/lists/new/entries", `{"title":"x"}`, "Todoshell-As", idIs("all")).fails(open, 412, problem.SomebodyElse)
}
