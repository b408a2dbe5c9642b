package todo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

var badDate = &todo.Error{Code: todo.BadDate}

func TestParseDate(t *testing.T) {
	const wednesday = "2024-01-31"
	for _, c := range []struct{ today, word, want string }{
		{wednesday, "2024-02-29", "2024-02-29"},
		{wednesday, "0001-01-01", "0001-01-01"},
		{wednesday, "9999-12-31", "9999-12-31"},

		{wednesday, "today", "2024-01-31"},
		{wednesday, "ToDay", "2024-01-31"},
		{wednesday, "tomorrow", "2024-02-01"},
		{wednesday, "yesterday", "2024-01-30"},
		{wednesday, "none", ""},
		{wednesday, "NONE", ""},

		{wednesday, "thursday", "2024-02-01"},
		{wednesday, "friday", "2024-02-02"},
		{wednesday, "saturday", "2024-02-03"},
		{wednesday, "sunday", "2024-02-04"},
		{wednesday, "monday", "2024-02-05"},
		{wednesday, "tuesday", "2024-02-06"},
		{wednesday, "wednesday", "2024-02-07"},
		{wednesday, "WED", "2024-02-07"},
		{wednesday, "thu", "2024-02-01"},

		{wednesday, "+0d", "2024-01-31"},
		{wednesday, "-0d", "2024-01-31"},
		{wednesday, "+3d", "2024-02-03"},
		{wednesday, "+03D", "2024-02-03"},
		{wednesday, "-31d", "2023-12-31"},
		{wednesday, "+1w", "2024-02-07"},
		{wednesday, "-1w", "2024-01-24"},
		{wednesday, "+2m", "2024-03-31"},
		{wednesday, "-12m", "2023-01-31"},
		{wednesday, "+1y", "2025-01-31"},

		// A month's end is kept.
		{"2024-01-31", "+1m", "2024-02-29"},
		{"2023-01-31", "+1m", "2023-02-28"},
		{"2024-01-30", "+1m", "2024-02-29"},
		{"2024-01-29", "+1m", "2024-02-29"},
		{"2023-12-31", "+2m", "2024-02-29"},
		{"2024-03-31", "-1m", "2024-02-29"},
		{"2024-03-31", "+1m", "2024-04-30"},
		{"2024-02-29", "+1m", "2024-03-29"},
		{"2024-02-29", "+1y", "2025-02-28"},
		{"2024-02-29", "+4y", "2028-02-29"},
		{"2024-02-29", "-124y", "1900-02-28"},
		{"2024-12-31", "+1m", "2025-01-31"},
		{"2024-01-15", "-1m", "2023-12-15"},

		// The ends of the calendar.
		{"9999-12-30", "tomorrow", "9999-12-31"},
		{"0001-01-02", "yesterday", "0001-01-01"},
		{"9999-11-30", "+1m", "9999-12-30"},
		{"0001-02-01", "-1m", "0001-01-01"},
		{"0001-01-01", "+9998y", "9999-01-01"},
		{"0001-01-01", "+3652058d", "9999-12-31"},
		{"9999-12-31", "-3652058d", "0001-01-01"},
		{"9999-12-24", "friday", "9999-12-31"},
	} {
		t.Run(c.today+" "+c.word, func(t *testing.T) {
			got, err := todo.ParseDate(c.word, day(c.today))
			require.NoError(t, err)
			assert.Equal(t, c.want, got.String())
		})
	}
}

