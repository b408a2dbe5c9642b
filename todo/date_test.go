package todo_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// day reads YYYY-MM-DD, for tables.
func day(iso string) todo.Date {
	d, err := todo.ParseDate(iso, todo.MinDate)
	if err != nil {
		panic(err)
	}
	return d
}

func TestNewDate(t *testing.T) {
	for _, c := range []struct {
		year  int
		month time.Month
		day   int
		want  string // "": the calendar has no such day
	}{
		{1, 1, 1, "0001-01-01"},
		{9999, 12, 31, "9999-12-31"},
		{1970, 1, 1, "1970-01-01"},
		{1969, 12, 31, "1969-12-31"},
		{2024, 2, 29, "2024-02-29"},
		{2000, 2, 29, "2000-02-29"},
		{2023, 2, 29, ""},
		{1900, 2, 29, ""},
		{2024, 4, 31, ""},
		{2024, 1, 0, ""},
		{2024, 1, -1, ""},
		{2024, 1, 32, ""},
		{2024, 0, 1, ""},
		{2024, 13, 1, ""},
		{0, 12, 31, ""},
		{-1, 1, 1, ""},
		{10000, 1, 1, ""},
		{math.MaxInt, math.MaxInt, math.MaxInt, ""},
		{math.MinInt, math.MinInt, math.MinInt, ""},
	} {
		d, ok := todo.NewDate(c.year, c.month, c.day)
		assert.Equal(t, c.want != "", ok, "%d-%d-%d", c.year, c.month, c.day)
		assert.Equal(t, c.want, d.String())
	}
	first, _ := todo.NewDate(1, 1, 1)
	last, _ := todo.NewDate(9999, 12, 31)
	assert.Equal(t, todo.MinDate, first)
	assert.Equal(t, todo.MaxDate, last)
}

func TestDateOf(t *testing.T) {
	noon := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		hours int // east of UTC
		at    time.Time
		want  string
	}{
		{"UTC", 0, noon, "2024-02-29"},
		{"last moment of the day", 0, noon.Add(12*time.Hour - 1), "2024-02-29"},
		{"first moment of the next", 0, noon.Add(12 * time.Hour), "2024-03-01"},
		{"already tomorrow in the east", 14, noon, "2024-03-01"},
		{"still yesterday in the west", -12, noon.Add(-time.Hour), "2024-02-28"},
		{"before 1970", 0, time.Date(1969, 12, 31, 23, 59, 59, 999, time.UTC), "1969-12-31"},
		{"the zero time", 0, time.Time{}, "0001-01-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			zone := time.FixedZone(c.name, c.hours*3600)
			assert.Equal(t, c.want, todo.DateOf(c.at.In(zone)).String())
		})
	}
}

func TestDateOrder(t *testing.T) {
	sorted := []todo.Date{todo.MinDate, day("1969-12-31"), day("1970-01-01"), day("2024-02-29"), todo.MaxDate, 0}
	for i, a := range sorted {
		for j, b := range sorted {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			assert.Equal(t, want, a.Compare(b), "%q and %q", a, b)
		}
	}
	assert.True(t, slices.IsSortedFunc(sorted, todo.Date.Compare))
}

func TestDateValid(t *testing.T) {
	for _, d := range []todo.Date{0, todo.MinDate, todo.MaxDate} {
		assert.True(t, d.Valid(), "%d", int32(d))
	}
	for _, d := range []todo.Date{-1, todo.MaxDate + 1, math.MinInt32, math.MaxInt32} {
		assert.False(t, d.Valid(), "%d", int32(d))
	}
}

func TestNoDate(t *testing.T) {
	assert.Empty(t, todo.Date(0).String())
	assert.Equal(t, []byte("on "), todo.Date(0).Append([]byte("on ")))
	assert.Equal(t, []byte("on 0001-01-01"), todo.MinDate.Append([]byte("on ")))
}

// The dates of package time, counted on by itself, are the measure.
func TestDatesAgreeWithTime(t *testing.T) {
	const stride = 11
	at := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	checked := 0
	for d := todo.MinDate; d <= todo.MaxDate; d += stride {
		iso := at.Format(time.DateOnly)
		built, ok := todo.NewDate(at.Date())
		parsed, err := todo.ParseDate(iso, todo.MinDate)
		if !ok || err != nil || built != d || parsed != d || todo.DateOf(at) != d ||
			d.String() != iso || !d.Time().Equal(at) {
			require.FailNow(t, "differs", "%s: day %d, NewDate %d, ParseDate %d %v, DateOf %d, String %s",
				iso, d, built, parsed, err, todo.DateOf(at), d)
		}
		at = at.AddDate(0, 0, stride)
		checked++
	}
	assert.Equal(t, int(todo.MaxDate-todo.MinDate)/stride+1, checked)
}
