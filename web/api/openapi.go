package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"todoshell/format"

	"todoshell/web/guard"
	"todoshell/web/problem"
)

// Describe returns the description. It tells of what huma serves, and of what is no JSON, or goes on for long.
func (a *API) Describe() []byte {
	a.describeOthers()
	a.describeFresh()
	a.routes.describe(a.OpenAPI().Paths)
	a.OpenAPI().Components.Responses = make(map[string]*huma.Response)
	for path, item := range a.OpenAPI().Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Patch, item.Delete} {
			if o != nil {
				a.describeErrors(o, path)
			}
		}
	}
	text, err := json.Marshal(a.OpenAPI())
	if err != nil { // it is the same in each run
		panic(err)
	}
	return text
}

// describeErrors tells each status with which a problem may come.
func (a *API) describeErrors(o *huma.Operation, path string) {
	has := func(in, name string) bool {
		return slices.ContainsFunc(o.Parameters, func(p *huma.Param) bool { return p.In == in && p.Name == name })
	}
	statuses := []int{http.StatusBadRequest, http.StatusForbidden, http.StatusMisdirectedRequest, http.StatusUnprocessableEntity,
		http.StatusInternalServerError, http.StatusServiceUnavailable}
	rule := a.routes.rules[o.Method+" "+path]
	if !rule.Open {
		statuses = append(statuses, http.StatusUnauthorized, http.StatusPreconditionFailed) // see asHeader
	}
	if has("path", "id") {
		statuses = append(statuses, http.StatusNotFound)
	}
	if o.Method != http.MethodGet { // with a body that is too long, comes too slowly, or is of another kind
		statuses = append(statuses, http.StatusNotFound, http.StatusConflict, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusInsufficientStorage)
	}
	if rule.Stream || strings.HasSuffix(path, "/import") {
		statuses = append(statuses, http.StatusTooManyRequests)
	}
	delete(o.Responses, "default")
	for _, status := range statuses {
		o.Responses[strconv.Itoa(status)] = a.problemResponse(status)
	}
	if has("header", "If-None-Match") {
		o.Responses[strconv.Itoa(http.StatusNotModified)] = &huma.Response{Description: "It is what the client has"}
	}
}

// problemResponse refers to the one description of a status.
func (a *API) problemResponse(status int) *huma.Response {
	name := strconv.Itoa(status)
	problem := a.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problem.Document](), true, "")
	a.OpenAPI().Components.Responses[name] = &huma.Response{Description: http.StatusText(status),
		Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}}
	return &huma.Response{Ref: "#/components/responses/" + name}
}

