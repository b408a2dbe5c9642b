package format

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"todoshell/todo"
)

// readICS goes through the file by itself: the library's ParseCalendar knows no
// line numbers, reads lines of any length, recurses as deep as the file nests,
// takes time with the square of a line's parameters, and refuses files for what
// is wrong in parts that are not needed.
func readICS(in *bufio.Reader, r *reading) error {
	c := calendar{reading: r, others: make(map[string]int)}
	var line []byte // is complete when a line comes that doesn't continue it
	first := 1
	lines := newLines(in)
	for lines.Scan() {
		text := lines.Bytes()
		if isSoft(line) {
			if len(line) < maxRecord {
				line = append(line[:len(line)-1], text...)
			}
			continue
		}
		if len(text) > 0 && (text[0] == ' ' || text[0] == '\t') {
			if len(line) < maxRecord { // a longer value is no title, perhaps a picture
				line = append(line, text[c.foldSize():]...)
			}
			continue
		}
		if err := c.take(string(line)); err != nil {
			return atLine(first, err)
		}
		line, first = append(line[:0], text...), lines.n
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if err := c.take(string(line)); err != nil {
		return atLine(first, err)
	}
	if !c.begun && len(line) == 0 {
		return atLine(1, badCalendar("the file is empty", "export the tasks once more"))
	}
	if len(c.within) > 0 || !c.begun {
		return atLine(max(1, lines.n-1), badCalendar("the calendar has no end", "the file may have been cut off"))
	}
	return c.end()
}

// isSoft tells whether a line goes on after the = of quoted-printable, as those of
// vCalendar 1.0 do.
func isSoft(line []byte) bool {
	if !bytes.HasSuffix(line, []byte("=")) {
		return false
	}
	head, _, _ := bytes.Cut(line[:min(len(line), 256)], []byte(":"))
	return bytes.Contains(bytes.ToUpper(head), []byte("QUOTED-PRINTABLE"))
}

// calendar is what was read of a file.
type calendar struct {
	*reading
	begun  bool
	old    bool           // vCalendar 1.0
	within []string       // the components that the next line is in, the innermost last
	todos  int            // how many have begun
	others map[string]int // components that are no tasks
	own    bool           // the VTODO was written here
	item   item           // of the VTODO, as far as it was read
	entry  todo.Entry
}

// foldSize is how many bytes at the start of a line only mark it as the continuation of
// another.
func (c *calendar) foldSize() int {
	if c.old {
		return 0
	}
	return 1
}

// maxComponents is how deep components are in others.
const maxComponents = 32

func (c *calendar) take(line string) error {
	if isBlank(line) {
		return nil
	}
	name, value, ok := strings.Cut(line, ":")
	name, _, _ = strings.Cut(strings.ToUpper(name), ";")
	value = strings.ToUpper(strings.TrimSpace(value[:min(len(value), maxKnown)])) // of BEGIN and END
	inner := ""
	if len(c.within) > 0 {
		inner = c.within[len(c.within)-1]
	} else if name != "BEGIN" || value != "VCALENDAR" {
		return badCalendar("there is no BEGIN:VCALENDAR before this line", "see that the file is a calendar")
	}
	switch {
	case name == "BEGIN":
		return c.begin(inner, value)
	case name == "END":
		if value != inner {
			return badCalendar(fmt.Sprintf("END:%.40s stands where %s is to end", value, inner), "write END:"+inner)
		}
		c.within = c.within[:len(c.within)-1]
		if inner == "VTODO" {
			return c.endTodo()
		}
		return nil
	case inner == "VCALENDAR" && name == "VERSION":
		c.old = value == "1.0"
		return nil
	case inner != "VTODO":
		return nil
	case !ok:
		return badCalendar("there is no colon in the line", "write NAME:VALUE")
	}
	return c.property(name, line)
}

func (c *calendar) begin(inner, name string) error {
	if len(c.within) == maxComponents {
		return badCalendar(fmt.Sprintf("the components are more than %d deep", maxComponents), "see that each BEGIN has its END")
	}
	c.begun, c.within = true, append(c.within, name)
	switch {
	case name == "VTODO":
		c.todos++
		c.number++
		c.own, c.item, c.entry = false, item{}, todo.Entry{}
	case inner == "VTODO":
		c.leave(name)
	case name == "VEVENT", name == "VJOURNAL":
		c.others[name]++
	}
	return nil
}

func (c *calendar) endTodo() (err error) {
	e := c.entry
	if c.item.text(completedRole) != "" && !c.own { // our own was completed when it was written
		c.leave("time of COMPLETED")
	}
	if e.Status, err = c.status(&c.item); err != nil {
		return err
	}
	e.Title = c.title(&c.item)
	c.item = item{}
	return c.add(e)
}

// end adds to what was left out how many other components the file had.
func (c *calendar) end() error {
	if c.todos == 0 && len(c.others) > 0 {
		var others []string
		for name, n := range c.others {
			others = append(others, fmt.Sprintf("%s (%d)", name, n))
		}
		slices.Sort(others)
		return atLine(1, badCalendar("the calendar holds no tasks (VTODO), only "+strings.Join(others, " and "),
			"export the tasks, which many programs keep in a calendar of their own"))
	}
	for _, name := range []string{"VEVENT", "VJOURNAL"} {
		for range c.others[name] {
			c.number++
			c.leave(name)
		}
	}
	return nil
}

// property takes what an entry needs from a line of a VTODO.
func (c *calendar) property(name, line string) error {
	k, isKnown := properties[name]
	p, ok := parseProperty(line)
	switch {
	case name == "DTSTAMP", name == "SEQUENCE", name == "LAST-MODIFIED": // of the file, not of the task
		return nil
	case !ok && (isKnown || name == "DUE" || name == "UID"):
		return badCalendar(fmt.Sprintf("the parameters of %s can't be read", name), "write NAME;PARAMETER=VALUE:VALUE")
	case todo.Blank(p.value) && ok:
		return nil
	case name == "UID":
		id, host, _ := strings.Cut(p.value, "@")
		if n, wrong := parseID(id); wrong == nil && strings.HasSuffix(host, uidEnd) {
			c.own, c.entry.ID = true, n
		}
		return nil
	case name == "DUE":
		return c.due(p)
	case !isKnown:
		if !ok || p.value != defaults[name] {
			c.leave(name)
		}
		return nil
	}
	text, err := p.text(c.old)
	if err != nil {
		return err
	}
	switch name {
	case "SUMMARY":
		if err := checkTitle(text); err != nil && !todo.Blank(text) {
			return err
		}
	case "COMPLETED":
		text = "yes"
	case "STATUS":
		if statuses[plain(text)] == unknownWord {
			c.leave(fmt.Sprintf("STATUS %.20s, now open", text))
			text = todo.Open.String()
		}
	}
	c.put(&c.item, k, name, text)
	return nil
}

// properties are those that say what an entry says.
var properties = map[string]known{
	"SUMMARY":          {role: titleRole},
	"DESCRIPTION":      {role: titleRole, rank: noteRank},
	"STATUS":           {role: statusRole},
	"COMPLETED":        {role: completedRole},
	"PERCENT-COMPLETE": {role: percentRole},
}

// defaults are values that mean the same as if the property were missing.
var defaults = map[string]string{"PRIORITY": "0", "CLASS": "PUBLIC"}

// due reads the day on which a DATE or DATE-TIME falls for the user.
func (c *calendar) due(p property) error {
	value := strings.TrimSpace(p.value)
	var timed bool
	var err error
	zone := p.parameter("TZID")
	in := c.location(zone)
	at, wrong := time.Time{}, error(nil)
	if in != nil {
		at, wrong = time.ParseInLocation("20060102T150405", value, in)
	}
	if in != nil && wrong == nil && zone != "" {
		c.entry.Date, timed, err = dayOf(at.Format(time.RFC3339), c.zone)
	} else {
		if zone != "" && strings.Contains(value, "T") && !strings.HasSuffix(value, "Z") {
			c.leave(fmt.Sprintf("TZID %.40s, unknown", zone))
		}
		c.entry.Date, timed, err = dayOf(value, c.zone)
	}
	if timed {
		c.leave("time of DUE")
	}
	if err != nil {
		return badCalendar(fmt.Sprintf("%.40q is no date", value), "write YYYYMMDD or YYYYMMDDTHHMMSS, as 20240131")
	}
	return nil
}

func badCalendar(message, hint string) error {
	return &todo.Error{Code: BadImport, Message: message, Hint: hint}
}
