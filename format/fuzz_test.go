package format_test

import (
	"bytes"
	"fmt"
	"io"
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
		for _, f := range format.Formats {
			testRoundTrip(t, f, []todo.Entry{e, {ID: 1, Title: next}})
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	for _, f := range format.Formats {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, f.Write(io.Discard, "Bob", slices.Values(thousand()), noon))
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	for _, f := range format.Formats {
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
