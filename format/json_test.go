package format_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"todoshell/format"
	"todoshell/todo"
)

func TestWriteJSON(t *testing.T) {
	got := write(t, format.JSON,
		todo.Entry{ID: 1, Date: date(t, "2024-01-31"), Title: `<Dentist> & "co"`},
		todo.Entry{ID: 2, Status: todo.Done, Title: "a\nb"})
	assert.Equal(t, []string{ // byte for byte, which JSONEq doesn't compare
		`{"list":"Bob's list","id":1,"date":"2024-01-31","status":"open","title":"<Dentist> & \"co\""}`,
		`{"list":"Bob's list","id":2,"date":null,"status":"done","title":"a\nb"}`,
		"",
	}, strings.Split(got, "\n"))
}

func TestReadJSON(t *testing.T) {
	const hint = `; write an object a line, as {"id":1,"date":"2024-01-31","status":"open","title":"Dentist"}`
	want := []todo.Entry{{ID: 7, Date: date(t, "2024-01-31"), Status: todo.Done, Title: "Dentist"}, {Title: "Milk"}}
	testRead(t, format.JSON, []reading{
		{name: "lines", want: want,
			file: `{"list":5,"id":7,"date":"2024-01-31","status":"done","title":"Dentist","new":{}}` + "\n\n" + `{"title":"Milk"}` + "\n"},
		{name: "list of another program", file: `{"list":"Home","title":"a"}`, want: []todo.Entry{{Title: "a"}}, left: "list (1 entry)"},
		{name: "array", want: want,
			file: " \n[{\"id\":7,\"date\":\"2024-01-31\",\"status\":\"done\",\"title\":\"Dentist\"},\n\t{\"title\":\"Milk\"}\n]\n"},
		{name: "indented", want: want,
			file: "{\n  \"title\": \"Dentist\",\n  \"id\": 7, \"status\": \"done\",\n  \"date\": \"2024-01-31\"\n}\n{\n  \"title\": \"Milk\"\n}\n"},
		{name: "null and empty", file: `{"id":null,"date":null,"status":null,"title":"a"}` + `{"date":"","status":"","title":"b"}`,
			want: []todo.Entry{{Title: "a"}, {Title: "b"}}},
		{name: "empty", file: ""},
		{name: "empty array", file: "[]"},
		{name: "no title", file: "{\"title\":\"a\"}\n\n{\"id\":1}\n{}\n{\"title\":\"\"}", want: []todo.Entry{{Title: "a"}, {ID: 1, Title: "(untitled)"}},
			left: `empty title, now "(untitled)" (1 entry)`},
		{name: "something else", file: "{\"title\":\"a\"}\n{\"version\":1}", err: "line 2: the object has no title" + hint},
		{name: "bad UTF-8", file: "{\"title\":\"a\xff\"}", err: "line 1: the object is not valid UTF-8; save the file as UTF-8; it may be in Latin-1 or Windows-1252"},
		{name: "id of an array", file: "[\n{\"title\":\"a\"}\n,\n{\"id\":1.5,\"title\":\"a\"}]",
			err: `line 4: "1.5" is no id; ids are whole numbers from 1 to 9007199254740991; leave them out to number the entries anew`},
		{name: "id is a word", file: `{"id":"a","title":"a"}`, want: []todo.Entry{{Title: "a"}}, left: "id (1 entry)"},
		{name: "twice", file: `{"title":"a",` + "\n" + `"title":"b"}`, err: `line 2: "title" stands twice in the object` + hint},
		{name: "half a character", file: `{"title":"\ud800"}`, err: "line 1: invalid surrogate pair `\\ud800\"}` in string" + hint},
		{name: "title is a number", file: `{"title":5}`, err: "line 1: the title is a number" + hint},
		{name: "date", file: `{"title":"a","date":"31.1.2024"}`, err: `line 1: "31.1.2024" is no date; write 2024-01-31`},
		{name: "status", file: `{"title":"a","status":"maybe"}`, err: `line 1: "maybe" is no status; write open or done`},
		{name: "no object", file: "{\"title\":\"a\"}\n5\n", err: "line 2: there is a number in place of an object" + hint},
		{name: "not JSON", file: "Dentist\n", err: "line 1: the file is not json; say what it is with --format csv, todo.txt or ics"},
		{name: "id of another program", file: `{"id":0,"description":"a","status":"completed"} {"id":"T-1","name":"b"} {"ID":9007199254740993,"task":"c"}`,
			want: []todo.Entry{{Status: todo.Done, Title: "a"}, {Title: "b"}, {Title: "c"}}, left: "id (2 entries), ID (1 entry)"},
		{name: "title in two lines", file: "{\"title\":\"a\"}\n{\"title\":\"a\nb\"}\n",
			err: `line 2: invalid character '\n' in string (expecting non-control character)` + hint},
		{name: "cut off", file: "{\"title\":\"a\"}\n{\"title\":\"b", err: "line 2: the file ends before the object does" + hint},
		{name: "array cut off", file: "[{\"title\":\"a\"}\n", err: "line 1: the file ends before the object does" + hint},
		{name: "array cut off at a comma", file: "[{\"title\":\"a\"},", err: "line 1: the file ends before the object does" + hint},
		{name: "bracket alone", file: "[", err: "line 1: the file ends before the object does" + hint},
		{name: "stray bracket", file: "{\"title\":\"a\"}\n]", err: "line 2: invalid character ']' at start of value" + hint},
		{name: "no comma", file: "[{\"title\":\"a\"}\n{\"title\":\"b\"}]",
			err: "line 2: invalid character '{' after array element (expecting ',' or ']')" + hint},
		{name: "after the array", file: "[{\"title\":\"a\"}]\n{\"title\":\"b\"}", want: []todo.Entry{{Title: "a"}, {Title: "b"}}},
	})
}
