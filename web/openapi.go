package web

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// describeStreams adds to the description what huma does not serve: what is no
// JSON, and what goes on for long.
func (a *api) describeStreams() {
	problems := func(media string, schema *huma.Schema, what string) map[string]*huma.Response {
		answer := &huma.Response{Description: what}
		if media != "" {
			answer.Content = map[string]*huma.MediaType{media: {Schema: schema}}
		}
		problem := a.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problemDocument](), true, "")
		return map[string]*huma.Response{"200": answer, "default": {Description: "An error",
			Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}}}
	}
	text := &huma.Schema{Type: huma.TypeString}
	list := &huma.Param{Name: "list", In: "path", Required: true, Schema: text}
	query := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Schema: text, Description: doc}
	}
	key := &huma.Param{Name: "Idempotency-Key", In: "header", Schema: text, Description: "Makes asking again safe"}
	last := &huma.Param{Name: "Last-Event-ID", In: "header", Schema: text, Description: "Where the client has been"}
	format := query("format", "csv, json, todo.txt or ics")
	command := a.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[bulkCommand](), true, "")
	for _, o := range []*huma.Operation{
		{Method: http.MethodPost, Path: "/v1/lists/{list}/import", OperationID: "import", Summary: "add the entries of a file, all or none",
			Parameters: []*huma.Param{list, format, key}, RequestBody: fileBody(),
			Responses: problems("application/json", a.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[imported](), true, ""), "How many there were")},
		{Method: http.MethodGet, Path: "/v1/lists/{list}/export", OperationID: "export", Summary: "write the list as a file",
			Parameters: []*huma.Param{list, format}, Responses: problems("application/octet-stream", text, "The file")},
		{Method: http.MethodPost, Path: bulkPath, OperationID: "bulk", Summary: "carry out commands, a line of JSON each, and answer a line for each",
			Parameters:  []*huma.Param{key},
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/x-ndjson": {Schema: command}}},
			Responses:   problems("application/x-ndjson", &huma.Schema{Type: huma.TypeObject}, "An entry, or entries, or an error, for each line in order")},
		{Method: http.MethodGet, Path: "/v1/lists/{list}/events", OperationID: "list-events", Summary: "follow the changes of a list",
			Parameters: []*huma.Param{list, last, query("last_event_id", "the same")},
			Responses: problems("text/event-stream", a.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[change](), true, ""),
				"Events: change with a change, and reset, after which the client must load anew")},
		{Method: http.MethodGet, Path: "/v1/events", OperationID: "events", Summary: "follow the changes of all lists",
			Parameters: []*huma.Param{query("prefix", "what the names begin with"), last, query("last_event_id", "the same")},
			Responses: problems("text/event-stream", a.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[change](), true, ""),
				"Events as of one list")},
		{Method: http.MethodGet, Path: "/entries", OperationID: "chapter-entries", Summary: "show a list, or a day of it, as text",
			Parameters: []*huma.Param{query("list", ""), query("date", "YYYY-MM-DD")}, Responses: problems("text/plain", text, "A line DATE TITLE for each entry")},
		{Method: http.MethodPost, Path: "/add_entry", OperationID: "chapter-add", Summary: "add an entry",
			Parameters: []*huma.Param{query("list", ""), query("date", "YYYY-MM-DD"), query("title", ""), key}, Responses: problems("text/plain", text, "OK")},
		{Method: http.MethodGet, Path: "/healthz", OperationID: "healthz", Summary: "tell whether the process lives", Responses: problems("text/plain", text, "It does")},
		{Method: http.MethodGet, Path: "/readyz", OperationID: "readyz", Summary: "tell whether changes can be made", Responses: problems("text/plain", text, "They can")},
		{Method: http.MethodGet, Path: "/metrics", OperationID: "metrics", Summary: "show the metrics, as Prometheus reads them",
			Responses: problems("text/plain", text, "The metrics")},
		{Method: http.MethodGet, Path: "/v1/shell", OperationID: "shell", Summary: "the WebSocket of a second shell: todoshell --connect",
			Responses: map[string]*huma.Response{"101": {Description: "The protocol is the shell's own"}}},
	} {
		a.OpenAPI().AddOperation(o)
	}
}

func fileBody() *huma.RequestBody {
	text := &huma.Schema{Type: huma.TypeString}
	content := make(map[string]*huma.MediaType)
	for _, media := range contentTypes {
		content[media] = &huma.MediaType{Schema: text}
	}
	return &huma.RequestBody{Required: true, Content: content}
}
