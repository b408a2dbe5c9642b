package format

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"net/url"
	"regexp"
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

// writeICS writes component by component: a Calendar would hold all of them.
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
		status := ics.ObjectStatusNeedsAction
		if e.Status == todo.Done {
			status = ics.ObjectStatusCompleted
		}
		t.SetStatus(status)
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

// readICS takes content lines apart with the library, but goes through the file
// by itself: ParseCalendar knows no line numbers, reads lines of any length,
// recurses as deep as the file nests, and refuses files for what is wrong in
// parts that are not needed.
func readICS(in io.Reader) ([]todo.Entry, error) {
	var c calendar
	var line []byte // is complete when a line comes that doesn't continue it
	first := 1
	lines := newLines(in)
	for lines.Scan() {
		text := lines.Bytes()
		if len(text) > 0 && (text[0] == ' ' || text[0] == '\t') {
			if len(line) < maxRecord { // what is longer is no title and may be a picture
				line = append(line, text[1:]...)
			}
			continue
		}
		if err := c.take(string(line)); err != nil {
			return nil, atLine(first, err)
		}
		line, first = append(line[:0], text...), lines.n
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if err := c.take(string(line)); err != nil {
		return nil, atLine(first, err)
	}
	if len(c.within) > 0 || !c.begun {
		return nil, atLine(max(1, lines.n-1), badCalendar("the calendar has no end", "the file may have been cut off"))
	}
	return c.entries, nil
}

// calendar is what was read of a file.
type calendar struct {
	begun   bool
	within  []string // the components that the next line is in, the innermost last
	todos   int      // how many have begun
	uid     string
	entry   todo.Entry // the VTODO's, as far as it was read
	entries []todo.Entry
}

func (c *calendar) take(line string) error {
	if isBlank(line) {
		return nil
	}
	name, value, ok := strings.Cut(line, ":")
	name, _, _ = strings.Cut(strings.ToUpper(name), ";")
	value = strings.ToUpper(strings.TrimSpace(value)) // of BEGIN and END
	inner := ""
	if len(c.within) > 0 {
		inner = c.within[len(c.within)-1]
	} else if name != "BEGIN" || value != "VCALENDAR" {
		return badCalendar("there is no BEGIN:VCALENDAR before this line", "see that the file is a calendar")
	}
	switch {
	case name == "BEGIN":
		c.begun, c.within = true, append(c.within, value)
		if value == "VTODO" {
			c.todos++
			c.uid, c.entry = "", todo.Entry{}
		}
		return nil
	case name == "END":
		if value != inner {
			return badCalendar(fmt.Sprintf("END:%.40s stands where %s is to end", value, inner), "write END:"+inner)
		}
		c.within = c.within[:len(c.within)-1]
		if inner == "VTODO" {
			return c.endTodo()
		}
		return nil
	case inner != "VTODO":
		return nil
	case !ok:
		return badCalendar("there is no colon in the line", "write NAME:VALUE")
	}
	return c.property(name, line)
}

func (c *calendar) endTodo() error {
	e := c.entry
	if e.Title == "" {
		return badCalendar(fmt.Sprintf("VTODO %d, with the UID %.80q, has no SUMMARY", c.todos, c.uid), "give it one")
	}
	c.entries, c.entry = append(c.entries, e), todo.Entry{}
	return nil
}

// property takes what an entry needs from a line of a VTODO.
func (c *calendar) property(name, line string) error {
	switch name {
	case "UID", "SUMMARY", "DUE", "STATUS", "COMPLETED", "PERCENT-COMPLETE":
	default:
		return nil
	}
	p, err := ics.ParseProperty(ics.ContentLine(line))
	if err != nil || p == nil {
		return badCalendar(fmt.Sprintf("the parameters of %s can't be read", name), "write NAME;PARAMETER=VALUE:VALUE")
	}
	switch {
	case name == "UID":
		c.uid = p.Value
		id, host, _ := strings.Cut(p.Value, "@")
		if n, wrong := parseID(id); wrong == nil && strings.HasSuffix(host, uidEnd) {
			c.entry.ID = n
		}
	case name == "SUMMARY":
		c.entry.Title = p.Value
		return todo.CheckTitle(p.Value)
	case name == "DUE":
		c.entry.Date, err = calendarDate(p.Value)
		return err
	case name == "COMPLETED",
		name == "STATUS" && strings.EqualFold(p.Value, "COMPLETED"),
		name == "PERCENT-COMPLETE" && p.Value == "100":
		c.entry.Status = todo.Done
	}
	return nil
}

var dateTime = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})(T\d{6}Z?)?$`)

// calendarDate returns the day that a DATE or DATE-TIME shows, in whatever time
// zone: a date in a list has none, and to shift it could only make it another.
func calendarDate(value string) (todo.Date, error) {
	if part := dateTime.FindStringSubmatch(value); part != nil {
		if date, err := todo.ParseISODate(part[1] + "-" + part[2] + "-" + part[3]); err == nil {
			return date, nil
		}
	}
	return 0, badCalendar(fmt.Sprintf("%.40q is no date", value), "write YYYYMMDD or YYYYMMDDTHHMMSS, as 20240131")
}

func badCalendar(message, hint string) error {
	return &todo.Error{Code: BadImport, Message: message, Hint: hint}
}
