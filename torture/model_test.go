package torture

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A shellModel is the shell as one would write it with maps and slices: each
// method is a command and returns the lines of its answer.
type shellModel struct {
	today  time.Time
	lists  map[string]*sheet
	inUse  string
	files  map[string][]item // what reading a file gives, by its name
	latest string            // the file that was written last
}

func (m *shellModel) list(name string) *sheet {
	if m.lists[name] == nil {
		m.lists[name] = &sheet{items: make(map[uint64]item)}
	}
	return m.lists[name]
}

// names returns the names of the lists that exist. One without entries does, while it has a history.
func (m *shellModel) names() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(m.lists)), func(name string) bool {
		return len(m.lists[name].history) == 0
	})
}

// object returns a line of JSON.
func object(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// refused is the answer of a command that ended with an error.
func refused(code string) []string { return []string{"error " + code} }

// leftOut is what is said of an import that left something out.
const leftOut = "note left_out"

// shown is the answer that shows items of a list.
func shown(list string, items []item) (lines []string) {
	for _, i := range items {
		i.List = list
		lines = append(lines, object(i))
	}
	return lines
}

func (m *shellModel) add(list string, date day, title string) []string {
	s := m.list(list)
	i := item{ID: s.last + 1, Date: date, Status: "open", Title: title}
	s.change("add", []edit{{after: i}})
	return shown(list, []item{i})
}

// edit runs a command on some items, all or none: f says what becomes of each.
func (m *shellModel) edit(list, what string, ids []uint64, f func(item) item) []string {
	s := m.list(list)
	var edits []edit
	var answer []item
	for n, id := range ids {
		before, ok := s.items[id]
		if !ok {
			return refused("unknown_id")
		}
		if slices.Contains(ids[:n], id) {
			continue
		}
		after := f(before)
		if after != before {
			edits = append(edits, edit{before, after})
		}
		if after.ID == 0 {
			after = before
		}
		answer = append(answer, after)
	}
	s.change(what, edits)
	return shown(list, answer)
}

func (m *shellModel) undo(list string) []string {
	s := m.list(list)
	n := len(s.past) - 1
	if n < 0 {
		return refused("nothing_to_undo")
	}
	undone := s.past[n]
	s.past, s.future = s.past[:n], append(s.future, undone)
	var back []edit
	for _, e := range undone.edits {
		back = append(back, edit{e.after, e.before})
	}
	s.do("undo", back)
	return cameBack(list, back, backItem{Undid: undone.what})
}

func (m *shellModel) redo(list string) []string {
	s := m.list(list)
	n := len(s.future) - 1
	if n < 0 {
		return refused("nothing_to_redo")
	}
	again := s.future[n]
	s.future, s.past = s.future[:n], append(s.past, again)
	s.do("redo", again.edits)
	return cameBack(list, again.edits, backItem{Redid: again.what})
}

// cameBack is the answer that shows what edits have left of a list.
func cameBack(list string, edits []edit, as backItem) (lines []string) {
	for _, e := range edits {
		if e.after.ID > 0 {
			as.item = e.after
			as.List = list
			lines = append(lines, object(as))
		}
	}
	return lines
}

func (m *shellModel) log(list string) (lines []string) {
	type line struct {
		List    string    `json:"list"`
		Rev     int       `json:"rev"`
		Time    time.Time `json:"time"`
		What    string    `json:"what"`
		Entries []item    `json:"entries"`
	}
	for n, a := range m.list(list).history {
		l := line{list, n + 1, m.today, a.what, nil}
		for _, e := range a.edits {
			if e.after.ID == 0 {
				e.after = e.before
			}
			l.Entries = append(l.Entries, e.after)
		}
		lines = append(lines, object(l))
	}
	return lines
}

func (m *shellModel) drop(list string) []string {
	if len(m.list(list).history) == 0 {
		return refused("unknown_list")
	}
	delete(m.lists, list)
	return became(list, "dropped")
}

func became(list, state string) []string {
	return []string{object(struct {
		List  string `json:"list"`
		State string `json:"state"`
	}{list, state})}
}

// find answers what matches in all lists.
func (m *shellModel) find(in span, part string) (lines []string) {
	for _, name := range m.names() {
		items := slices.DeleteFunc(m.lists[name].sorted(in), func(i item) bool {
			return !strings.Contains(strings.ToLower(i.Title), strings.ToLower(part))
		})
		lines = append(lines, shown(name, items)...)
	}
	return lines
}

// importAll keeps the ids if all are new and above those given so far.
func (m *shellModel) importAll(list string, items []item) []string {
	s := m.list(list)
	keep := true
	seen := make(map[uint64]bool)
	for _, i := range items {
		keep = keep && i.ID > s.last && !seen[i.ID]
		seen[i.ID] = true
	}
	var edits []edit
	for n, i := range items {
		if !keep {
			i.ID = s.last + uint64(n) + 1
		}
		edits = append(edits, edit{after: i})
	}
	s.change("import", edits)
	return []string{object(struct {
		List     string `json:"list"`
		Imported int    `json:"imported"`
	}{list, len(items)})}
}

func (m *shellModel) exportCSV(list string) []string {
	return []string{object(struct {
		List   string `json:"list"`
		Format string `json:"format"`
		Text   string `json:"text"`
	}{list, "csv", csvOf(m.list(list).sorted(always))})}
}

func csvOf(items []item) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"id", "date", "status", "title"}) // into memory
	for _, i := range items {
		id := strconv.FormatUint(i.ID, 10)
		if i.ID == 0 {
			id = ""
		}
		title := i.Title
		if first := strings.TrimLeft(title, "'"); first != "" && strings.ContainsAny(first[:1], "=+-@\t\r") {
			title = "'" + title // a spreadsheet would carry it out
		}
		_ = w.Write([]string{id, strings.Trim(string(i.Date), string(undated)), i.Status, title})
	}
	w.Flush()
	return b.String()
}

// exportFile remembers what reading the file will give.
func (m *shellModel) exportFile(list, file string) []string {
	if len(m.list(list).history) == 0 {
		return refused("unknown_list")
	}
	items := m.list(list).sorted(always)
	if strings.HasSuffix(file, ".txt") { // which has no ids and no titles of several lines
		for n := range items {
			items[n].ID, items[n].Title = 0, strings.ReplaceAll(items[n].Title, "\n", " ")
		}
	}
	m.files[file], m.latest = items, file
	return []string{object(struct {
		List     string `json:"list"`
		Exported int    `json:"exported"`
	}{list, len(items)})}
}
