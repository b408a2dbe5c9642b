package repl

import (
	"slices"
	"strings"
)

// typed is a line up to the cursor, in words.
type typed struct {
	words []string // those before the cursor that are complete
	raw   string   // the word that the cursor stands in, as it was typed
	from  int      // where that word begins
}

// splitTyped splits a line up to the cursor. It is false if that is in a comment.
func splitTyped(line string) (t typed, ok bool) {
	for rest := line; ; {
		raw, after, err := nextWord(rest)
		if err != nil || after == "" {
			t.raw, t.from = raw, len(line)-len(raw)
			return t, raw != "" || strings.Trim(rest, blanks) == ""
		}
		word, err := unquote(raw)
		if err != nil {
			return t, false
		}
		t.words = append(t.words, word)
		rest = after
	}
}

// rest returns the parameters that can follow args. It is false if the command does not
// take those args.
func (c *Command) rest(args []string) (params []Param, ok bool) {
	params = slices.Clone(c.Params)
	for i := 0; i < len(args); i++ {
		name, _, hasValue := strings.Cut(args[i], "=")
		flag := slices.IndexFunc(params, func(p Param) bool { return p.Kind == Flag && p.Words[0] == name })
		if flag >= 0 {
			values := params[flag].Words[1:]
			params = slices.Delete(params, flag, flag+1)
			if len(values) > 0 && !hasValue {
				if i++; i == len(args) {
					return []Param{{Name: "FORMAT", Kind: Choice, Words: values}}, true
				}
			}
			continue
		}
		if len(params) == 0 || params[0].Kind == Flag {
			return nil, false
		}
		switch p := &params[0]; {
		case p.Kind == Text:
			return nil, true
		case p.Kind == IDs:
			p.Optional = true // one more
			continue
		case p.Kind == Choice && p.Words != nil && !slices.Contains(p.Words, args[i]):
			return nil, false
		}
		params = params[1:]
	}
	return params, true
}

// Hint returns the arguments still to come behind a line, as the usage names
// them: " WHEN TITLE" behind "add Bob".
func (t Table) Hint(line string) string {
	at, ok := splitTyped(line)
	if !ok {
		return ""
	}
	gap := ""
	if at.raw != "" {
		word, err := unquote(at.raw)
		if err != nil {
			return ""
		}
		at.words = append(at.words, word)
		gap = " "
	}
	if len(at.words) == 0 {
		return ""
	}
	var ways [][]string
	for _, c := range t.byName[at.words[0]] {
		if params, ok := c.rest(at.words[1:]); ok {
			ways = append(ways, paramNames(params))
		}
	}
	if hint := merge(ways); hint != "" {
		return gap + hint
	}
	return ""
}

func paramNames(params []Param) (names []string) {
	for _, p := range params {
		name := p.Name
		if p.Optional {
			name = "[" + name + "]"
		}
		names = append(names, name)
	}
	return names
}

// merge joins the ways in which a line can go on: what they begin with in common, and
// then the rest of each.
func merge(ways [][]string) string {
	if len(ways) == 0 {
		return ""
	}
	shared := len(ways[0])
	for _, way := range ways[1:] {
		for shared > 0 && (len(way) < shared || !slices.Equal(way[:shared], ways[0][:shared])) {
			shared--
		}
	}
	parts := slices.Clone(ways[0][:shared])
	var others []string
	for _, way := range ways {
		if len(way) > shared {
			others = append(others, strings.Join(way[shared:], " "))
		}
	}
	if len(others) > 0 {
		parts = append(parts, strings.Join(others, " | "))
	}
	return strings.Join(parts, " ")
}
