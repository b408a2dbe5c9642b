package todo

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hint says how a word that is no date may have been meant.
func hint(word string, today Date) string {
	days, isDay := meant(word)
	switch {
	case len(days) > 0:
		return write(days)
	case isDay:
		return fmt.Sprintf("the calendar has no such day; dates are YYYY-MM-DD, as %v", today)
	}
	return fmt.Sprintf("write YYYY-MM-DD, as %v, or a word such as today, fri, +3d or none", today)
}

func write(days []Date) string {
	words := make([]string, len(days))
	for i, day := range days {
		words[i] = day.String()
	}
	return "write " + strings.Join(words, " or ")
}

// The ways of writing a day that are no dates here. Between the numbers of the last
// stands no letter, but for a slip: those of 2026-Q1-05 have another meaning.
var (
	weekDay   = regexp.MustCompile(`^(\d{4})-?[Ww](\d{2})-?([1-7])$`)
	dayOfYear = regexp.MustCompile(`^(\d{4})-(\d{3})$`)
	compact   = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	withTime  = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})[Tt ]\d{2}:\d{2}(?::\d{2})?$`) // in a zone, it may be another day
	numbers   = regexp.MustCompile(`^\D?(\d{1,4})[^\dA-Wa-wYZyz](\d{1,4})[^\dA-Wa-wYZyz](\d{1,4})\D?$`)
)

// meant returns the days that a word may stand for which is no date. IsDay tells
// that it is written as one, if there are none.
func meant(word string) (days []Date, isDay bool) {
	try := func(year, month, day string) {
		y, _ := strconv.Atoi(year) // they are digits
		m, _ := strconv.Atoi(month)
		d, _ := strconv.Atoi(day)
		date, ok := NewDate(y, time.Month(m), d)
		if ok && len(year) == 4 && !slices.Contains(days, date) {
			days = append(days, date)
		}
	}
	if n := weekDay.FindStringSubmatch(word); n != nil {
		year, _ := strconv.Atoi(n[1])
		week, _ := strconv.Atoi(n[2])
		day, _ := strconv.Atoi(n[3])
		first, ok := NewDate(year, time.January, 4) // is in week 1
		if !ok {
			return nil, true
		}
		date := first - Date((int(first.Time().Weekday())+6)%7) + Date(7*(week-1)+day-1)
		if y, w := date.Time().ISOWeek(); y == year && w == week && date >= MinDate && date <= MaxDate {
			days = append(days, date)
		}
		return days, true
	}
	if n := dayOfYear.FindStringSubmatch(word); n != nil {
		year, _ := strconv.Atoi(n[1])
		day, _ := strconv.Atoi(n[2])
		first, ok := NewDate(year, time.January, 1)
		if date := first + Date(day-1); ok && day > 0 && date.Valid() && date.Time().Year() == year {
			days = append(days, date)
		}
		return days, true
	}
	for _, way := range []*regexp.Regexp{compact, withTime} {
		if n := way.FindStringSubmatch(word); n != nil {
			try(n[1], n[2], n[3])
			return days, true
		}
	}
	n := numbers.FindStringSubmatch(word)
	if n == nil {
		return nil, false
	}
	try(n[1], n[2], n[3])
	try(n[3], n[1], n[2])
	try(n[3], n[2], n[1])
	return days, len(n[1]) == 4 || len(n[3]) == 4
}
