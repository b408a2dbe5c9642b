package format_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"todoshell/format"
	"todoshell/todo"
)

func TestWriteTodoTxt(t *testing.T) {
	day := date(t, "2024-01-31")
	for want, e := range map[string]todo.Entry{
		"Dentist":                              {ID: 5, Title: "Dentist"},
		"Dentist due:2024-01-31":               {Date: day, Title: "Dentist"},
		"x Dentist due:2024-01-31":             {Date: day, Status: todo.Done, Title: "Dentist"},
		"(A) Call +home due:friday":            {Title: "(A) Call +home due:friday"},
		"two lines":                            {Title: "two\nlines"},
		" x marks the spot due:none":           {Title: "x marks the spot"},
		"x x marks":                            {Status: todo.Done, Title: "x marks"},
		"x 2024-01-31":                         {Date: 0, Status: todo.Done, Title: "2024-01-31"},
		" pay due:2024-01-31 due:none":         {Title: "pay due:2024-01-31"},
		"pay due:2024-01-31 due:2024-01-31":    {Date: day, Title: "pay due:2024-01-31"},
		"  leading due:none":                   {Title: " leading"},
		"trailing ":                            {Title: "trailing "},
		" \ufeffmark due:none":                 {Title: "\ufeffmark"},
		" (A) 2024-01-01 first due:2024-01-31": {Date: day, Title: "(A) 2024-01-01 first"},
		" pay due:2024-02-30 due:none":         {Title: "pay due:2024-02-30"},
		"x  2024-01-01 trip to Rome due:none":  {Status: todo.Done, Title: "2024-01-01 trip to Rome"},
	} {
		assert.Equal(t, want+"\n", write(t, format.TodoTxt, e))
	}
}

func TestReadTodoTxt(t *testing.T) {
	day := date(t, "2024-01-31")
	testRead(t, format.TodoTxt, []reading{
		{name: "plain", file: "Dentist\n\n \t\nMilk", want: []todo.Entry{{Title: "Dentist"}, {Title: "Milk"}}},
		{name: "due", file: "Dentist due:2024-01-31\nx Milk due:2024-01-31\n",
			want: []todo.Entry{{Date: day, Title: "Dentist"}, {Date: day, Status: todo.Done, Title: "Milk"}}},
		{name: "due before other words", file: "Call due:2024-01-31 @phone\ndue:2024-01-31 Call\n",
			want: []todo.Entry{{Date: day, Title: "Call @phone"}, {Date: day, Title: "Call"}}},
		{name: "the last due", file: "a due:2024-01-01 due:2024-01-31 due:friday\n",
			want: []todo.Entry{{Date: day, Title: "a due:2024-01-01 due:friday"}}},
		{name: "other words", file: "(B) Call +home @phone t:2024-01-01 pri:A due: due:5\n",
			want: []todo.Entry{{Title: "(B) Call +home @phone t:2024-01-01 pri:A due: due:5"}}},
		{name: "creation", file: "2024-01-01 a\n(A) 2024-01-01 b\n2024-01-01 2024-01-02 c\n2024-01-01\n",
			want: []todo.Entry{{Title: "a"}, {Title: "(A) b"}, {Title: "2024-01-02 c"}, {Title: "2024-01-01"}},
			left: "day of creation (3 entries)"},
		{name: "completion", file: "x 2024-01-02 2024-01-01 a\nx (A) 2024-01-02 b\nx 2024-01-02\n", want: []todo.Entry{
			{Status: todo.Done, Title: "a"}, {Status: todo.Done, Title: "(A) b"}, {Status: todo.Done, Title: "2024-01-02"}},
			left: "day of completion (2 entries), day of creation (1 entry)"},
		{name: "not done", file: "xylophone\nX a\nx\n", want: []todo.Entry{{Title: "xylophone"}, {Title: "X a"}, {Title: "x"}}},
		{name: "as it stands", file: " x a\n 2024-01-01 a\n", want: []todo.Entry{{Title: "x a"}, {Title: "2024-01-01 a"}}},
		{name: "empty", file: ""},
		{name: "bad due", file: "a\nb due:2024-02-30\n", err: `line 2: "2024-02-30" is no date; write YYYY-MM-DD, as 2024-01-31`},
		{name: "short due", file: "b due:2024-1-5\n", err: `line 1: "2024-1-5" is no date; write 2024-01-05`},
		{name: "nothing but due", file: "a\n\ndue:2024-01-31\n", want: []todo.Entry{{Title: "a"}, {Date: day, Title: "(untitled)"}},
			left: `empty title, now "(untitled)" (1 entry)`},
		{name: "bad UTF-8", file: "a\n\xff\n", err: "line 2: the title is not valid UTF-8; save the file as UTF-8; it may be in Latin-1 or Windows-1252"},
	})
}
