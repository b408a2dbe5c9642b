package torture

import (
	"encoding/json"
	"fmt"
	"strings"
)

// The commands of random scripts: each writes one for a list, as it is typed and
// by its name.

func (g *generator) writeAdd(list, name string) modelLine {
	when, date := g.when()
	typed, title := g.title()
	return modelLine{text: fmt.Sprintf("add %s %s %s", list, when, typed), want: g.add(name, date, title)}
}

func (g *generator) writeEntries(list, name string) modelLine {
	if g.IntN(2) == 0 {
		return modelLine{text: "entries " + list, want: shown(name, g.list(name).sorted(always))}
	}
	typed, in := g.span()
	return modelLine{text: "entries " + list + " " + typed, want: shown(name, g.list(name).sorted(in))}
}

func (g *generator) writeUpdate(list, name string) modelLine {
	id, ids := g.ids(name, 1)
	if g.IntN(2) == 0 {
		typed, date := g.when()
		return modelLine{text: "update " + list + id + " date " + typed, want: g.edit(name, "update", ids, func(i item) item {
			i.Date = date
			return i
		})}
	}
	typed, title := g.title()
	return modelLine{text: "update " + list + id + " title " + typed, want: g.edit(name, "update", ids, func(i item) item {
		i.Title = title
		return i
	})}
}

func (g *generator) writeEdit(list, name string) modelLine {
	typed, ids := g.ids(name, 4)
	verb := g.pick("done", "reopen", "delete")
	return modelLine{text: verb + " " + list + typed, want: g.edit(name, verb, ids, func(i item) item {
		switch verb {
		case "done":
			i.Status = "done"
		case "reopen":
			i.Status = "open"
		default:
			return item{}
		}
		return i
	})}
}

func (g *generator) writeBack(list, name string) modelLine {
	g.back = true
	if g.IntN(5) < 3 {
		return modelLine{text: "undo " + list, want: g.undo(name)}
	}
	return modelLine{text: "redo " + list, want: g.redo(name)}
}

func (g *generator) writeImport(list, name string) modelLine {
	if g.latest != "" && g.IntN(2) == 0 {
		return modelLine{text: "import " + list + " DIR/" + g.latest, want: g.importAll(name, g.shellModel.files[g.latest])}
	}
	l := modelLine{text: "import " + list + " -"}
	if g.IntN(10) == 0 {
		l.input = g.pick(`{"title":1}`, `{"title":"x","date":"2024-02-30"}`, `{"title":"x"} {"title":7}`, `{"id":0,"title":"x"}`, "title\nx")
		l.want = refused("bad_import")
		return l
	}
	format := g.pick("json", "csv", "todo.txt")
	if format != "json" || g.IntN(2) == 0 {
		l.text = g.pick("import "+list+" - --format "+format, "import --format="+format+" "+list+" -")
	}
	items, text := g.fileOf(name, format)
	l.input, l.want = text, g.importAll(name, items)
	if format == "json" && len(items) > 0 { // for which the file has a member too many
		l.want = append(l.want, leftOut)
	}
	return l
}

func (g *generator) writeExport(list, name string) modelLine {
	switch g.IntN(4) {
	case 0:
		return modelLine{text: "export " + list + g.pick("", " -", " --format json"), want: shown(name, g.list(name).sorted(always))}
	case 1:
		return modelLine{text: "export " + list + " --format csv", want: g.exportCSV(name)}
	}
	g.files++
	file := fmt.Sprintf("%d.%s", g.files, g.pick("csv", "json", "txt", "ics"))
	return modelLine{text: "export " + list + " DIR/" + file, want: g.exportFile(name, file)}
}

