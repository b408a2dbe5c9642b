package format

import (
	"bufio"
	"iter"
	"regexp"
	"slices"
	"strings"
	"time"

	"todoshell/todo"
)

var priority = regexp.MustCompile(`^\([A-Z]\)$`)

var oneLine = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ")

func writeTodoTxt(w *bufio.Writer, _ string, entries iter.Seq[todo.Entry], _ time.Time) error {
	for e := range entries {
		e.ID, e.Title = 0, oneLine.Replace(e.Title)
		if _, err := w.WriteString(todoTxtLine(e) + "\n"); err != nil {
			return err
		}
	}
	return nil
}

// todoTxtLine writes an entry as people would, if reading that gives the same entry;
// otherwise with the blank and the due: word that package format documents.
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
	if read, err := parseTodoTxt(line); err == nil && read == (todoTxt{Entry: e}) && !isBlank(line) && isPlain(line) {
		return line
	}
	return mark + " " + e.Title + " due:" + due
}

// isPlain tells whether a file may begin with the line.
func isPlain(line string) bool {
	head := []byte(line + "\n")
	return !strings.HasPrefix(line, byteOrderMark) && !isUTF16(head, 0) && !isUTF16(head, 1) && otherKind(head, TodoTxt) == nil
}

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

func readTodoTxt(in *bufio.Reader, r *reading) error {
	lines := newLines(in)
	for lines.Scan() {
		if isBlank(lines.Text()) {
			continue
		}
		line, err := parseTodoTxt(lines.Text())
		if err != nil {
			return atLine(lines.n, err)
		}
		r.number++
		if line.completed {
			r.leave("day of completion")
		}
		if line.created {
			r.leave("day of creation")
		}
		if todo.Blank(line.Title) {
			r.leave(emptyTitle)
			line.Title = Untitled
		}
		if err := r.add(line.Entry); err != nil {
			return atLine(lines.n, err)
		}
	}
	return lines.Err()
}

// A todoTxt is a line.
type todoTxt struct {
	todo.Entry
	completed, created bool // have days, which an entry has no place for
}

func parseTodoTxt(text string) (line todoTxt, err error) {
	rest, done := strings.CutPrefix(text, "x ")
	dates := 1 // at most, that of the creation
	if done {
		line.Status, dates = todo.Done, 2
	}
	words := strings.Split(rest, " ")
	for i, word := range slices.Backward(words) {
		due, ok := strings.CutPrefix(word, "due:")
		if !ok || due != "none" && !meansDate(due) {
			continue
		}
		if due != "none" {
			if line.Date, err = todo.ParseISODate(due); err != nil {
				return todoTxt{}, err
			}
		}
		words = slices.Delete(words, i, i+1)
		break
	}
	if len(words) > 1 && words[0] == "" {
		words = words[1:] // the title is as it stands
	} else {
		all := len(words)
		words = withoutDates(words, dates)
		line.completed = done && len(words) < all // where there is one date, it is that
		line.created = all-len(words) == dates
	}
	line.Title = strings.Join(words, " ")
	return line, nil
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
