package format

import (
	"bufio"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"

	"todoshell/todo"
)

var priority = regexp.MustCompile(`^\([A-Z]\)$`)

var oneLine = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ")

func writeTodoTxt(w *bufio.Writer, entries iter.Seq[todo.Entry]) error {
	for e := range entries {
		e.ID, e.Title = 0, oneLine.Replace(e.Title)
		if _, err := w.WriteString(todoTxtLine(e) + "\n"); err != nil {
			return err
		}
	}
	return nil
}

// todoTxtLine writes an entry as people do, if that is read as what it is, else
// with the marks that make it so.
func todoTxtLine(e todo.Entry) string {
	mark, due := "", "none"
	if e.Status == todo.Done {
		mark = "x "
	}
	line := mark + e.Title
	if e.Date != 0 {
		due = e.Date.String()
		line += " due:" + due
	}
	if read, err := parseTodoTxt(line); err == nil && read == e && !isBlank(line) && !strings.HasPrefix(line, byteOrderMark) {
		return line
	}
	return mark + " " + e.Title + " due:" + due
}

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

func readTodoTxt(in io.Reader) ([]todo.Entry, error) {
	var entries []todo.Entry
	lines := newLines(in)
	for lines.Scan() {
		if isBlank(lines.Text()) {
			continue
		}
		e, err := parseTodoTxt(lines.Text())
		if err != nil {
			return nil, atLine(lines.n, err)
		}
		entries = append(entries, e)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return entries, nil
}

func parseTodoTxt(line string) (e todo.Entry, err error) {
	rest, done := strings.CutPrefix(line, "x ")
	dates := 1 // at most, that of the creation
	if done {
		e.Status, dates = todo.Done, 2
	}
	words := strings.Split(rest, " ")
	for i, word := range slices.Backward(words) {
		due, ok := strings.CutPrefix(word, "due:")
		if !ok || due != "none" && !meansDate(due) {
			continue
		}
		if due != "none" {
			if e.Date, err = todo.ParseISODate(due); err != nil {
				return todo.Entry{}, err
			}
		}
		words = slices.Delete(words, i, i+1)
		break
	}
	if len(words) > 1 && words[0] == "" {
		words = words[1:] // the title is as it stands
	} else {
		words = withoutDates(words, dates)
	}
	e.Title = strings.Join(words, " ")
	return e, todo.CheckTitle(e.Title)
}

// meansDate tells whether a word is a date or a try at one. What else follows
// due: is left to the title.
func meansDate(word string) bool {
	return len(word) >= len("2024-1-1") && strings.Trim(word, "0123456789-/.") == ""
}

// withoutDates takes up to n dates off the front, where a priority may come
// before them.
func withoutDates(words []string, n int) []string {
	first := 0
	if len(words) > 0 && priority.MatchString(words[0]) {
		first = 1
	}
	for ; n > 0 && first+1 < len(words) && meansDate(words[first]); n-- {
		if _, err := todo.ParseISODate(words[first]); err != nil {
			break
		}
		words = slices.Delete(words, first, first+1)
	}
	return words
}