func TestParseDateRefuses(t *testing.T) {
	const (
		noDay   = "the calendar has no such day; dates are YYYY-MM-DD, as 2024-01-31"
		general = "write YYYY-MM-DD, as 2024-01-31, or a word such as today, fri, +3d or none"
		unit    = "an offset ends in d, w, m or y"
		limits  = "dates go from 0001-01-01 to 9999-12-31"
	)
	for _, c := range []struct{ word, hint string }{
		{"01/02/2024", "write 2024-01-02 or 2024-02-01"},
		{"1/2/2024", "write 2024-01-02 or 2024-02-01"},
		{"2.1.2024", "write 2024-02-01 or 2024-01-02"},
		{"01/01/2024", "write 2024-01-01"},
		{"13/01/2024", "write 2024-01-13"},
		{"01/13/2024", "write 2024-01-13"},
		{"2024/01/02", "write 2024-01-02"},
		{"2024-1-2", "write 2024-01-02"},
		{"-2024-01-02", "write 2024-01-02"},
		{"2024-01-02Z", "write 2024-01-02"},
		{"2024x01-02", "write 2024-01-02"},
		{"2024-01x02", "write 2024-01-02"},
		{"2024-02-30", noDay},
		{"2023-02-29", noDay},
		{"2024-13-01", noDay},
		{"2024-00-01", noDay},
		{"2024-01-00", noDay},
		{"0000-01-01", noDay},
		{"31/02/2024", noDay},
		{"10000-01-01", general},
		{"01/02/24", general}, // which century is a guess
		{"24-01-02", general},
		{"31.01.2026", "write 2026-01-31"},
		{"20240102", "write 2024-01-02"},
		{"20240230", noDay},
		{"2024-01-02T10:00", "write 2024-01-02"},
		{"2024-01-02T10:00:00Z", general}, // which day it is depends on where
		{"2026-W05-1", "write 2026-01-26"},
		{"2026W051", "write 2026-01-26"},
		{"2026-w01-1", "write 2025-12-29"},
		{"2020-W53-7", "write 2021-01-03"},
		{"2026-W53-7", "write 2027-01-03"},
		{"2025-W53-1", noDay},
		{"2026-W00-1", noDay},
		{"0000-W01-1", noDay},
		{"9999-W52-7", noDay},
		{"2026-W05", general},
		{"2026W05-8", general},
		{"2026-031", "write 2026-01-31"},
		{"2024-366", "write 2024-12-31"},
		{"2026-366", noDay},
		{"2026-000", noDay},
		{"0000-001", noDay},
		{"2026-Q1-05", general},
		{"2026Q1-5", general},
		{"2026-01", general},
		{"2026-2-30", noDay},
		{"1.2.3", general},
		{"２０２４-01-02", general},
		{"", general},
		{" ", general},
		{"today ", general},
		{"tod", general},
		{"thurs", general},
		{"we", general},
		{"week", general},
		{"d", general},
		{"+", general},
		{"+d", general},
		{"+3", general},
		{"3d", general},
		{"--3d", general},
		{"+-3d", general},
		{"+3_0d", general},
		{"+3.5d", general},
		{"+0x3d", general},
		{"\xff\xfe", general},
		{"+3x", unit},
		{"+33", unit},
		{"+3\x00", unit},
		{"-738916d", limits}, // the day before the first
		{"+8000y", limits},
		{"-2024y", limits},
		{"+95712m", limits},
		{"-24289m", limits},
		{"+3000000w", limits},
		{"+999999999999d", limits},
		{"-9223372036854775808y", limits},
		{"+9223372036854775808d", limits},
		{"+" + strings.Repeat("9", 50) + "m", limits},
	} {
		t.Run(c.word, func(t *testing.T) {
			got, err := todo.ParseDate(c.word, day("2024-01-31"))
			var e *todo.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, todo.BadDate, e.Code)
			assert.Equal(t, c.hint, e.Hint)
			assert.Contains(t, e.Message, fmt.Sprintf("%q", c.word))
			assert.Zero(t, got)
		})
	}
	for today, word := range map[string]string{
		"9999-12-31": "tomorrow", "0001-01-01": "yesterday", "9999-12-25": "sat", "9999-12-01": "+1m", "0001-01-31": "-1m",
	} {
		_, err := todo.ParseDate(word, day(today))
		require.ErrorIs(t, err, badDate, "%s on %s", word, today)
		assert.ErrorContains(t, err, "outside the calendar")
	}
}

func TestDateWordsAreDates(t *testing.T) {
	for _, word := range todo.DateWords {
		_, err := todo.ParseDate(word, day("2024-01-31"))
		require.NoError(t, err)
	}
	for _, word := range todo.SpanWords {
		_, err := todo.ParseSpan(word, day("2024-01-31"))
		require.NoError(t, err)
	}
}

func TestWeekdaysComeAfterToday(t *testing.T) {
	for today := day("2024-02-26"); today < day("2024-03-11"); today++ {
		for weekday := time.Sunday; weekday <= time.Saturday; weekday++ {
			got, err := todo.ParseDate(weekday.String(), today)
			require.NoError(t, err)
			short, err := todo.ParseDate(weekday.String()[:3], today)
			require.NoError(t, err)
			assert.Equal(t, got, short)
			assert.Equal(t, weekday, got.Time().Weekday())
			assert.Greater(t, got, today)
			assert.LessOrEqual(t, got, today+7)
		}
	}
}

func TestMonthsKeepTheDayOrTheEnd(t *testing.T) {
	for today := day("2023-01-01"); today <= day("2026-12-31"); today++ {
		at := today.Time()
		for n := -26; n <= 26; n++ {
			got, err := todo.ParseDate(fmt.Sprintf("%+dm", n), today)
			first := at.AddDate(0, n, 1-at.Day()) // the first of each month is there
			last := first.AddDate(0, 1, -1)
			want := todo.DateOf(first) + todo.Date(min(at.Day(), last.Day())-1)
			if err != nil || got != want {
				require.FailNow(t, "differs", "%v %+dm is %v, not %v (%v)", today, n, want, got, err)
			}
		}
	}
}

