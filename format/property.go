package format

import (
	"fmt"
	"io"
	"mime/quotedprintable"
	"slices"
	"strings"

	ics "github.com/arran4/golang-ical"
)

// A property is a content line taken apart.
type property struct {
	parameters []string // NAME=VALUE, or the one or the other
	value      string
}

func parseProperty(line string) (p property, ok bool) {
	quoted, from := false, 0
	for i := range len(line) {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ':':
			p.parameters, p.value = append(p.parameters, line[from:i])[1:], line[i+1:]
			return p, true
		case c == ';':
			p.parameters = append(p.parameters, line[from:i])
			from = i + 1
		}
	}
	return p, false
}

func (p *property) parameter(name string) string {
	for _, parameter := range p.parameters {
		if known, value, ok := strings.Cut(parameter, "="); ok && strings.EqualFold(known, name) {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// text returns the value as text. In vCalendar 1.0, it may be written in other ways.
func (p *property) text(old bool) (string, error) {
	value := p.value
	isQuoted := strings.EqualFold(p.parameter("ENCODING"), quotedPrintable) ||
		slices.ContainsFunc(p.parameters, func(s string) bool { return strings.EqualFold(s, quotedPrintable) })
	if isQuoted {
		text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(value)))
		if err != nil {
			return "", badCalendar("the text is not quoted-printable", "write it as iCalendar 2.0 does, in UTF-8")
		}
		value = string(text)
	}
	switch charset := strings.ToUpper(p.parameter("CHARSET")); charset {
	case "", "UTF-8", "UTF8", "US-ASCII", "ASCII":
	case "ISO-8859-1", "LATIN1", "LATIN-1":
		letters := make([]rune, len(value))
		for i := range len(value) {
			letters[i] = rune(value[i])
		}
		value = string(letters)
	default:
		if !isASCII(value) {
			return "", badCalendar(fmt.Sprintf("the text is in %.40s", charset), "save the file as UTF-8")
		}
	}
	if old {
		return newlines.Replace(strings.NewReplacer(`\;`, ";", `\,`, ",", `\n`, "\n", `\N`, "\n").Replace(value)), nil
	}
	return newlines.Replace(ics.FromText(value)), nil
}

const quotedPrintable = "QUOTED-PRINTABLE"

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
