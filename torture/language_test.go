package torture

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// A modelLine is a line of the shell's language and what it is to answer.
type modelLine struct {
	text  string   // DIR stands for a folder
	input string   // what "import LIST -" reads
	want  []string // lines
	inUse string   // the list in use before it
}

// A generator writes random scripts, and knows from the model what they answer.
type generator struct {
	*rand.Rand
	*shellModel
	files int
	near  string // the list of the line before
	back  bool   // whether that line was an undo or a redo
	burst int    // how many lines are yet to come that one server takes at once
}

func newGenerator(random *rand.Rand) *generator {
	day := time.Date(1990+random.IntN(50), 1, 1+random.IntN(366), random.IntN(24), random.IntN(60), 0, random.IntN(1e9), time.UTC)
	return &generator{Rand: random, shellModel: &shellModel{today: day, lists: make(map[string]*sheet), files: make(map[string][]item)}}
}

// script returns so many lines, and at the end those that look at everything.
func (g *generator) script(n int) []modelLine {
	lines := make([]modelLine, 0, n)
	for range n {
		inUse := g.inUse
		l := g.line()
		l.inUse = inUse
		lines = append(lines, l)
	}
	look := func(text string, want []string) {
		lines = append(lines, modelLine{text: text, want: want, inUse: g.inUse})
	}
	for _, name := range listNames {
		look("log "+asWord(name), g.log(name))
		look("entries "+asWord(name), shown(name, g.list(name).sorted(always)))
	}
	return lines
}

// ofOneList is how many of the commands need no other server than the list's.
const ofOneList = 5

// commands are those a script is made of, each as often as it stands here for
// another of the same weight.
var commands = []struct {
	weight int
	write  func(*generator, string, string) modelLine // for a list as it is typed and its name
}{
	{30, (*generator).writeAdd},
	{10, (*generator).writeEntries},
	{12, (*generator).writeUpdate},
	{20, (*generator).writeEdit},
	{25, (*generator).writeBack},
	{8, (*generator).writeImport},
	{5, (*generator).writeExport},
	{10, (*generator).writeLook},
	{6, (*generator).writeShell},
	{10, (*generator).writeWrong},
}

func (g *generator) line() modelLine {
	if g.burst--; g.burst < -40 {
		g.burst = g.IntN(100)
	}
	some := commands
	if g.burst > 0 {
		some = commands[:ofOneList]
	}
	total := 0
	for _, c := range some {
		total += c.weight
	}
	at := g.IntN(total)
	i := 0
	for ; at >= commands[i].weight; i++ {
		at -= commands[i].weight
	}
	write, name := commands[i].write, listNames[g.IntN(len(listNames))]
	if g.near != "" && (g.burst > 0 || g.IntN(2) == 0) {
		name = g.near
	}
	if g.back && g.IntN(4) > 0 { // so that there are long runs of undo and redo
		write, name = (*generator).writeBack, g.near
	}
	typed := asWord(name)
	if name == g.inUse && g.IntN(2) == 0 {
		typed = "."
	}
	g.near, g.back = name, false
	l := write(g, typed, name)
	switch g.IntN(20) {
	case 0:
		l.text = " \t" + l.text
	case 1:
		l.text += "\r"
	case 2:
		if l.input == "" {
			l.text += " "
		}
	}
	return l
}

var listNames = []string{"Bob", "Bob's list", "B", "日本", "a b", "#1", "-x", "Zoë"}

// asWord returns a name as one word of a line.
func asWord(name string) string {
	if name[0] == '#' || strings.ContainsAny(name, " '") {
		return `"` + name + `"`
	}
	return name
}

func (g *generator) pick(of ...string) string { return of[g.IntN(len(of))] }

// title returns free text as it is typed, and what it means.
func (g *generator) title() (typed, title string) {
	if g.IntN(10) == 0 {
		return `"two  words"`, "two  words"
	}
	words := []string{g.pick("Dentist", "#123", `C:\temp`, "Ärger", "x", "-y", "日本語", "it's", "2024-01-01", "(A)")}
	for range g.IntN(4) {
		words = append(words, g.pick("don't", "#soon", `"now"`, "", "due:2024-02-01", `\`, "dentist", "ärger", ".", "<&>"))
	}
	title = strings.TrimRight(strings.Join(words, " "), " ")
	return title, title
}

// wildTitle is one that only a file can hold.
func (g *generator) wildTitle() string {
	_, title := g.title()
	return g.pick(title, title, " "+title, title+"\t\n"+title, "x "+title, title+" due:none", "a,\"b\"\n", "=1;2")
}

// when returns a word for a date and what it means.
func (g *generator) when() (typed string, date day) {
	n := g.IntN(40) - 20
	switch g.IntN(8) {
	case 0:
		return "none", undated
	case 1:
		n = g.IntN(3) - 1
		return []string{"yesterday", "Today", "tomorrow"}[n+1], g.days(n)
	case 2:
		ahead := 1 + g.IntN(7)
		word := g.today.AddDate(0, 0, ahead).Weekday().String()
		return g.pick(word, strings.ToLower(word[:3])), g.days(ahead)
	case 3:
		return fmt.Sprintf("%+dd", n), g.days(n)
	case 4:
		return fmt.Sprintf("%+dw", n), g.days(7 * n)
	case 5:
		return fmt.Sprintf("%+dm", n), g.months(n)
	case 6:
		return fmt.Sprintf("%+dy", n), g.months(12 * n)
	}
	return string(g.days(n)), g.days(n)
}

func (g *generator) days(n int) day { return dayOf(g.today.AddDate(0, 0, n)) }

// months keeps the day of the month, or the last where it is too short.
func (g *generator) months(n int) day {
	year, month, d := g.today.Date()
	last := time.Date(year, month+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
	return dayOf(last.AddDate(0, 0, min(d, last.Day())-last.Day()))
}

// span returns words for a span and what they mean.
func (g *generator) span() (typed string, in span) {
	switch g.IntN(5) {
	case 0:
		monday := -(int(g.today.Weekday()) + 6) % 7
		return "week", span{from: g.days(monday), to: g.days(monday + 6)}
	case 1:
		month := string(dayOf(g.today)[:8])
		return "month", span{from: day(month + "01"), to: day(month + "31")}
	case 2:
		return "overdue", span{to: g.days(-1), open: true}
	}
	typed, date := g.when()
	other, end := g.when()
	if date == undated || end == undated {
		return typed, span{from: date, to: date}
	}
	if end < date {
		typed, date, other, end = other, end, typed, date
	}
	switch g.IntN(4) {
	case 0:
		return typed, span{from: date, to: date}
	case 1:
		return typed + "..", span{from: date, to: "9999-12-31"}
	case 2:
		return ".." + other, span{to: end}
	}
	return typed + ".." + other, span{from: date, to: end}
}

// ids returns some that a list has, at times one given twice or unknown.
func (g *generator) ids(name string, most int) (typed string, ids []uint64) {
	s := g.list(name)
	has := slices.Sorted(maps.Keys(s.items))
	for range 1 + g.IntN(most) {
		id := 1 + g.Uint64N(s.last+2)
		if n := len(has); n > 0 && g.IntN(12) > 0 {
			id = has[n-1-g.IntN(min(n, 8))]
		}
		ids = append(ids, id)
		typed += fmt.Sprintf(" %d", id)
	}
	return typed, ids
}
