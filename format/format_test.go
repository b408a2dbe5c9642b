package format_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/format"
	"todoshell/todo"
)

var noon = time.Date(2024, 1, 31, 12, 0, 0, 0, time.FixedZone("", 3600))

func date(t *testing.T, s string) todo.Date {
	t.Helper()
	d, err := todo.ParseDate(s, 0)
	require.NoError(t, err)
	return d
}

// A reading is a file and what comes of it: entries and what is left out, or an
// error.
type reading struct {
	name, file string
	want       []todo.Entry
	left       string
	err        string
}

func testRead(t *testing.T, f format.Format, tests []reading) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := f.Read(iotest.OneByteReader(strings.NewReader(test.file)), time.UTC)
			if test.err != "" {
				require.EqualError(t, err, test.err)
				require.ErrorIs(t, err, &todo.Error{Code: format.BadImport})
				assert.Empty(t, got)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.want, got.Entries)
			assert.Equal(t, test.left, strings.TrimPrefix(got.String(), "left out: "))
		})
	}
}

func write(t *testing.T, f format.Format, entries ...todo.Entry) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, f.Write(&b, "Bob's list", slices.Values(entries), noon))
	return b.String()
}

func TestParse(t *testing.T) {
	for _, f := range format.Formats() {
		got, err := format.Parse(strings.ToUpper(string(f)))
		require.NoError(t, err)
		assert.Equal(t, f, got)
	}
	_, err := format.Parse("xml")
	require.ErrorIs(t, err, &todo.Error{Code: format.BadFormat})
	require.EqualError(t, err, `"xml" is no format; choose csv, json, todo.txt or ics`)

	_, err = format.Format("xml").Read(strings.NewReader(""), time.UTC)
	require.ErrorIs(t, err, &todo.Error{Code: format.BadFormat})
	err = format.Format("xml").Write(io.Discard, "Bob", slices.Values([]todo.Entry{}), noon)
	require.ErrorIs(t, err, &todo.Error{Code: format.BadFormat})
}

func TestOfFile(t *testing.T) {
	for path, want := range map[string]format.Format{
		"a.csv": format.CSV, "dir.txt/A.CSV": format.CSV,
		"a.json": format.JSON, "a.ndjson": format.JSON, "a.jsonl": format.JSON,
		"todo.txt": format.TodoTxt, "a.b.Txt": format.TodoTxt,
		"a.ics": format.ICS,
		"a":     "", "-": "", "": "", "a.csv.gz": "", "csv": "", "dir.csv/a": "",
	} {
		got, ok := format.OfFile(path)
		assert.Equal(t, want, got, path)
		assert.Equal(t, want != "", ok, path)
	}
}

// hostile titles are those that some format could take for something else.
var hostile = []string{
	"Dentist", "x", "x ", "x marks the spot", "x x", "X ray", " both ends ", "two  blanks",
	"tab\there", `"quoted"`, `say "hi", twice`, `""`, `"`, "'", "a,b;c:d", `back\slash`, `\n`, `\\n`, `\`, `\,`, `\.`,
	"new\nline", "end\n", "win\r\ndows", "a\r\r\n", "end\r", "end\r\n", "\r\na", "\n\r\r\nb\"\r\n", "\ra", "\ta",
	"=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''+1", "'", "''", "'a", "'\t=", "\r=", " =1", "-", "=", "'-", "\n=1", "#comment", "id,date,status,title", "null", "[]", `{"title":"x"}`, `[{"title":"x"}]`, "[{", "{ \"a", "BZh9", "PK\x03\x04", "a\x00b\x00c\x00", "<!DOCTYPE html>", "<?xml", "BEGIN:VCALENDAR", "title;date", "sep=;", "<b>&amp;</b>",
	"due:2024-01-01", "pay due:2024-01-01", "pay due:none", "due:none pay", "pay due:2024-02-30", "pay due:friday",
	"pay due:2024-01-01 ", "pay due:", "a\tdue:2024-01-01", "2024-01-01", "2024-01-01 trip", "2024-01-01 2024-01-02 trip",
	"(A) first", "(A) 2024-01-01 first", "(A)", "(A) ", "+project @context key:value",
	"BEGIN:VTODO", "END:VCALENDAR", "a\nEND:VTODO", "😀🏳️‍🌈", "買い物をする", "موعد طبيب الأسنان", "\ufeffmark", "e\u0301",
	"a\u2028", "\u0085b", "a\x00", "bell\a", "\x7fb", "\u202eright", strings.Repeat("😀", todo.MaxTitle/4), strings.Repeat("買い", 600),
	strings.Repeat(`"`, todo.MaxTitle), strings.Repeat("\x01", todo.MaxTitle-1) + "a", strings.Repeat(" ", todo.MaxTitle-1) + "a",
	strings.Repeat("\n", todo.MaxTitle-1) + "a", strings.Repeat(`\;`, todo.MaxTitle/2), strings.Repeat("word ", 800) + "<a>",
}

