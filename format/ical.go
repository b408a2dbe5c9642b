package format

import (
	"bufio"
	"iter"
	"net/url"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"todoshell/todo"
)

const (
	uidEnd       = ".todoshell"
	calendarHead = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//todoshell//EN\r\n"
	calendarFoot = "END:VCALENDAR\r\n"
)

// writeICS writes component by component, since the library's Calendar would hold all of
// them in memory.
func writeICS(w *bufio.Writer, list string, entries iter.Seq[todo.Entry], now time.Time) error {
	if _, err := w.WriteString(calendarHead); err != nil {
		return err
	}
	layout := &ics.SerializationConfiguration{MaxLength: 75, PropertyMaxLength: 75, NewLine: "\r\n"}
	host := url.PathEscape(list) + uidEnd
	for e := range entries {
		t := ics.NewTodo(strconv.FormatUint(e.ID, 10) + "@" + host)
		t.SetDtStampTime(now)
		t.SetSummary(calendarText(e.Title))
		if e.Date != 0 {
			t.SetAllDayDueAt(e.Date.Time())
		}
		if t.SetStatus(ics.ObjectStatusNeedsAction); e.Status == todo.Done {
			t.SetStatus(ics.ObjectStatusCompleted)
			t.SetCompletedAt(now) // some programs need a time, and a list does not keep when an entry was done
			t.SetPercentComplete(100)
		}
		if err := t.SerializeTo(w, layout); err != nil {
			return err
		}
	}
	_, err := w.WriteString(calendarFoot)
	return err
}

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// calendarText replaces what a calendar must not hold.
func calendarText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return ' '
		}
		return r
	}, newlines.Replace(s))
}