func TestParseSpan(t *testing.T) {
	for _, c := range []struct{ today, words, from, to string }{
		{"2024-01-31", "2024-02-29", "2024-02-29", "2024-02-29"},
		{"2024-01-31", "today", "2024-01-31", "2024-01-31"},
		{"2024-01-31", "none", "", ""},
		{"2024-01-31", "2024-01-01..2024-02-29", "2024-01-01", "2024-02-29"},
		{"2024-01-31", "2024-01-01..2024-01-01", "2024-01-01", "2024-01-01"},
		{"2024-01-31", "2024-01-01..", "2024-01-01", "9999-12-31"},
		{"2024-01-31", "..2024-01-01", "0001-01-01", "2024-01-01"},
		{"2024-01-31", "Today..+1M", "2024-01-31", "2024-02-29"},
		{"2024-01-31", "-1w..fri", "2024-01-24", "2024-02-02"},
		{"2024-01-31", "week", "2024-01-29", "2024-02-04"},
		{"2024-01-29", "WEEK", "2024-01-29", "2024-02-04"},
		{"2024-02-04", "week", "2024-01-29", "2024-02-04"},
		{"2024-12-31", "week", "2024-12-30", "2025-01-05"},
		{"0001-01-03", "week", "0001-01-01", "0001-01-07"},
		{"9999-12-31", "week", "9999-12-27", "9999-12-31"},
		{"2024-02-01", "month", "2024-02-01", "2024-02-29"},
		{"2023-02-28", "Month", "2023-02-01", "2023-02-28"},
		{"2024-12-31", "month", "2024-12-01", "2024-12-31"},
		{"0001-01-03", "month", "0001-01-01", "0001-01-31"},
		{"9999-12-03", "month", "9999-12-01", "9999-12-31"},
	} {
		t.Run(c.today+" "+c.words, func(t *testing.T) {
			span, err := todo.ParseSpan(c.words, day(c.today))
			require.NoError(t, err)
			assert.Equal(t, c.from, span.From.String())
			assert.Equal(t, c.to, span.To.String())
			assert.Nil(t, span.Status)
		})
	}
	span, err := todo.ParseSpan("Overdue", day("2024-01-31"))
	require.NoError(t, err)
	require.NotNil(t, span.Status)
	assert.Equal(t, todo.Open, *span.Status)
	assert.Equal(t, "0001-01-01..2024-01-30", span.String())
}

func TestParseSpanRefuses(t *testing.T) {
	for _, c := range []struct{ words, message string }{
		{"", `"" is no date`},
		{"soon", `"soon" is no date`},
		{".", `"." is no date`},
		{"..", `".." has no date; write FROM..TO, FROM.. or ..TO`},
		{"...", `"." is no date`},
		{"soon..", `"soon" is no date`},
		{"..soon", `"soon" is no date`},
		{"week..", `"week" is no date`},
		{"today..overdue", `"overdue" is no date`},
		{"today..fri..sat", `"fri..sat" is no date`},
		{"01/02/2024..", "write 2024-01-02 or 2024-02-01"},
		{"none..", `"none.." has no end at none; write FROM.. or ..TO`},
		{"today..none", `"today..none" has no end at none`},
		{"fri..today", `"fri..today" ends before it begins; write 2024-01-31..2024-02-02`},
	} {
		t.Run(c.words, func(t *testing.T) {
			span, err := todo.ParseSpan(c.words, day("2024-01-31"))
			require.ErrorIs(t, err, badDate)
			require.ErrorContains(t, err, c.message)
			assert.Zero(t, span)
		})
	}
}

// anyDay makes a date of any number.
func anyDay(n uint32) todo.Date { return todo.MinDate + todo.Date(n%uint32(todo.MaxDate)) }

func FuzzParseDate(f *testing.F) {
	for _, word := range []string{"2024-02-29", "2024-02-30", "none", "Fri", "+1m", "-9999y", "01/02/2024", "1.2.24", "+99999999999999999999d"} {
		f.Add(word, uint32(738916))
	}
	f.Fuzz(func(t *testing.T, word string, n uint32) {
		date, err := todo.ParseDate(word, anyDay(n))
		at, timeErr := time.Parse(time.DateOnly, word)
		isISO := timeErr == nil && at.Year() > 0
		if isISO {
			require.NoError(t, err)
			assert.Equal(t, todo.DateOf(at), date)
			assert.Equal(t, word, date.String())
		}
		if err != nil {
			require.ErrorIs(t, err, badDate)
			assert.Zero(t, date)
			return
		}
		require.True(t, date.Valid())
		assert.Equal(t, isISO, word[0] >= '0' && word[0] <= '9')
		if date != 0 {
			again, err := todo.ParseDate(date.String(), todo.MinDate)
			require.NoError(t, err)
			assert.Equal(t, date, again)
		}
	})
}

func FuzzParseSpan(f *testing.F) {
	for _, words := range []string{"today", "none", "week", "month", "overdue", "2024-01-01..fri", "..+1m", "-1y..", "..", "none..", "fri..today"} {
		f.Add(words, uint32(738916))
	}
	f.Fuzz(func(t *testing.T, words string, n uint32) {
		span, err := todo.ParseSpan(words, anyDay(n))
		if err != nil {
			require.ErrorIs(t, err, badDate)
			assert.Zero(t, span)
			return
		}
		require.True(t, span.From.Valid() && span.To.Valid())
		assert.LessOrEqual(t, span.From.Compare(span.To), 0)
		if span.From != 0 && span.Status == nil {
			again, err := todo.ParseSpan(span.String(), todo.MinDate)
			require.NoError(t, err)
			assert.Equal(t, span, again)
		}
		if date, err := todo.ParseDate(words, anyDay(n)); err == nil {
			assert.Equal(t, todo.Span{From: date, To: date}, span)
		}
	})
}
