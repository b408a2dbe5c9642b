package format_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/format"
	"todoshell/todo"
)

func TestWriteICS(t *testing.T) {
	got := write(t, format.ICS,
		todo.Entry{ID: 1, Date: date(t, "2024-01-31"), Title: "Dentist, again; C:\\\nnow"},
		todo.Entry{ID: 2, Status: todo.Done, Title: "Milk"})
	assert.Equal(t, strings.ReplaceAll(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//todoshell//EN
BEGIN:VTODO
UID:1@Bob%27s%20list.todoshell
DTSTAMP:20240131T110000Z
SUMMARY:Dentist\, again\; C:\\\nnow
DUE;VALUE=DATE:20240131
STATUS:NEEDS-ACTION
END:VTODO
BEGIN:VTODO
UID:2@Bob%27s%20list.todoshell
DTSTAMP:20240131T110000Z
SUMMARY:Milk
STATUS:COMPLETED
COMPLETED:20240131T110000Z
PERCENT-COMPLETE:100
END:VTODO
END:VCALENDAR
`, "\n", "\r\n"), got)
}

func TestWriteICSLines(t *testing.T) {
	for _, title := range hostile {
		file := write(t, format.ICS, todo.Entry{ID: 1, Title: title})
		for line := range strings.SplitSeq(strings.TrimSuffix(file, "\r\n"), "\r\n") {
			assert.LessOrEqual(t, len(line), 75)
			assert.True(t, utf8.ValidString(line), "a fold within a character: %q", line)
			assert.NotContains(t, line, "\r")
			assert.NotContains(t, line, "\n")
		}
	}
}

// Who reads calendars as they should be reads what is written here.
func TestWrittenICSIsReadElsewhere(t *testing.T) {
	for _, title := range hostile {
		e := todo.Entry{ID: 1, Date: date(t, "2024-01-31"), Title: title}
		calendar, err := ics.ParseCalendar(strings.NewReader(write(t, format.ICS, e)))
		require.NoError(t, err)
		require.Len(t, calendar.Todos(), 1)
		got := calendar.Todos()[0]
		assert.Equal(t, kept(format.ICS, e).Title, got.GetProperty(ics.ComponentPropertySummary).Value)
		due, err := got.GetAllDayDueAt()
		require.NoError(t, err)
		assert.Equal(t, e.Date, todo.DateOf(due))
	}
}

func TestReadICS(t *testing.T) {
	day := date(t, "2024-01-31")
	todos := func(lines ...string) string {
		return "BEGIN:VCALENDAR\n" + strings.Join(lines, "\n") + "\nEND:VCALENDAR\n"
	}
	vtodo := func(lines ...string) string {
		return todos("BEGIN:VTODO\nSUMMARY:a", strings.Join(lines, "\n"), "END:VTODO")
	}
	dated := []todo.Entry{{Date: day, Title: "a"}}
	done := []todo.Entry{{Status: todo.Done, Title: "a"}}
	testRead(t, format.ICS, []reading{
		{name: "date", file: vtodo("DUE;VALUE=DATE:20240131"), want: dated},
		{name: "UTC", file: vtodo("DUE:20240131T235959Z"), want: dated, left: "time of DUE (1 entry)"},
		{name: "floating", file: vtodo("due;value=date-time:20240131T000000"), want: dated},
		{name: "zone", file: vtodo(`DUE;TZID="Nowhere: at all":20240131T000000`), want: dated,
			left: "TZID Nowhere: at all, unknown (1 entry)"},
		{name: "completed", file: vtodo("STATUS:completed"), want: done},
		{name: "completed at", file: vtodo("COMPLETED:20240131T000000Z"), want: done, left: "time of COMPLETED (1 entry)"},
		{name: "all percent", file: vtodo("PERCENT-COMPLETE:100"), want: done},
		{name: "not completed", file: vtodo("STATUS:IN-PROCESS\nPERCENT-COMPLETE:99"), want: []todo.Entry{{Title: "a"}},
			left: "PERCENT-COMPLETE (1 entry), STATUS in-process, now open (1 entry)"},
		{name: "own id", file: vtodo("UID:7@Bob.todoshell"), want: []todo.Entry{{ID: 7, Title: "a"}}},
		{name: "other ids", file: todos(
			"BEGIN:VTODO\nUID:7@example.com\nSUMMARY:a\nEND:VTODO",
			"BEGIN:VTODO\nUID:0@Bob.todoshell\nSUMMARY:b\nEND:VTODO"), want: []todo.Entry{{Title: "a"}, {Title: "b"}}},
		{name: "escapes and folds", file: todos("begin:vtodo", `Summary;LANGUAGE=en:a\, b\; c\\n`, " \\", "\tn\\Nd", "  e", "end:vtodo "),
			want: []todo.Entry{{Title: "a, b; c\\n\n\nd e"}}},
		{name: "other components", file: todos("X-NAME:before", "BEGIN:VEVENT\nSUMMARY:b\nno property\nEND:VEVENT",
			"BEGIN:VTODO\nBEGIN:VALARM\nSUMMARY:c\nDUE:never\nEND:VALARM\nSUMMARY:a\nATTACH;\"bad:x\nEND:VTODO", "X-NAME:after"),
			want: []todo.Entry{{Title: "a"}}, left: "VALARM (1 entry), ATTACH (1 entry), VEVENT (1 entry)"},
		{name: "large picture", file: vtodo("ATTACH:" + strings.Repeat("\n "+strings.Repeat("A", 1000), 200)), want: []todo.Entry{{Title: "a"}},
			left: "ATTACH (1 entry)"},
		{name: "two calendars", file: vtodo() + vtodo(), want: []todo.Entry{{Title: "a"}, {Title: "a"}}},
		{name: "no todos", file: todos("VERSION:2.0")},
		{name: "no summary", file: todos("BEGIN:VTODO\nSUMMARY:\nEND:VTODO\nBEGIN:VTODO\nDESCRIPTION:\\nCall  \\nBob\nEND:VTODO\n" +
			"BEGIN:VTODO\nDESCRIPTION:Call\nEND:VTODO"),
			want: []todo.Entry{{Title: "(untitled)"}, {Title: "Call  "}, {Title: "Call"}},
			left: `empty title, now "(untitled)" (1 entry), DESCRIPTION (1 entry)`},
		{name: "two summaries", file: vtodo("SUMMARY:b"), want: []todo.Entry{{Title: "a"}}, left: "SUMMARY (1 entry)"},
		{name: "long summary", file: todos("BEGIN:VTODO", "SUMMARY:"+strings.Repeat("a\n ", 4097), "UID:x", "END:VTODO"),
			err: "line 3: the title has 4097 bytes; 4096 is the most"},
		{name: "bad UTF-8", file: todos("BEGIN:VTODO", "SUMMARY:\xff", "END:VTODO"),
			err: "line 3: the title is not valid UTF-8; save the file as UTF-8; it may be in Latin-1 or Windows-1252"},
		{name: "bad date", file: vtodo("DUE:20240230"),
			err: `line 4: "20240230" is no date; write YYYYMMDD or YYYYMMDDTHHMMSS, as 20240131`},
		{name: "year 0", file: vtodo("DUE:00001231"),
			err: `line 4: "00001231" is no date; write YYYYMMDD or YYYYMMDDTHHMMSS, as 20240131`},
		{name: "bad parameter", file: vtodo("DUE;X=\"a:20240131"),
			err: "line 4: the parameters of DUE can't be read; write NAME;PARAMETER=VALUE:VALUE"},
		{name: "no property", file: vtodo("b"), err: "line 4: there is no colon in the line; write NAME:VALUE"},
		{name: "no calendar", file: "\nDentist\n", err: "line 2: there is no BEGIN:VCALENDAR before this line; see that the file is a calendar"},
		{name: "fold of nothing", file: " a\n", err: "line 1: there is no BEGIN:VCALENDAR before this line; see that the file is a calendar"},
		{name: "bad end", file: todos("BEGIN:VTODO\nSUMMARY:a"), err: "line 4: END:VCALENDAR stands where VTODO is to end; write END:VTODO"},
		{name: "cut off", file: "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:a", err: "line 3: the calendar has no end; the file may have been cut off"},
		{name: "empty", file: "", err: "line 1: the file is empty; export the tasks once more"},
	})
}
