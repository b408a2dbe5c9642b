package web

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The description is one, by the rules of OpenAPI 3.1, and tells of every route.
func TestOpenAPI(t *testing.T) {
	p := openPlace(t)
	text := p.do("GET", "/openapi.json", "").text
	document, err := libopenapi.NewDocument([]byte(text))
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(document.GetVersion(), "3.1."))
	_, err = document.BuildV3Model()
	require.NoError(t, err)
	v, errs := validator.NewValidator(document)
	require.Empty(t, errs)
	valid, problems := v.ValidateDocument()
	for _, problem := range problems {
		t.Error(problem.Message, problem.Reason, problem.SchemaValidationErrors)
	}
	assert.True(t, valid)

	var described struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
		} `json:"paths"`
	}
	require.NoError(t, json.Unmarshal([]byte(text), &described))
	operations := map[string]bool{}
	for path, methods := range described.Paths {
		if strings.HasSuffix(path, "/events") || path == "/v1/shell" {
			continue
		}
		for method, o := range methods {
			assert.False(t, operations[o.OperationID], o.OperationID)
			operations[o.OperationID] = true
			r := p.do(strings.ToUpper(method), strings.NewReplacer("{list}", "Nobody", "{id}", "1").Replace(path), "", "Last-Event-ID", "", "Connection", "close")
			assert.NotEqual(t, 405, r.StatusCode, path)
			assert.NotContains(t, r.text, `"unknown_path"`, path)
		}
	}
	assert.Len(t, operations, 27, "all but the streams")
}
