package format

import (
	"strconv"
	"strings"
	"time"

	"todoshell/todo"
)

// zoned are layouts of moments, and floating those of times without a zone. Which day
// these mean is beyond doubt.
var (
	zoned = []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00",
		"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 UTC", "20060102T150405Z"}
	floating = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04",
		"20060102T150405", "20060102", "2006/01/02", "2006/1/2", "2006/01/02 15:04", "2006/01/02 15:04:05",
		"January 2, 2006", "January 2, 2006 3:04 PM", "January 2, 2006 15:04", "Jan 2, 2006", "Jan 2, 2006 3:04 PM",
		"2 January 2006", "2 Jan 2006", "2 January 2006 15:04", "2 Jan 2006 15:04", "Monday, January 2, 2006",
		"Mon, 2 Jan 2006"}
)

// dayOf returns the day that a text shows to somebody in a zone. Timed tells that
// it shows more: a time that is not midnight.
func dayOf(text string, zone *time.Location) (day todo.Date, timed bool, err error) {
	if len(text) == len("2006-01-02") {
		if day, err = todo.ParseISODate(text); err == nil {
			return day, false, nil
		}
	}
	if at, ok := moment(text, zone); ok && at.Year() >= 1 && at.Year() <= 9999 {
		return todo.DateOf(at), at.Hour() != 0 || at.Minute() != 0 || at.Second() != 0, nil
	}
	_, err = todo.ParseISODate(text)
	return 0, false, err
}

func moment(text string, zone *time.Location) (time.Time, bool) {
	if len(text) > 40 {
		return time.Time{}, false
	}
	if isEpoch(text) {
		n, err := strconv.ParseInt(text, 10, 64)
		if len(text) == epochMillis {
			return time.UnixMilli(n).In(zone), err == nil
		}
		return time.Unix(n, 0).In(zone), err == nil
	}
	for _, layout := range zoned {
		if at, err := time.Parse(layout, text); err == nil {
			return at.In(zone), true
		}
	}
	for _, layout := range floating {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// Seconds and milliseconds since 1970 have so many digits since 2001.
const (
	epochSeconds = 10
	epochMillis  = 13
)

func isEpoch(text string) bool {
	return (len(text) == epochSeconds || len(text) == epochMillis) && strings.Trim(text, "0123456789") == "" && text[0] != '0'
}

// repeats tells whether a text describes many days, such as "every Monday", as programs
// write that read dates in words.
func repeats(text string) bool {
	first, _, more := strings.Cut(strings.ToLower(text), " ")
	return more && (first == "every" || first == "every!" || first == "ev" || first == "after") || first == "daily" || first == "weekly"
}
