package format_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/format"
	"todoshell/todo"
)

func FuzzReadCSV(f *testing.F) {
	fuzzRead(f, format.CSV, "title\n=1+1\n", "id,date,status,title\r\n1,2024-01-31,done,\"a\nb\"\r\n", "Title,x\n\"\"\"\",\n")
}

func FuzzReadJSON(f *testing.F) {
	fuzzRead(f, format.JSON, `[{"title":"a"},{"id":1,"title":"b"}]`, `[{"title":"a"},`,
		"{\"list\":\"Bob\",\"id\":1,\"date\":\"2024-01-31\",\"status\":\"done\",\"title\":\"a\"}\n{\"date\":null,\"title\":\"b\"}\n")
}

func FuzzReadTodoTxt(f *testing.F) {
	fuzzRead(f, format.TodoTxt, "x 2024-01-02 2024-01-01 a due:2024-01-31\n b due:none\n", "(A) 2024-01-01 +a @b\n\n")
}

func FuzzReadICS(f *testing.F) {
	fuzzRead(f, format.ICS, "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1@a.todoshell\nDUE;TZID=\"a:b\":20240131T120000\n"+
		"SUMMARY:a\n  b\\n\nCOMPLETED:\nSTATUS;X=\\y,z:COMPLETED\nEND:VTODO\nEND:VCALENDAR\n")
}

func fuzzRead(f *testing.F, with format.Format, files ...string) {
	f.Helper()
	for _, file := range append(files, "", "\ufeff", "\xff") {
		f.Add([]byte(file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		read, err := with.Read(bytes.NewReader(file), time.UTC)
		if err != nil {
			require.ErrorIs(t, err, &todo.Error{Code: format.BadImport})
			assert.Regexp(t, `^line [1-9]\d*: `, err.Error())
			assert.Empty(t, read)
			return
		}
		for _, e := range read.Entries {
			require.NoError(t, todo.CheckTitle(e.Title))
			assert.True(t, e.Date.Valid())
			assert.LessOrEqual(t, e.ID, uint64(todo.MaxID))
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	for i, title := range hostile {
		f.Add(uint64(i), int32(i), i%2 == 0, title, "Dentist")
	}
	f.Fuzz(func(t *testing.T, id uint64, day int32, done bool, title, next string) {
		if todo.CheckTitle(title) != nil || todo.CheckTitle(next) != nil || todo.Blank(kept(format.ICS, todo.Entry{Title: title}).Title) || todo.Blank(kept(format.ICS, todo.Entry{Title: next}).Title) {
			t.Skip()
		}
		e := todo.Entry{ID: id%todo.MaxID + 1, Date: max(0, todo.Date(day)%todo.MaxDate), Title: title}
		if done {
			e.Status = todo.Done
		}
		for _, f := range format.Formats() {
			testRoundTrip(t, f, []todo.Entry{e, {ID: 1, Title: next}})
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	for _, f := range format.Formats() {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, f.Write(io.Discard, "Bob", slices.Values(thousand()), noon))
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	for _, f := range format.Formats() {
		b.Run(string(f), func(b *testing.B) {
			var file strings.Builder
			require.NoError(b, f.Write(&file, "Bob", slices.Values(thousand()), noon))
			b.ReportAllocs()
			for b.Loop() {
				_, err := f.Read(strings.NewReader(file.String()), time.UTC)
				require.NoError(b, err)
			}
		})
	}
}

func thousand() []todo.Entry {
	entries := make([]todo.Entry, 1000)
	for i := range entries {
		entries[i] = todo.Entry{ID: uint64(i) + 1, Date: todo.Date(738000 + i), Title: fmt.Sprint("Call the dentist, again: ", i)}
	}
	return entries
}

// repeated is a file: a head, and then a piece so many times.
type repeated struct {
	name   string
	format format.Format
	head   string
	piece  string
}

// Reading takes time and memory in proportion to the length of a file, whatever
// it is made of: twice the file does not take four times the memory. Memory stands
// for time, which nothing can measure on a busy machine: what takes the square of
// time here would copy.
func TestLinear(t *testing.T) {
	for _, c := range []repeated{
		{"rows", format.CSV, "title\n", "a\n"},
		{"empty rows", format.CSV, "title,date\n", ",\n"},
		{"columns", format.CSV, "title\n", "a,,,,,,,,,,,,,\n"},
		{"quotes", format.CSV, "title\n", "\"\"\"\"\"\"\"\"\n"},
		{"returns", format.CSV, "id,date,status,title\n", "1,,open,\"\r\n\r\n\r\na\"\n"},
		{"objects", format.JSON, "", `{"title":"a"}`},
		{"unknown members", format.JSON, `{"title":"a","x":{`, "\"\x00\":1,"},
		{"deep arrays", format.JSON, `{"title":"a","x":[`, "[],[[]],"},
		{"lists of lists", format.JSON, `{"items":[`, `{"items":[{"items":[{"title":"a"}]}]},`},
		{"other names", format.JSON, "", "{\"title\":\"a\",\"\x00\":1}\n"},
		{"words", format.TodoTxt, "", "a due:2024-01-01 due:2024-01-01 due:2024-01-01\n"},
		{"properties", format.ICS, "BEGIN:VCALENDAR\nBEGIN:VTODO\n", "X-\x00:1\n"},
		{"parameters", format.ICS, "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY", ";A=b"},
		{"folds", format.ICS, "BEGIN:VCALENDAR\nBEGIN:VTODO\nDESCRIPTION:", "a\n "},
		{"soft breaks", format.ICS, "BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VTODO\nSUMMARY;QUOTED-PRINTABLE:", "a=\n"},
		{"time zones", format.ICS, "BEGIN:VCALENDAR\nBEGIN:VTODO\n", "DUE;TZID=\x00:20240101T000000\n"},
		{"alarms", format.ICS, "BEGIN:VCALENDAR\nBEGIN:VTODO\n", "BEGIN:VALARM\nEND:VALARM\n"},
		{"components", format.ICS, "BEGIN:VCALENDAR\n", "BEGIN:X\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			const n = 20_000
			cost := func(n int) int64 {
				var file strings.Builder
				file.WriteString(c.head)
				for i := range n {
					file.WriteString(strings.ReplaceAll(c.piece, "\x00", fmt.Sprintf("n%d", i)))
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, _ = c.format.Read(strings.NewReader(file.String()), time.UTC) // an error, or not
				runtime.ReadMemStats(&after)
				return int64(after.TotalAlloc - before.TotalAlloc)
			}
			once, twice := cost(n), cost(2*n)
			assert.Less(t, twice, 3*once+1<<20)
			assert.Less(t, twice, int64(256<<20)) // a square would be gigabytes
		})
	}
}