func (g *generator) writeLook(list, name string) modelLine {
	switch g.IntN(5) {
	case 0:
		prefix := g.pick("", "", "B", "Bob", "日", "zzz")
		var want []string
		for _, name := range g.names() {
			if strings.HasPrefix(name, prefix) {
				s := g.list(name)
				open := len(s.sorted(span{to: undated, open: true}))
				want = append(want, object(struct {
					List    string `json:"list"`
					Entries int    `json:"entries"`
					Open    int    `json:"open"`
				}{name, len(s.items), open}))
			}
		}
		return modelLine{text: "lists " + prefix, want: want}
	case 1:
		return modelLine{text: "agenda", want: g.find(span{to: g.days(0), open: true}, "")}
	case 2:
		typed, in := g.span()
		in.open = true
		return modelLine{text: "agenda " + typed, want: g.find(in, "")}
	case 3:
		part := g.pick("DENTIST", "ärger", "#123", "日本", `\`, "no such", "'", "s d")
		return modelLine{text: "find " + part, want: g.find(always, part)}
	}
	return modelLine{text: "log " + list, want: g.log(name)}
}

// writeShell writes a command that leaves the entries as they are, or takes all.
func (g *generator) writeShell(list, name string) modelLine {
	switch g.IntN(12) {
	case 0:
		return modelLine{text: g.pick("drop "+list+" -y", "drop -y "+list, "drop "+list), want: g.drop(name)}
	case 1, 2, 3:
		return modelLine{text: "stop " + list, want: became(name, "stopped")}
	case 4, 5, 6:
		return modelLine{text: "crash " + list, want: became(name, "crashed")}
	case 7:
		return modelLine{text: g.pick("", "# add Bob today x", "\t#")}
	}
	g.inUse = name
	return modelLine{text: "use " + list}
}

// wrongLines are lines that change nothing, with the codes of their errors.
var wrongLines = [][2]string{
	{"frobnicate LIST", "unknown_command"},
	{"ad LIST today x", "unknown_command"},
	{"ADD LIST today x", "unknown_command"},
	{"add LIST 01/02/2024 x", "bad_date"},
	{"add LIST 2023-02-29 x", "bad_date"},
	{"add LIST someday x", "bad_date"},
	{"add LIST +99999y x", "bad_date"},
	{"update LIST 1 date 2024-13-01", "bad_date"},
	{"entries LIST tomorrow..yesterday", "bad_date"},
	{"entries LIST none..today", "bad_date"},
	{"agenda ..", "bad_date"},
	{"add LIST", "usage"},
	{"add LIST today", "usage"},
	{"done LIST", "usage"},
	{"done LIST 0", "usage"},
	{"done LIST 1 one", "usage"},
	{"update LIST 1 colour red", "usage"},
	{"undo LIST 1", "usage"},
	{"find", "usage"},
	{"export LIST --format", "usage"},
	{"export LIST --format doc", "bad_format"},
	{"import LIST x.doc", "bad_format"},
	{"import LIST missing.csv", "bad_file"},
	{"export LIST missing/x.csv", "bad_file"},
	{`delete LIST "1`, "open_quote"},
	{`add "" today x`, "bad_name"},
	{"add " + strings.Repeat("x", 256) + " today x", "bad_name"},
	{"add LIST today " + strings.Repeat("x", 4097), "bad_title"},
	{"add LIST today \xff", "bad_utf8"},
	{"add LIST today " + strings.Repeat("x", 64<<10), "line_too_long"},
	{"done LIST 999999999999", "unknown_id"},
}

func (g *generator) writeWrong(list, name string) modelLine {
	wrong := wrongLines[g.IntN(len(wrongLines))]
	if strings.HasPrefix(wrong[0], "export LIST missing/") && len(g.list(name).history) == 0 {
		wrong[1] = "unknown_list"
	}
	if g.inUse == "" && g.IntN(10) == 0 {
		wrong = [2]string{"entries .", "bad_name"}
	}
	return modelLine{text: strings.ReplaceAll(wrong[0], "LIST", list), want: refused(wrong[1])}
}

// fileOf returns items and a text that says the same in a format.
func (g *generator) fileOf(name, format string) (items []item, text string) {
	n := g.IntN(12)
	if g.IntN(40) == 0 {
		n = 4200 // for a snapshot
	}
	id := []uint64{0, 1, g.list(name).last + 1, g.list(name).last + 7}[g.IntN(4)]
	var b strings.Builder
	b.WriteString("\n") // so that it is never empty
	for range n {
		i := item{ID: id, Status: g.pick("open", "done"), Title: g.wildTitle()}
		if _, i.Date = g.when(); i.Date == "" {
			i.Date = undated
		}
		if id > 0 {
			id += uint64(g.IntN(200) / 100 * 2)
			id += uint64(min(1, g.IntN(300)))
		}
		if format == "todo.txt" {
			i.ID, i.Title = 0, g.pick("Dentist", "call Ärger +home", "tea @4")
			mark := map[string]string{"open": "", "done": "x "}[i.Status]
			due := map[bool]string{true: "", false: " due:" + string(i.Date)}[i.Date == undated]
			b.WriteString(mark + i.Title + due + "\n")
		}
		items = append(items, i)
		if format == "json" {
			fields := map[string]any{"date": i.Date, "status": i.Status, "title": i.Title, "more": []int{1}}
			if i.ID > 0 {
				fields["id"] = i.ID
			}
			line, _ := json.Marshal(fields) //nolint:errchkjson // there is nothing that can't be
			b.Write(append(line, '\n'))
		}
	}
	if format == "csv" {
		return items, csvOf(items)
	}
	return items, b.String()
}