// kept is what a format keeps of an entry.
func kept(f format.Format, e todo.Entry) todo.Entry {
	switch f {
	case format.TodoTxt:
		e.ID = 0
		e.Title = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ").Replace(e.Title)
	case format.ICS:
		e.Title = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(e.Title)
		e.Title = strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' || r == '\x7f' {
				return ' '
			}
			return r
		}, e.Title)
	}
	return e
}

func testRoundTrip(t *testing.T, f format.Format, entries []todo.Entry) {
	t.Helper()
	file := write(t, f, entries...)
	var want []todo.Entry
	for _, e := range entries {
		want = append(want, kept(f, e))
	}
	got, err := f.Read(strings.NewReader(file), time.UTC)
	require.NoError(t, err)
	assert.Equal(t, want, got.Entries, "%s", file)
	assert.Empty(t, got.LeftOut, "%s", file)
}

func TestRoundTrip(t *testing.T) {
	for _, f := range format.Formats() {
		t.Run(string(f), func(t *testing.T) {
			var all []todo.Entry
			for i, title := range hostile {
				for _, day := range []todo.Date{0, todo.MinDate, date(t, "2024-02-29"), todo.MaxDate} {
					for _, status := range []todo.Status{todo.Open, todo.Done} {
						e := todo.Entry{ID: uint64(i) + 1, Date: day, Status: status, Title: title}
						testRoundTrip(t, f, []todo.Entry{e})
						all = append(all, e)
					}
				}
			}
			all[0].ID = todo.MaxID
			testRoundTrip(t, f, all)
			testRoundTrip(t, f, nil)
		})
	}
}

func TestMarkAndLineEnds(t *testing.T) {
	want := []todo.Entry{{Title: "Dentist"}, {Title: "Milk"}}
	for f, file := range map[format.Format]string{
		format.CSV:     "title\nDentist\nMilk\n",
		format.JSON:    "{\"title\":\"Dentist\"}\n{\"title\":\"Milk\"}\n",
		format.TodoTxt: "Dentist\nMilk\n",
		format.ICS: "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:Dentist\nEND:VTODO\n" +
			"BEGIN:VTODO\nSUMMARY:Mi\n lk\nEND:VTODO\nEND:VCALENDAR\n",
	} {
		for _, ends := range []string{"\n", "\r\n"} {
			for _, mark := range []string{"", "\ufeff"} {
				text := mark + strings.ReplaceAll(file, "\n", ends)
				for _, text := range []string{text, strings.TrimSuffix(text, ends), text + ends + ends} {
					got, err := f.Read(strings.NewReader(text), time.UTC)
					require.NoError(t, err, "%q", text)
					assert.Equal(t, want, got.Entries, "%q", text)
				}
			}
		}
	}
}

// forever repeats its text without end.
type forever string

func (f forever) Read(p []byte) (int, error) {
	return copy(p, strings.Repeat(string(f), len(p)/len(f)+1)), nil
}

func TestRecordWithoutEnd(t *testing.T) {
	tests := []struct {
		name    string
		format  format.Format
		head    string
		forever forever
		err     string
	}{
		{"csv head", format.CSV, "", "a", "line 1"},
		{"csv field", format.CSV, "title\nDentist\n", "a", "line 3"},
		{"csv row", format.CSV, "title\nDentist\n", "a,", "line 3"},
		{"csv quote", format.CSV, "title\nDentist\n\"", "a\n", "line 3"},
		{"json blank", format.JSON, "", " ", "line 1"},
		{"json depth", format.JSON, "{\"title\":\"a\"}\n{\"a\":", "[", "line 2"},
		{"json title", format.JSON, "{\"title\":\"a\"}\n{\"title\":\"", "a", "line 2"},
		{"json array", format.JSON, "[{\"title\":\"a\"},\n{\"title\":\"", "a", "line 2"},
		{"todo.txt", format.TodoTxt, "Dentist\n", "a", "line 2"},
		{"ics", format.ICS, "BEGIN:VCALENDAR\n", "a", "line 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.format.Read(io.MultiReader(strings.NewReader(test.head), test.forever), time.UTC)
			require.ErrorIs(t, err, &todo.Error{Code: format.BadImport})
			assert.Contains(t, err.Error(), test.err+": ")
		})
	}
}

func TestFailingFile(t *testing.T) {
	broken := errors.New("broken")
	for f, head := range map[format.Format]string{
		format.CSV:     "title\nDentist\nMilk",
		format.JSON:    "{\"title\":\"Dentist\"}\n{\"title\":\"Mi",
		format.TodoTxt: "Dentist\nMilk",
		format.ICS:     "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:Dentist\nEND:VTODO\n",
	} {
		for n := range len(head) + 1 {
			got, err := f.Read(io.MultiReader(strings.NewReader(head[:n]), iotest.ErrReader(broken)), time.UTC)
			require.ErrorIs(t, err, broken, "%q", head[:n])
			assert.Empty(t, got)
		}
		asked := 0
		endless := func(yield func(todo.Entry) bool) {
			for asked = 1; yield(todo.Entry{ID: uint64(asked), Title: "Dentist"}); asked++ {
			}
		}
		require.ErrorIs(t, f.Write(brokenWriter{broken}, "Bob", endless, noon), broken)
		assert.Less(t, asked, 1000, "goes on writing to a broken file")
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }
