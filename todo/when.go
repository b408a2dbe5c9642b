package todo

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// DateWords and SpanWords are the words for dates and spans, for completion.
// Offsets such as +3d and spans such as FROM..TO come on top.
var (
	DateWords = []string{"today", "tomorrow", "yesterday", "none",
		"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	SpanWords = append([]string{"week", "month", "overdue"}, DateWords...)
)

// ParseDate reads a date as people write it on the day today: YYYY-MM-DD, one of
// [DateWords], the first three letters of a weekday (the next such day after
// today), or an offset: +3d, -1w, +2m, +1y.
func ParseDate(word string, today Date) (Date, error) {
	if date, ok := parseISO(word); ok {
		return date, nil
	}
	lower := strings.ToLower(word)
	switch lower {
	case "today":
		return today, nil
	case "none":
		return 0, nil
	case "tomorrow":
		return offset(word, today, 1, 'd')
	case "yesterday":
		return offset(word, today, -1, 'd')
	}
	if day, ok := weekday(lower); ok {
		ahead := (int(day)-int(today.Time().Weekday())+6)%7 + 1
		return offset(word, today, ahead, 'd')
	}
	if len(lower) > 2 && (lower[0] == '+' || lower[0] == '-') {
		n, err := strconv.Atoi(lower[:len(lower)-1])
		if err == nil || errors.Is(err, strconv.ErrRange) { // then n is the last int, which offset refuses
			return offset(word, today, n, lower[len(lower)-1])
		}
	}
	return 0, &Error{BadDate, fmt.Sprintf("%q is no date", Shown(word)), hint(word, today)}
}

// ParseSpan reads a span as people write it on the day today: a date as
// [ParseDate] reads it, FROM..TO with either end left out, week (Monday to
// Sunday, ISO 8601), month, or overdue (what is open and dated before today).
func ParseSpan(words string, today Date) (Span, error) {
	switch strings.ToLower(words) {
	case "week":
		monday := today - Date((int(today.Time().Weekday())+6)%7)
		return Span{From: max(monday, MinDate), To: min(monday+6, MaxDate)}, nil
	case "month":
		day := today.Time().Day()
		first := today - Date(day-1)
		last := first.Time().AddDate(0, 1, -1)
		return Span{From: first, To: dateOf(last)}, nil
	case "overdue":
		open := Open
		return Span{From: MinDate, To: max(today-1, MinDate), Status: &open}, nil
	}
	from, to, isSpan := strings.Cut(words, "..")
	if !isSpan {
		date, err := ParseDate(words, today)
		return Span{From: date, To: date}, err
	}
	span := Span{From: MinDate, To: MaxDate}
	for _, end := range []struct {
		word string
		date *Date
	}{{from, &span.From}, {to, &span.To}} {
		if end.word == "" {
			continue
		}
		date, err := ParseDate(end.word, today)
		if err != nil {
			return Span{}, err
		}
		if date == 0 {
			return Span{}, &Error{BadDate, fmt.Sprintf("%q has no end at none", Shown(words)), "write FROM.. or ..TO"}
		}
		*end.date = date
	}
	if from == "" && to == "" {
		return Span{}, &Error{BadDate, `".." has no date`, "write FROM..TO, FROM.. or ..TO"}
	}
	if span.From > span.To {
		return Span{}, &Error{BadDate, fmt.Sprintf("%q ends before it begins", Shown(words)),
			fmt.Sprintf("write %v..%v", span.To, span.From)}
	}
	return span, nil
}

// ParseISODate reads YYYY-MM-DD and none of the words for dates: in a file, or
// from elsewhere, they would mean another day.
func ParseISODate(s string) (Date, error) {
	if date, ok := parseISO(s); ok {
		return date, nil
	}
	hint := "write YYYY-MM-DD, as 2024-01-31"
	if days, _ := meant(s); len(days) > 0 {
		hint = write(days)
	}
	return 0, &Error{BadDate, fmt.Sprintf("%q is no date", Shown(s)), hint}
}

// parseISO reads YYYY-MM-DD and nothing else. It is on the path of each line of
// a script, where time.Parse takes twice as long.
func parseISO(s string) (Date, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	number := func(digits string) (n int) {
		for _, c := range []byte(digits) {
			if c < '0' || c > '9' {
				return -1
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day := number(s[:4]), number(s[5:7]), number(s[8:])
	if month < 1 || month > 12 {
		return 0, false
	}
	return NewDate(year, time.Month(month), day)
}

func weekday(lower string) (time.Weekday, bool) {
	for day := time.Sunday; day <= time.Saturday; day++ {
		name := strings.ToLower(day.String())
		if lower == name || lower == name[:3] {
			return day, true
		}
	}
	return 0, false
}

func offset(word string, today Date, n int, unit byte) (date Date, err error) {
	const most = 10000 * 366 // days: no two dates are further apart
	ok := n >= -most && n <= most
	if ok {
		switch unit {
		case 'd':
			date, ok = today.addDays(n)
		case 'w':
			date, ok = today.addDays(7 * n)
		case 'm':
			date, ok = today.addMonths(n)
		case 'y':
			date, ok = today.addMonths(12 * n)
		default:
			return 0, &Error{BadDate, fmt.Sprintf("%q is no date", Shown(word)), "an offset ends in d, w, m or y"}
		}
	}
	if !ok {
		return 0, &Error{BadDate, fmt.Sprintf("%q lies outside the calendar", Shown(word)),
			fmt.Sprintf("dates go from %v to %v", MinDate, MaxDate)}
	}
	return date, nil
}
