package web

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
	"todoshell/web/webtest"
)

// What a token has asked for is not another one's of its name.
func TestIdempotencyKeysAreTheTokens(t *testing.T) {
	c := confined(t)
	add := func(who string) *httptest.ResponseRecorder {
		w := c.ask(who, "POST", "/v1/lists/team-a%2Fkeys/entries", `{"title":"once"}`, "Idempotency-Key", "k")
		require.Equal(t, 201, w.Code, w.Body)
		return w
	}
	assert.Contains(t, add("team").Body.String(), `"id":1`)
	assert.Contains(t, add("team").Body.String(), `"id":1`)
	session, err := c.access.Login(c.tokens["team"])
	require.NoError(t, err)
	r := c.request("team", "POST", "/v1/lists/team-a%2Fkeys/entries", `{"title":"once"}`, "Idempotency-Key", "k",
		"Cookie", "todoshell-session-5454="+session)
	r.Header.Del("Authorization")
	assert.Contains(t, webtest.Answer(c.h, r).Body.String(), `"id":1`, "a login is the token's")
	assert.Contains(t, add("all").Body.String(), `"id":2`)
	require.NoError(t, c.access.Revoke("team"))
	c.tokens["team"], err = c.access.Add("team", todo.Grant{})
	require.NoError(t, err)
	assert.Contains(t, add("team").Body.String(), `"id":3`)
}

// The answer to HEAD ends, of whatever GET would go on for ever.
func TestHead(t *testing.T) {
	c := confined(t)
	for target, want := range map[string]string{
		"/v1/events":                    "text/event-stream",
		"/v1/lists/team-a%2Fx/events":   "text/event-stream",
		"/v1/lists/team-a%2Fx/export":   "application/x-ndjson",
		"/v1/lists/team-a%2Fx/entries":  "application/json",
		"/entries?list=team-a%2Fx":      "text/plain; charset=utf-8",
		"/metrics":                      "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
		"/v1/bulk":                      "application/problem+json",
		"/v1/lists/team-a%2Fx/import":   "application/problem+json",
		"/v1/events?last_event_id=1":    "text/event-stream",
		"/v1/lists/z/events":            "text/event-stream",
		"/v1/lists/z/export?format=csv": "text/csv; charset=utf-8",
		"/v1/lists/%00/export":          "application/problem+json",
		"/v1/lists/%00/events":          "application/problem+json",
	} {
		w := c.ask("all", "HEAD", target, "")
		assert.Equal(t, want, w.Header().Get("Content-Type"), target)
	}
	assert.Empty(t, c.ask("all", "HEAD", "/v1/lists/team-a%2Fx/export", "").Body.String())
}
