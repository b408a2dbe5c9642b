package api

import (
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

func TestChangesSayWhoMadeThem(t *testing.T) {
	c := todo.Change{Rev: 7, Time: time.Unix(0, 0).UTC(), Kind: todo.Add, Edits: []todo.Edit{{After: todo.Entry{ID: 1, Title: "one"}}}}
	const rest = `"what":"add","entries":[{"id":1,"date":null,"status":"open","title":"one"}]}`
	text, err := jsonv2.Marshal(ChangeOf("Bob", c))
	require.NoError(t, err)
	assert.JSONEq(t, `{"list":"Bob","rev":7,"time":"1970-01-01T00:00:00Z",`+rest, string(text), "nobody is left out")

	c.By = "ann"
	text, err = jsonv2.Marshal(ChangeOf("Bob", c))
	require.NoError(t, err)
	assert.JSONEq(t, `{"list":"Bob","rev":7,"time":"1970-01-01T00:00:00Z","by":"ann",`+rest, string(text))
}
