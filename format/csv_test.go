package format_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"todoshell/format"
	"todoshell/todo"
)

func TestWriteCSV(t *testing.T) {
	assert.Equal(t, "id,date,status,title\n"+
		"1,2024-01-31,open,Dentist\n"+
		"2,,done,\"a, \"\"b\"\"\nc\"\n"+
		"3,,open,'=1+1\n",
		write(t, format.CSV,
			todo.Entry{ID: 1, Date: date(t, "2024-01-31"), Title: "Dentist"},
			todo.Entry{ID: 2, Status: todo.Done, Title: "a, \"b\"\nc"},
			todo.Entry{ID: 3, Title: "=1+1"}))
}

func TestReadCSV(t *testing.T) {
	const (
		head   = "id,date,status,title\n"
		quotes = `put a text that holds a comma, a quote or a newline in "quotes", and write quotes in it twice`
		ids    = "ids are whole numbers from 1 to 9007199254740991; leave them out to number the entries anew"
		begin  = "line 1: there is no column named title; begin the file with the line id,date,status,title, or some of it"
		iso    = "write YYYY-MM-DD, as 2024-01-31"
	)
	testRead(t, format.CSV, []reading{
		{name: "all columns", file: head + "7,2024-01-31,done,Dentist\n",
			want: []todo.Entry{{ID: 7, Date: date(t, "2024-01-31"), Status: todo.Done, Title: "Dentist"}}},
		{name: "any order", file: "Note, TITLE ,Id\n\xff,Dentist,7\n,Milk,\n",
			want: []todo.Entry{{ID: 7, Title: "Dentist"}, {Title: "Milk"}}, left: "Note (1 entry)"},
		{name: "ids of another program", file: "Task ID,Task Name\n1201234567890123,a\nT-2,b\n",
			want: []todo.Entry{{Title: "a"}, {Title: "b"}}, left: "Task ID (2 entries)"},
		{name: "ids that are none of ours", file: "Id,Title\nT-2,b\n", want: []todo.Entry{{Title: "b"}}, left: "Id (1 entry)"},
		{name: "blank lines", file: "\n\ntitle\n\nDentist\n\n", want: []todo.Entry{{Title: "Dentist"}}},
		{name: "quoted", file: "title\n\"a,\"\"b\"\"\r\nc\"\n", want: []todo.Entry{{Title: "a,\"b\"\nc"}}},
		{name: "largest id", file: "id,title\n9007199254740991,a\n", want: []todo.Entry{{ID: todo.MaxID, Title: "a"}}},
		{name: "head alone", file: head},
		{name: "empty", file: "", err: begin},
		{name: "no title", file: "id,date\n1,2024-01-31\n", err: begin},
		{name: "no head", file: "1,2024-01-31,open,Dentist\n", err: begin},
		{name: "bad quote in head", file: "ti\"tle\n", err: `line 1: bare " in non-quoted-field; ` + quotes},
		{name: "empty title", file: head + "1,,,a\n2,,,\n", want: []todo.Entry{{ID: 1, Title: "a"}, {ID: 2, Title: "(untitled)"}},
			left: `empty title, now "(untitled)" (1 entry)`},
		{name: "empty rows", file: "title,date\n,\na,\n\n,\n , \n", want: []todo.Entry{{Title: "a"}}},
		{name: "long title", file: "title\n" + strings.Repeat("a", 4097), err: "line 2: the title has 4097 bytes; 4096 is the most"},
		{name: "bad UTF-8", file: "title\na\xff\n", err: "line 2: the title is not valid UTF-8; save the file as UTF-8; it may be in Latin-1 or Windows-1252"},
		{name: "after a title of two lines", file: "id,title\n1,\"a\nb\"\n\n0,c\n", err: `line 5: "0" is no id; ` + ids},
		{name: "negative id", file: "id,title\n-1,c\n", err: `line 2: "-1" is no id; ` + ids},
		{name: "too large id", file: "id,title\n9007199254740992,c\n", err: `line 2: "9007199254740992" is no id; ` + ids},
		{name: "word for a date", file: "date,title\ntoday,a\n", err: `line 2: "today" is no date; ` + iso},
		{name: "no date", file: "date,title\nnone,a\n", err: `line 2: "none" is no date; ` + iso},
		{name: "offset", file: "date,title\n+1d,a\n", err: `line 2: "+1d" is no date; ` + iso},
		{name: "not in the calendar", file: "date,title\n2023-02-29,a\n", err: `line 2: "2023-02-29" is no date; ` + iso},
		{name: "status", file: "status,title\nmaybe,a\n", err: `line 2: "maybe" is no status; write open or done`},
		{name: "too many fields", file: "date,title\n,a,b\n", err: "line 2: wrong number of fields; " + quotes},
		{name: "open quote", file: "title\na\n\"b\nc\n", err: `line 3: extraneous or missing " in quoted-field; ` + quotes},
	})
}