// describeOthers adds what huma does not serve.
func (a *API) describeOthers() {
	schema := func(t reflect.Type) *huma.Schema { return a.OpenAPI().Components.Schemas.Schema(t, true, "") }
	answer := func(media string, schema *huma.Schema, what string) map[string]*huma.Response {
		return map[string]*huma.Response{"200": {Description: what, Content: map[string]*huma.MediaType{media: {Schema: schema}}}}
	}
	text := &huma.Schema{Type: huma.TypeString}
	list := &huma.Param{Name: "list", In: "path", Required: true, Schema: text}
	query := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Schema: text, Description: doc}
	}
	date := &huma.Param{Name: "date", In: "query", Schema: &huma.Schema{Type: huma.TypeString, Format: "date"}}
	header := func(name, doc string) *huma.Param {
		most := maxKey
		return &huma.Param{Name: name, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &most}, Description: doc}
	}
	key, last := header("Idempotency-Key", "Makes asking again safe"), header("Last-Event-ID", "Where the client has been")
	ifMatch, ifNone := header("If-Match", "As for other changes"), header("If-None-Match", "As for other looks")
	ifMatch.Schema, ifNone.Schema = text, text
	named := query("format", format.Choices)
	events := answer("text/event-stream", schema(reflect.TypeFor[Change]()),
		"Events: change with a change, and reset, after which the client must load anew")
	for _, o := range []*huma.Operation{
		{Method: http.MethodPost, Path: "/v1/lists/{list}/import", OperationID: "import", Summary: "add the entries of a file, all or none",
			Parameters: []*huma.Param{list, named, key, ifMatch}, RequestBody: fileBody(),
			Responses: answer("application/json", schema(reflect.TypeFor[imported]()), "How many there were")},
		{Method: http.MethodGet, Path: "/v1/lists/{list}/export", OperationID: "export", Summary: "write the list as a file",
			Parameters: []*huma.Param{list, named, ifNone, ifMatch}, Responses: answer("application/octet-stream", text, "The file")},
		{Method: http.MethodPost, Path: bulkPath, OperationID: "bulk", Summary: "carry out commands, a line of JSON each, and answer a line for each",
			Parameters: []*huma.Param{key},
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
				"application/x-ndjson": {Schema: schema(reflect.TypeFor[bulkCommand]())}}},
			Responses: answer("application/x-ndjson", &huma.Schema{Type: huma.TypeObject}, "An entry, or entries, or an error, for each line in order")},
		{Method: http.MethodGet, Path: "/v1/lists/{list}/events", OperationID: "list-events", Summary: "follow the changes of a list",
			Parameters: []*huma.Param{list, last, query("last_event_id", "the same")}, Responses: events},
		{Method: http.MethodGet, Path: "/v1/events", OperationID: "events", Summary: "follow the changes of all lists",
			Parameters: []*huma.Param{query("prefix", "what the names begin with"), last, query("last_event_id", "the same")},
			Responses:  answer("text/event-stream", schema(reflect.TypeFor[Change]()), "Events as of one list")},
		{Method: http.MethodGet, Path: "/entries", OperationID: "chapter-entries", Summary: "show a list, or a day of it, as text",
			Parameters: []*huma.Param{query("list", ""), date}, Responses: answer("text/plain", text, "A line DATE TITLE for each entry")},
		{Method: http.MethodPost, Path: "/add_entry", OperationID: "chapter-add", Summary: "add an entry; a form may bring what the query does not",
			Parameters: []*huma.Param{query("list", ""), date, query("title", ""), key}, RequestBody: formOf("list", "date", "title"),
			Responses: answer("text/plain", text, "OK")},
		{Method: http.MethodPost, Path: "/login", OperationID: "login", Summary: "begin a session for a token, in a cookie",
			RequestBody: formOf("token"), Responses: map[string]*huma.Response{"303": {Description: "The session's cookie, and the way to the page"}}},
		{Method: http.MethodPost, Path: "/logout", OperationID: "logout", Summary: "end the cookie's session",
			RequestBody: formOf(), Responses: map[string]*huma.Response{"303": {Description: "It has ended"}}},
		{Method: http.MethodGet, Path: "/healthz", OperationID: "healthz", Summary: "tell whether the process lives",
			Responses: answer("text/plain", text, "It does")},
		{Method: http.MethodGet, Path: "/readyz", OperationID: "readyz", Summary: "tell whether changes can be made",
			Responses: answer("text/plain", text, "They can")},
		{Method: http.MethodGet, Path: "/metrics", OperationID: "metrics", Summary: "show the metrics, as Prometheus reads them",
			Responses: answer("text/plain", text, "The metrics")},
		{Method: http.MethodGet, Path: "/v1/shell", OperationID: "shell", Summary: "the WebSocket of a second shell: todoshell --connect",
			Responses: map[string]*huma.Response{"101": {Description: "The protocol is the shell's own"}}},
	} {
		a.OpenAPI().AddOperation(o)
	}
}

// formOf is a body that may be a form.
func formOf(fields ...string) *huma.RequestBody {
	schema := &huma.Schema{Type: huma.TypeObject, Properties: make(map[string]*huma.Schema)}
	for _, field := range fields {
		schema.Properties[field] = &huma.Schema{Type: huma.TypeString}
	}
	return &huma.RequestBody{Content: map[string]*huma.MediaType{guard.FormType: {Schema: schema}}}
}

func fileBody() *huma.RequestBody {
	text := &huma.Schema{Type: huma.TypeString}
	content := make(map[string]*huma.MediaType)
	for _, f := range format.Formats() {
		content[f.ContentType()] = &huma.MediaType{Schema: text}
	}
	return &huma.RequestBody{Required: true, Content: content}
}
